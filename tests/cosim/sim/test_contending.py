import numpy as np
import pytest

from cosim.rng import stream
from cosim.sim.contending import Contending
from cosim.sim.radio import Frames

COUNT = 20_000
FRAMES = Frames(COUNT, 100, 100, 0.004, 0.004, 800, 800)


def work(most, refusal, failure=0.0):
    draws = stream(7, "work", 0).random((3, COUNT))
    costs_s = [0.01 * n for n in range(most + 1)]
    new = Contending(FRAMES, np.stack([1.0 - draws[0], draws[1]]), draws[2], costs_s, costs_s, 0.02)
    new.refuse(refusal)
    new.plan(failure, 0.0)
    return new


def test_without_refusals_everything_is_sent_once():
    assert (work(1, 0.0).attempts == 1).all()
    assert work(1, 0.0).left_s == pytest.approx(0.01 * COUNT)


def test_a_broadcast_is_refused_as_often_as_its_attempts():
    """Of 20,000 fragments; at 4 standard errors 1 seed in 16,000 fails."""
    refused = work(1, 0.3)
    assert abs((refused.attempts == 0).mean() - 0.3) < 4 * np.sqrt(0.21 / COUNT)
    assert refused.air_s == pytest.approx(0.004 * refused.attempts.sum())
    assert refused.left_s == pytest.approx(0.01 * refused.attempts.sum() + 0.02 * (refused.attempts == 0).sum())


def test_each_attempt_may_be_refused():
    """Of three attempts that fail half of the time each and are refused with 0.2: 0.8 0.5 (1 + 0.4 + 0.16)."""
    tried = work(3, 0.2, 0.5)
    assert tried.acknowledged.mean() == pytest.approx(0.8 * 0.5 * 1.56, abs=4 * np.sqrt(0.25 / COUNT))
    assert tried.attempts.mean() == pytest.approx(0.8 * 1.56, abs=0.03)


def test_it_does_not_matter_how_time_is_split():
    """Planned anew on the way, with the same chances, everything ends as it would have."""
    whole, split = work(3, 0.2, 0.5), work(3, 0.2, 0.5)
    for _ in range(50):
        step_s = 0.013
        split.advance(0.0, step_s, 1.0)
        split.refuse(0.2)
        split.plan(0.5, 0.0)
    assert split.done > 10
    assert (split.attempts == whole.attempts).all()
    assert split.left_s + 50 * 0.013 == pytest.approx(whole.left_s, rel=1e-6)
