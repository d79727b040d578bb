import numpy as np
import pytest

from cosim.sim.arq import repeat
from cosim.sim.radio import Frames
from cosim.sim.work import Once, Repeated

FRAMES = Frames(40, 100, 50, 1.0, 0.5, 800, 400)
COSTS = [float(n) for n in range(8)]
DRAWS = np.random.default_rng(3).random((2, 40))


def repeated(draws=DRAWS):
    return Repeated(FRAMES, draws, COSTS, [0.5 * cost for cost in COSTS], 0.1)


def test_each_fragment_of_a_broadcast_ends_where_its_work_is_done():
    work = Once(FRAMES, 2.0, 1.5)
    assert (work.left_s, work.air_s, work.answers_s) == (79.5, 39.5, 0.0)
    work.advance(10.0, 4.0, 1.0)
    work.advance(14.0, 2.0, 0.5)
    assert work.ends_s[:4].tolist() == [12.0, 14.0, 18.0, np.inf]
    work.advance(20.0, 73.5, 1.0)
    assert work.ends_s[-1] == pytest.approx(93.5)
    assert work.left_s == 0.0


def test_where_nothing_changes_repetition_is_that_of_the_closed_form():
    work, reference = repeated(), repeat(DRAWS, np.full(40, 0.4), 0.2, 7)
    work.plan(0.4, 0.2)
    assert work.attempts.tolist() == reference.attempts.tolist()
    assert work.acknowledged.tolist() == reference.acknowledged.tolist()
    assert work.delivered.tolist() == reference.delivered.tolist()
    assert work.answers_s == pytest.approx(0.1 * reference.acknowledgements.sum())


@pytest.mark.parametrize("pieces", [[0.3] * 400, [1.0, 7.7, 0.01, 30.0, 1e-9, 40.0] * 3, [50.0, 50.0]])
def test_splitting_moves_no_luck(pieces):
    whole, split, time_s = repeated(), repeated(), 0.0
    whole.plan(0.5, 0.1)
    total_s = whole.left_s
    split.plan(0.5, 0.1)
    for piece in pieces:
        work_s = min(piece, total_s - time_s)
        split.advance(time_s, work_s, 1.0)
        split.plan(0.5, 0.1)
        time_s += work_s
    split.advance(time_s, split.left_s, 1.0)
    whole.advance(0.0, total_s, 1.0)
    assert split.attempts.tolist() == whole.attempts.tolist()
    assert split.delivered.tolist() == whole.delivered.tolist()
    assert split.ends_s == pytest.approx(whole.ends_s, abs=1e-6)


def test_what_was_done_stays_when_losses_change():
    work = repeated()
    work.plan(0.0, 0.0)
    work.advance(0.0, 10.0, 1.0)
    work.plan(1.0, 0.0)
    assert work.attempts.tolist() == [1] * 10 + [7] * 30
    assert work.delivered.tolist() == [True] * 10 + [False] * 30
    assert work.ends_s[:11].tolist() == [*range(1, 11), np.inf]


def test_an_attempt_that_fails_for_certain_counts_among_those_allowed():
    work = repeated()
    work.stumble(0.25)
    work.plan(0.0, 0.0)
    assert work.attempts.tolist() == [2] + [1] * 39
    assert work.left_s == pytest.approx(39.5 + 0.25)


def test_work_done_faster_or_slower_ends_sooner_or_later():
    work = repeated()
    work.plan(0.0, 0.0)
    work.advance(5.0, 2.0, 0.25)
    assert work.ends_s[:2].tolist() == [9.0, 13.0]
