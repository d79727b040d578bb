import numpy as np
import pytest

from cosim.sim.overlap import NEVER, Overlap, survival, survival_of_one, unheard


def test_a_silent_interferer_meets_nothing():
    assert unheard(1.0, 0.0, 5.0) == NEVER


def test_the_mean_part_is_the_interferers_share_of_time():
    for on, gap_s in ((0.1, 9.0), (0.5, 1.0), (0.9, 0.1)):
        overlap = unheard(1.0, on, gap_s)
        assert overlap.chance * (overlap.low + overlap.high) / 2.0 == pytest.approx(on, rel=1e-9)


def test_rare_frames_of_equal_length_meet_at_twice_their_rate():
    """Pure ALOHA: the vulnerable period is two frames (Abramson 1970)."""
    assert unheard(1.0, 1e-4, 1e4).chance == pytest.approx(2e-4, rel=1e-3)


def test_a_saturated_hidden_station_hits_nearly_all():
    assert unheard(524e-6, 0.838, 101.5e-6).chance > 0.998


def test_survival_is_the_mean_over_the_part_that_overlaps():
    theta = np.array([1e-12, 0.5, 3.0, 700.0])
    parts = np.linspace(0.2, 0.8, 20_001)
    expected = np.exp(-theta[:, np.newaxis] * parts).mean(axis=1)
    assert survival(theta, 0.2, 0.8) == pytest.approx(expected, rel=1e-3, abs=1e-9)


def test_one_hearer_as_many():
    overlap = Overlap(0.7, 0.2, 0.8)
    left = survival_of_one(3.0, overlap, 0.1)
    assert left == pytest.approx(0.9 - 0.6 * (1.0 - float(survival(np.array([3.0]), 0.2, 0.8)[0])))
    assert survival_of_one(0.0, overlap) == pytest.approx(1.0)
    assert survival_of_one(700.0, Overlap(0.25, 1.0, 1.0)) == pytest.approx(0.75)
