import math

import numpy as np
import pytest

from radio_models.aloha import pure_success, pure_throughput, slotted_success, slotted_throughput, success


def test_the_best_loads():
    loads = np.linspace(0.0, 3.0, 3001)
    assert loads[pure_throughput(loads).argmax()] == pytest.approx(0.5)
    assert pure_throughput(loads).max() == pytest.approx(1 / (2 * math.e))
    assert loads[slotted_throughput(loads).argmax()] == pytest.approx(1.0)
    assert slotted_throughput(loads).max() == pytest.approx(1 / math.e)


def test_slots_halve_the_vulnerable_window():
    assert slotted_success(0.8) == pytest.approx(float(pure_success(0.4)))
    assert slotted_success(0.0) == pure_success(0.0) == 1.0


def test_equal_lengths_are_abramsons():
    assert success(0.2, [3.0], [0.2]) == pytest.approx(float(pure_success(0.6)))


def test_classes_of_frames_add():
    together = success(1.0, [0.1, 0.2], [0.5, 2.0])
    assert together == pytest.approx(math.exp(-0.1 * 1.5 - 0.2 * 3.0))
    assert success([1.0, 2.0], [0.1, 0.2], [0.5, 2.0]).shape == (2,)


def test_what_may_be_lost_shrinks_the_window():
    assert success(1.0, [0.5], [1.0], tolerated_head_s=0.25) == pytest.approx(math.exp(-0.5 * 1.75))
    assert success(1.0, [0.5], [1.0], tolerated_tail_s=0.5) == pytest.approx(math.exp(-0.5 * 1.5))


def test_against_frames_drawn_at_random():
    # 20,000 frames against Poisson arrivals of two classes; 5 standard errors are 0.018.
    draws = np.random.default_rng(5)
    frame, rates, lengths, head = 1.0, (0.3, 0.1), (0.4, 2.0), 0.2
    clear = np.ones(20_000, dtype=bool)
    for rate, length in zip(rates, lengths, strict=True):
        # Frames that begin from 3 s before to 1 s after are all that can matter.
        for run, count in enumerate(draws.poisson(rate * 4.0, len(clear))):
            starts = draws.uniform(-3.0, 1.0, count)
            clear[run] &= not ((starts + length > head) & (starts < frame)).any()
    assert clear.mean() == pytest.approx(float(success(frame, rates, lengths, tolerated_head_s=head)), abs=0.018)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: pure_success(-1.0), "An offered load"),
        (lambda: success(0.0, [1.0], [1.0]), "An air time"),
        (lambda: success(1.0, [-1.0], [1.0]), "A rate of frames"),
        (lambda: success(1.0, [1.0], [1.0], tolerated_head_s=1.0), "The part of a frame"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
