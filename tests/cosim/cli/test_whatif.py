import json

import pytest

TALK = """\
# Four peers that lose messages, for tests.
name: talk
rounds: {count: 4, period_s: 0.1}
peers: {nodes: {count: 4}}
radio: {kind: erasure, rate_bit_per_s: 1e6, loss: 0.2, transceiver: ns3_wifi}
graph: complete
data: {kind: blobs, samples: 120, features: 4, classes: 3}
model: logistic_regression
algorithm: sgp
evaluation: {every_rounds: 2}
"""
PRICE = ("--set", "peers.nodes.device.active_w=9")
LOSS = ("--set", "radio.loss=0.5")


@pytest.fixture
def talked(place, cosim, undrawn):
    """A directory in which talk.yaml has been run into `run`."""
    (place / "talk.yaml").write_text(TALK)
    assert cosim("run", "talk.yaml", "-q", "--out", "run").exit_code == 0
    return place


def names(place):
    return sorted(path.name for path in place.iterdir())


def test_a_price_takes_no_simulation(talked, cosim, monkeypatch):
    monkeypatch.setattr("cosim.sim.world.World.run", lambda world: pytest.fail("it simulated"))
    before = names(talked)
    done = cosim("whatif", "run", *PRICE)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "talk, changed: peers.nodes.device.active_w: 7.2 -> 9"
    assert lines[1].startswith("re-priced: recorded durations times the new watts; nothing was simulated, 0 tasks")
    (computing,) = (line.split() for line in lines if "energy, computing" in line)
    assert "+" in computing[-2] or "+" in computing[-3]
    assert any(line.startswith("why: nothing was computed") for line in lines)
    assert names(talked) == before


def test_the_table_has_every_quantity_before_and_after(talked, cosim):
    shown = cosim("whatif", "run", *PRICE).stdout
    for words in (
        "before", "after", "difference", "accuracy, mean over peers", "accuracy, worst peer", "bytes, payload",
        "bytes, on air", "bytes, delivered", "energy, total", "energy, computing", "energy, transmitting",
        "energy, receiving", "energy, idle baseline", "energy, above idle", "simulated time", "messages sent",
        "messages delivered", "peers with an empty battery",
    ):  # fmt: skip
        assert words in shown


def test_a_replay_can_be_asked_for(talked, cosim):
    done = cosim("whatif", "run", *PRICE, "--replay")
    assert "replayed: asked for" in done.stdout
    assert "of which 0 are new" in done.stdout
    assert "receptions: 0 of 48 differ" in done.stdout


def test_lost_messages_are_counted_and_the_first_is_told(talked, cosim):
    before = names(talked)
    shown = cosim("whatif", "run", *LOSS).stdout
    assert "replayed: radio.loss is more than a price" in shown
    assert "why: first reception that differs: the message of peer" in shown
    assert "before heard, after lost (draw 0." in shown
    assert "  heard -> lost: " in shown
    assert names(talked) == before


def test_the_changed_run_can_be_kept(talked, cosim):
    done = cosim("whatif", "run", *PRICE, "--out", "mine")
    assert done.exit_code == 0, done.output
    assert "replayed: a folder was asked for" in done.stdout
    assert done.stdout.splitlines()[-1] == "mine/report.html"
    assert "active_w: 9.0" in (talked / "mine" / "scenario.yaml").read_text()
    assert json.loads((talked / "run" / "summary.json").read_text())["scenario"] == "talk"


def test_the_run_itself_is_not_overwritten(talked, cosim):
    before = (talked / "run" / "manifest.json").read_bytes()
    done = cosim("whatif", "run", *PRICE, "--out", "./run/")
    assert done.exit_code == 2
    assert "that is the run itself; choose another folder with --out" in done.stderr
    assert (talked / "run" / "manifest.json").read_bytes() == before


@pytest.mark.parametrize(("changes", "method"), [(PRICE, "re-priced"), (LOSS, "replayed")])
def test_json_is_all_that_is_printed(talked, cosim, changes, method):
    answer = json.loads(cosim("whatif", "run", *changes, "--json").stdout)
    assert answer["method"] == method
    assert answer["tasks"]["recorded"] > 0
    assert answer["quantities"][0]["name"] == "accuracy, mean over peers"


def test_a_run_of_sums_only_is_compared_by_its_sums(talked, cosim):
    assert cosim("run", "talk.yaml", "-q", "--set", "recording.level=summary", "--out", "sums").exit_code == 0
    assert "re-priced" in cosim("whatif", "sums", *PRICE).stdout
    shown = cosim("whatif", "sums", *LOSS).stdout
    assert "why: recording.level is summary: which messages arrived" in shown
    assert "receptions:" not in shown


def test_a_dry_run_is_asked_dry(talked, cosim, monkeypatch):
    monkeypatch.setattr("cosim.learning.learner.Learner.train", lambda *_: pytest.fail("it trained"))
    assert cosim("run", "talk.yaml", "-q", "--dry-run", "--out", "dry").exit_code == 0
    shown = cosim("whatif", "dry", *LOSS).stdout
    assert "not known" in shown
    assert "  heard -> lost: " in shown
    assert "re-priced" in cosim("whatif", "dry", *PRICE).stdout


def test_a_report_that_fails_does_not_cost_the_run(talked, cosim, monkeypatch):
    def fail(run):
        raise RuntimeError("no fonts")

    monkeypatch.setattr("analysis.report.write_report", fail)
    done = cosim("whatif", "run", *LOSS, "--out", "mine")
    assert done.exit_code == 1
    assert "mine has the run, but its report failed: no fonts" in done.stderr
    assert (talked / "mine" / "summary.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none", *PRICE), "none is not a run folder: there is no such folder"),
        ((".", *PRICE), ". is not a run folder: it holds no manifest.json"),
        (("run",), "nothing is changed: give at least one --set KEY=VALUE"),
        (("run", "--set", "radio.loss=2"), "--set:1:12: radio.loss: must be at most 1, not 2"),
        (("run", "--set", "radio.los=0.1"), "radio.los: unknown key 'los'; did you mean 'loss'?"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(talked, cosim, arguments, message):
    done = cosim("whatif", *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_damaged_run_is_one_sentence(talked, cosim):
    (talked / "run" / "transmissions.parquet").write_bytes(b"rubbish")
    done = cosim("whatif", "run", *LOSS, "--json")
    assert (done.exit_code, done.stderr) == (
        2, "run/transmissions.parquet is damaged: it cannot be read as Parquet\n"
    )  # fmt: skip
    (talked / "run" / "summary.json").write_text("{")
    assert "summary.json is damaged" in cosim("whatif", "run", *PRICE).stderr
