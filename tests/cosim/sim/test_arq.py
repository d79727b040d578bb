from collections import Counter
from itertools import product
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.rng import stream
from cosim.sim.arq import Repeated, binomial_quantile, exchanges, expected_attempts, repeat

REPEATABLE = settings(deadline=None, derandomize=True)
GRID = list(product((0.0, 0.02, 0.3, 0.8, 1.0), (0.0, 0.05, 0.5, 1.0), (1, 3, 7)))
FRAMES = 20_000
probabilities = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0))
uniforms = st.floats(0.0, 1.0, exclude_max=True)


def drawn(p, q, attempts, frames=FRAMES):
    draws = stream(1, "arq", repr((p, q, attempts))).random((2, frames))
    return repeat(draws, np.full(frames, p), q, attempts)


def frame_by_frame(p, q, attempts, frames=FRAMES):
    """(attempts, acknowledged, acknowledgements) of each frame, one transmission after the other."""
    generator = stream(1, "frame by frame", repr((p, q, attempts)))
    fates = []
    for _ in range(frames):
        sent, answered, acknowledged = 0, 0, False
        while sent < attempts and not acknowledged:
            sent += 1
            if generator.random() >= p:
                answered += 1
                acknowledged = generator.random() >= q
        fates.append((sent, acknowledged, answered))
    return fates


@pytest.mark.statistical
@pytest.mark.parametrize(("p", "q", "attempts"), GRID)
def test_mean_attempts_are_those_of_the_closed_form(p, q, attempts):
    """Five standard errors: a false alarm in one of the 60 cases has probability 3.4e-5."""
    fate = drawn(p, q, attempts)
    error = fate.attempts.std() / sqrt(FRAMES)
    assert abs(fate.attempts.mean() - expected_attempts(p, q, attempts)) <= 5 * error + 1e-12


@pytest.mark.statistical
@pytest.mark.parametrize(("p", "attempts"), [(0.3, 1), (0.3, 4), (0.7, 7)])
def test_without_loss_of_acknowledgements_a_frame_is_lost_with_all_its_attempts(p, attempts):
    """P = p^M; five standard errors of a share, false alarm 5.7e-7 a case."""
    fate = drawn(p, 0.0, attempts)
    assert (fate.delivered == fate.acknowledged).all()
    share, error = p**attempts, sqrt(p**attempts * (1 - p**attempts) / FRAMES)
    assert abs(1 - fate.delivered.mean() - share) < 5 * error


@pytest.mark.statistical
@pytest.mark.parametrize(("p", "q", "attempts"), [(0.3, 0.5, 3), (0.1, 0.9, 7), (0.8, 0.2, 5)])
def test_share_delivered_but_not_acknowledged(p, q, attempts):
    """P(no acknowledgement) - P(no arrival) = (1 - s)^M - p^M; five standard errors, false alarm 5.7e-7 a case."""
    fate = drawn(p, q, attempts)
    share = (1 - (1 - p) * (1 - q)) ** attempts - p**attempts
    measured = (fate.delivered & ~fate.acknowledged).mean()
    assert abs(measured - share) < 5 * sqrt(share * (1 - share) / FRAMES)


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("p", "q", "attempts"), [(0.3, 0.4, 4), (0.05, 0.6, 7), (0.7, 0.7, 3), (0.0, 0.5, 3), (0.4, 1.0, 3)]
)
def test_joint_law_is_that_of_a_simulation_frame_by_frame(p, q, attempts):
    """Attempts, success and acknowledgements together: the two samples' counts in each of at most 24 cells differ by
    less than 5.5 standard errors; false alarm below 5 * 24 * 3.8e-8 = 4.6e-6."""
    fate = drawn(p, q, attempts)
    closed = Counter(
        zip(fate.attempts.tolist(), fate.acknowledged.tolist(), fate.acknowledgements.tolist(), strict=True)
    )
    simulated = Counter(frame_by_frame(p, q, attempts))
    for cell in set(closed) | set(simulated):
        a, b = closed[cell], simulated[cell]
        assert abs(a - b) <= 5.5 * sqrt(a + b), cell


@REPEATABLE
@given(first=uniforms, second=uniforms, lower=uniforms, p=probabilities, q=probabilities, attempts=st.integers(1, 9))
def test_a_fate_is_possible_and_monotone_in_its_draw(first, second, lower, p, q, attempts):
    low, high = sorted((first, lower))
    draws = np.asarray([[low, high], [second, second]])
    fate = repeat(draws, np.full(2, p), q, attempts)
    assert fate.attempts[0] <= fate.attempts[1]
    assert fate.acknowledged[0] >= fate.acknowledged[1]
    for i in range(2):
        answers = fate.acknowledgements[i]
        assert 1 <= fate.attempts[i] <= attempts
        assert fate.acknowledged[i] <= answers <= fate.attempts[i]
        assert fate.delivered[i] == (answers > 0)
        assert fate.acknowledged[i] or fate.attempts[i] == attempts
    if q == 0.0:
        assert (fate.acknowledgements == fate.acknowledged).all()
    if p == 1.0:
        assert not fate.delivered.any()


@REPEATABLE
@given(draw=uniforms, second=uniforms, p=probabilities, worse=probabilities, q=probabilities)
def test_a_worse_link_never_needs_fewer_attempts_under_the_same_draw(draw, second, p, worse, q):
    good, bad = sorted((p, worse))
    fate = repeat(np.asarray([[draw] * 2, [second] * 2]), np.asarray([good, bad]), q, 7)
    assert fate.attempts[0] <= fate.attempts[1]


def test_frames_have_their_own_loss():
    fate = repeat(np.full((2, 3), 0.5), np.asarray([0.0, 0.9, 1.0]), 0.0, 5)
    assert fate.attempts.tolist() == [1, 5, 5]
    # P(more than n attempts) = 0.9^n, first below 1 - 0.5 for n = 7: not within five.
    assert fate.acknowledged.tolist() == [True, False, False]
    assert repeat(np.full((2, 1), 0.5), np.asarray([0.9]), 0.0, 7).attempts.tolist() == [7]


@REPEATABLE
@given(draw=uniforms, trials=st.integers(0, 40), probability=probabilities)
def test_quantiles_of_the_binomial_law(draw, trials, probability):
    """Against exact sums of the probabilities; draws within 1e-12 of a step may fall on either side of it."""
    k = int(binomial_quantile(np.asarray([draw]), np.asarray([trials]), np.asarray([probability]))[0])

    def up_to(n):
        return sum(comb(trials, i) * probability**i * (1 - probability) ** (trials - i) for i in range(n + 1))

    assert 0 <= k <= trials
    assert up_to(k) >= draw - 1e-12
    assert k == 0 or up_to(k - 1) <= draw + 1e-12


def test_quantiles_do_not_underflow():
    """1000 trials at 0.95: 0.05^1000 is no number any more, the median is still 950."""
    half, trials, probability = np.asarray([0.5]), np.asarray([1000]), np.asarray([0.95])
    assert binomial_quantile(half, trials, probability).tolist() == [950]


@pytest.mark.parametrize(
    ("p", "q", "attempts", "mean"), [(0.0, 0.0, 7, 1.0), (1.0, 0.0, 7, 7.0), (0.5, 0.0, 2, 1.5), (0.5, 0.5, 2, 1.75)]
)
def test_expected_attempts(p, q, attempts, mean):
    assert expected_attempts(p, q, attempts) == pytest.approx(mean, rel=1e-15)


def test_messages_of_frames_repeated_one_behind_the_other():
    attempts, answers = np.asarray([1, 3, 2, 1, 7, 1]), np.asarray([1, 2, 1, 1, 0, 1])
    frames = Repeated(attempts, attempts < 7, answers > 0, answers)
    first, second = exchanges(frames, 3)
    assert (first.sent, first.sent_last, first.answers) == (6, 2, 4)
    assert (second.sent, second.sent_last, second.answers) == (9, 1, 2)
    assert (second.attempts.tolist(), second.delivered) == ([1, 7, 1], (True, False, True))
    assert (first.acknowledged, second.acknowledged) == ((True,) * 3, (True, False, True))
