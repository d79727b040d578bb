import json

import pytest

from cosim import run
from cosim.pricing import Pricing

PRICE = {"radio.transceiver.receive_w": 2.0}


def numbers(answer):
    return {pair.name: pair.after for pair in answer.pairs}


def test_a_price_is_answered_without_simulating(kept, changed, monkeypatch):
    monkeypatch.setattr("cosim.sim.world.World.run", lambda world: pytest.fail("it simulated"))
    answer = changed(kept, PRICE)
    assert (answer.repriced, answer.not_priced) == (True, None)
    assert answer.tasks["executed"] == 0
    expected = Pricing(kept).reprice(kept.scenario.with_(PRICE))["energy_j"]["receive"]
    assert numbers(answer)["energy, receiving"] == expected > kept.summary["energy_j"]["receive"]
    assert numbers(answer)["accuracy, mean over peers"] == kept.summary["accuracy_mean"]
    assert answer.reasons == ["nothing was computed: what changed sets watts and joules, and nothing depends on them"]


def test_a_replay_gives_what_pricing_gives(kept, changed):
    priced, replayed = changed(kept, PRICE), changed(kept, PRICE, replay=True)
    assert (replayed.repriced, replayed.not_priced) == (False, None)
    assert numbers(replayed) == pytest.approx(numbers(priced), rel=1e-12)
    assert replayed.computations.new == 0
    assert replayed.receptions.differing == 0
    assert replayed.reasons[-1].startswith("every computation is one that the run had made already")


def test_what_is_no_price_is_replayed_and_explained(kept, changed):
    answer = changed(kept, {"radio.loss": 0.4})
    assert not answer.repriced
    assert answer.not_priced == "radio.loss is more than a price"
    assert numbers(answer) == {
        pair.name: pair.before for pair in changed(run(kept.scenario.with_({"radio.loss": 0.4})), {}).pairs
    }
    assert answer.receptions.causes.keys() == {"heard -> lost"}
    assert 0 < answer.computations.new < answer.computations.total
    assert [reason.split(":")[0] for reason in answer.reasons] == [
        "first reception that differs", "first computation that differs",
    ]  # fmt: skip


def test_other_times_alone_are_told(few, changed):
    """Without a common clock peers go on with what has come so far, and a slow message comes after that."""
    radio = {"kind": "erasure", "rate_bit_per_s": 1e6}
    free = few(rounds={"count": 4}, graph="ring", radio=radio)
    answer = changed(free, {"radio.latency_s": 0.5})
    assert answer.receptions.differing == 0
    assert answer.computations.new > 0
    assert answer.reasons[0].startswith("the same messages arrived, but at other times")
    assert answer.reasons[1].startswith("first computation that differs: mix of peer")


def test_sums_alone_cannot_tell_why(few, changed):
    answer = changed(few(recording={"level": "summary"}), {"radio.loss": 0.4})
    assert answer.computations is answer.receptions is None
    assert answer.reasons[0].startswith("recording.level is summary")
    assert numbers(answer)["messages delivered"] > 0


def test_other_versions_are_told(kept, changed):
    versions = {**kept.manifest["versions"], "torch": "1.0"}
    older = type(kept)(kept.scenario, kept.summary, {**kept.manifest, "versions": versions}, kept.tables)
    now = kept.manifest["versions"]["torch"]
    answer = changed(older, {"radio.loss": 0.4})
    assert answer.reasons[0] == f"computed with other versions: torch 1.0 before, {now} after"


@pytest.mark.parametrize("changes", [PRICE, {"radio.loss": 0.4}, {"graph": "complete"}])
def test_an_answer_is_json(kept, changed, changes):
    answer = changed(kept, changes)
    told = json.loads(json.dumps(answer.as_json(), allow_nan=False))
    assert told["method"] == ("re-priced" if answer.repriced else "replayed")
    assert [change["key"] for change in told["changes"]] == list(changes)
    assert len(told["quantities"]) == len(answer.pairs)
    assert told["reasons"] == answer.reasons
