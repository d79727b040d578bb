import json

import pytest

from cosim import load
from cosim.cli.running import Request, free_folder


def request(changes=(), seed=None, device=None):
    return Request("quickstart", None, tuple(changes), seed, device, quiet=True)


def test_run_writes_tables_figures_and_report_and_prints_its_path_last(place, cosim):
    done = cosim("run", "tiny.yaml")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == "runs/tiny/report.html"
    folder = place / "runs" / "tiny"
    assert "<html" in (folder / "report.html").read_text()
    assert {path.suffix for path in (folder / "figures").iterdir()} == {".png", ".pdf"}
    assert (folder / "metrics.parquet").is_file()
    assert [path.name for path in (place / "runs").iterdir()] == ["tiny"]


def test_summary_has_energy_bytes_and_labels(place, cosim, undrawn):
    shown = cosim("run", "tiny.yaml").stdout
    for words in ("energy, total", "energy, idle baseline", "energy, above idle"):
        assert words in shown
    for words in ("bytes, payload", "bytes, on air", "bytes, delivered", "note: medium: scheduled"):
        assert words in shown


def test_progress_is_a_line_per_evaluation_where_there_is_no_terminal(place, cosim, undrawn):
    lines = [line for line in cosim("run", "tiny.yaml").stdout.splitlines() if "ETA" in line]
    assert len(lines) == 2
    assert "round 2/4" in lines[0]
    assert "accuracy" in lines[1] and lines[1].endswith("ETA 0:00:00")


def test_quiet_prints_nothing(place, cosim, undrawn):
    done = cosim("run", "tiny.yaml", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    assert (place / "runs" / "tiny" / "manifest.json").is_file()


def test_options_reach_the_scenario(place, cosim, undrawn):
    done = cosim("run", "tiny.yaml", "-q", "--set", "rounds.count=3", "--seed", 7, "--device", "cpu", "--out", "here")
    assert done.exit_code == 0, done.output
    scenario = (place / "here" / "scenario.yaml").read_text()
    assert "learning: 7, world: 7" in scenario
    assert "device: cpu" in scenario
    assert json.loads((place / "here" / "summary.json").read_text())["rounds"] == 3


def test_a_seed_set_by_its_own_key_wins():
    overrides = request(["seeds.world=5"], seed=7).overrides
    assert load("quickstart", overrides).seeds.model_dump() == {"learning": 7, "world": 5}


def test_same_scenario_replaces_its_run_and_another_one_does_not(place, cosim, undrawn):
    for _ in range(2):
        assert cosim("run", "tiny.yaml", "-q").exit_code == 0
    assert cosim("run", "tiny.yaml", "-q", "--seed", 2).exit_code == 0
    assert cosim("run", "tiny.yaml", "-q", "--seed", 2).exit_code == 0
    assert sorted(path.name for path in (place / "runs").iterdir()) == ["tiny", "tiny-2"]


def test_a_folder_that_is_no_run_is_left_alone(tmp_path):
    scenario = load("quickstart")
    (tmp_path / "quickstart").mkdir()
    (tmp_path / "quickstart-2").write_text("not a folder")
    (tmp_path / "quickstart-3").mkdir()
    (tmp_path / "quickstart-3" / "manifest.json").write_text("no JSON")
    assert free_folder(scenario, tmp_path).name == "quickstart-4"


@pytest.mark.parametrize("content", ["file", "folder"])
def test_out_that_holds_something_else_is_refused_before_the_run(place, cosim, monkeypatch, content):
    target = place / "mine"
    if content == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "notes.txt").write_text("mine")
    monkeypatch.setattr("cosim.experiment.run", lambda *_: pytest.fail("it ran"))
    done = cosim("run", "tiny.yaml", "--out", "mine")
    assert done.exit_code == 2
    assert "mine: there is a f" in done.stderr
    assert sorted(path.name for path in place.iterdir()) == ["mine", "tiny.yaml"]


def test_a_report_that_fails_does_not_cost_the_run(place, cosim, monkeypatch):
    def fail(run):
        raise RuntimeError("no fonts")

    monkeypatch.setattr("analysis.report.write_report", fail)
    done = cosim("run", "tiny.yaml")
    assert done.exit_code == 1
    assert "runs/tiny has the run, but its report failed: no fonts" in done.stderr
    assert "accuracy, mean" in done.stdout
    assert (place / "runs" / "tiny" / "summary.json").is_file()


def test_ctrl_c_leaves_nothing(place, cosim, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cosim.experiment.run", stopped)
    done = cosim("run", "tiny.yaml")
    assert done.exit_code == 130
    assert done.stderr == "stopped; nothing was written\n"
    assert list((place / "runs").iterdir()) == []


# --- dry runs ----------------------------------------------------------------------------------------------------


def test_a_dry_run_writes_nothing_and_shows_no_accuracy(place, cosim):
    done = cosim("run", "tiny.yaml", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "accuracy, mean over peers  not computed" in done.stdout
    assert "note: dry run: time, bytes and joules are those of the run, but no model was trained" in done.stdout
    assert "report.html" not in done.stdout
    assert [path.name for path in place.iterdir()] == ["tiny.yaml"]


def test_a_dry_run_can_be_kept_reported_and_compared(place, cosim):
    assert cosim("run", "tiny.yaml", "--quiet", "--dry-run", "--out", "dry").exit_code == 0
    assert json.loads((place / "dry" / "manifest.json").read_text())["dry_run"] is True
    page = (place / "dry" / "report.html").read_text()
    assert "dry run: nothing was trained: Time, bytes and joules are those of the run" in page
    assert cosim("run", "tiny.yaml", "--quiet", "--out", "real").exit_code == 0
    done = cosim("compare", "dry", "real")
    assert done.exit_code == 0, done.output
    assert "not known" in done.stdout


def test_what_cannot_be_run_dry_is_one_sentence(place, cosim, monkeypatch):
    monkeypatch.syspath_prepend(place)
    done = cosim("run", "tiny.yaml", "--dry-run", "--set", "rounds.target_accuracy=0.9")
    assert done.exit_code == 2
    assert done.stderr.startswith("this cannot be done: a dry run trains nothing, so that rounds.target_accuracy")
    (place / "asking.py").write_text(
        "from cosim import part\n@part\nclass Asking:\n    def program(self, peer):\n"
        "        yield peer.value(peer.initial_model)\n"
    )
    (place / "tiny.yaml").write_text((place / "tiny.yaml").read_text().replace("sgp", "asking:Asking"))
    done = cosim("run", "tiny.yaml", "--dry-run")
    assert done.exit_code == 2
    why = "a dry run computes no values, but programs of the algorithm asking:Asking ask for some"
    assert done.stderr == f"this cannot be done: {why}\n"
