import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.arq import repeat
from cosim.sim.block_arq import Run, repeat_in_blocks

REPEATABLE = settings(deadline=None, derandomize=True, max_examples=60)


def draws(frames, seed=1):
    return np.random.default_rng(seed).random((2, frames))


def constant(loss, answer=0.0):
    return lambda block: (loss, answer)


def by_hand(first_draws, start_s, block_s, run, max_attempts):
    """Attempt after attempt, frame after frame: the definition."""
    attempts, acknowledged, now_s = [], [], start_s
    for draw in first_draws.tolist():
        product, made, done = 1.0, 0, False
        while made < max_attempts and not done:
            loss, answer = run.quality(int((now_s + run.middle_s) // block_s))
            product *= 1.0 - (1.0 - loss) * (1.0 - answer)
            made, now_s = made + 1, now_s + run.cycle_s
            done = product <= 1.0 - draw
        attempts.append(made)
        acknowledged.append(done)
    return attempts, acknowledged


@REPEATABLE
@given(st.integers(1, 40), st.floats(0.01, 0.99), st.floats(0.0, 0.5), st.integers(1, 9))
def test_in_one_block_it_is_the_closed_form(frames, loss, answer, most):
    drawn = draws(frames)
    run = Run(1e-3, 5e-4, constant(loss, answer))
    found = repeat_in_blocks(drawn, 0.0, 1e9, ((frames, run),), most)
    closed = repeat(drawn, np.full(frames, loss), answer, most)
    for one, other in zip(found, closed, strict=True):
        assert one.tolist() == other.tolist()


@REPEATABLE
@given(st.integers(0, 10**6), st.floats(0.3, 9.0), st.integers(1, 7), st.booleans())
def test_over_blocks_it_is_what_the_definition_says(seed, block_s, most, extreme):
    losses = np.random.default_rng(seed).choice([0.0, 1.0, 0.4] if extreme else [0.1, 0.5, 0.9], 400)
    run = Run(1.0, 0.37, lambda block: (float(losses[block]), 0.05))
    drawn = draws(25, seed)
    found = repeat_in_blocks(drawn, 2.2, block_s, ((25, run),), most)
    attempts, acknowledged = by_hand(drawn[0], 2.2, block_s, run, most)
    assert found.attempts.tolist() == attempts
    assert found.acknowledged.tolist() == acknowledged
    assert (found.acknowledgements <= found.attempts).all()
    assert (found.delivered >= found.acknowledged).all()


def test_attempts_in_one_fade_fail_together():
    """Blocks that lose all or nothing: attempts in one block all fail, or the first arrives."""
    run = Run(1.0, 0.5, lambda block: (float(block % 2), 0.0))
    found = repeat_in_blocks(draws(4), 10.0, 7.0, ((4, run),), 7)
    # Block 1 (7 to 14 s) loses the rest of its 4 attempts; then block 2 delivers all.
    assert found.attempts.tolist() == [5, 1, 1, 1]
    assert found.acknowledged.all()


def test_the_last_frame_has_its_own_length_and_loss():
    long, short = Run(2.0, 1.0, constant(0.0)), Run(0.1, 0.05, constant(1.0))
    found = repeat_in_blocks(draws(3), 0.0, 4.0, ((2, long), (1, short)), 5)
    assert found.attempts.tolist() == [1, 1, 5]
    assert found.delivered.tolist() == [True, True, False]


def test_a_message_of_one_frame():
    nothing = Run(1.0, 0.5, constant(1.0))
    found = repeat_in_blocks(draws(1), 0.0, 0.3, ((0, nothing), (1, Run(1.0, 0.5, constant(0.0)))), 7)
    assert found.attempts.tolist() == [1]


@pytest.mark.statistical
def test_answers_that_are_lost_leave_frames_that_arrived():
    """Share of frames delivered though never acknowledged, at 1 of 10,000 false alarms."""
    run = Run(1.0, 0.5, lambda block: ((0.2, 0.9), (0.7, 0.95))[block % 2])
    found = repeat_in_blocks(draws(20_000, 3), 0.0, 3.0, ((20_000, run),), 3)
    silent = found.delivered & ~found.acknowledged
    # Between the worst and the best block, had it been one: all three attempts in it.
    assert 1 - 0.7**3 - 0.05 < silent.sum() / (~found.acknowledged).sum() < 1 - 0.2**3 + 0.05
