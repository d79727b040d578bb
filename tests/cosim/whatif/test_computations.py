import pytest

from cosim import run
from cosim.whatif.computations import are_recorded, compare_computations


def other(kept, changes):
    return run(kept.scenario.with_(changes))


def test_equal_runs_compute_the_same(kept):
    found = compare_computations(kept, kept)
    assert (found.total, found.new, found.first) == (len(kept.tasks), 0, None)


def test_other_watts_and_rates_make_no_computation_new(kept):
    changes = {"radio.rate_bit_per_s": 2e6, "peers.phones.device.active_w": 9.0}
    assert compare_computations(kept, other(kept, changes)).new == 0


def test_another_learning_rate_makes_all_training_new(kept):
    found = compare_computations(kept, other(kept, {"optimizer.learning_rate": 0.2}))
    assert found.new == found.total
    assert (found.first, found.first_s) == ("train of peer 0 at 0 s", 0.0)


def test_a_lost_message_makes_new_what_follows_from_it(kept):
    found = compare_computations(kept, other(kept, {"radio.loss": 0.25}))
    assert 0 < found.new < found.total
    assert found.first.startswith("mix of peer ")
    assert found.first_s > 0


def test_fewer_rounds_end_early_and_compute_nothing_new(kept):
    found = compare_computations(kept, other(kept, {"rounds.count": 6}))
    assert found.new == 0
    assert found.first == f"train of peer {found.first[14]} at {found.first_s:.6g} s"
    assert found.first_s == pytest.approx(3.0, abs=0.01)


def test_only_what_was_recorded_can_be_compared(kept):
    assert are_recorded(kept)
    assert not are_recorded(other(kept, {"recording.level": "summary"}))
