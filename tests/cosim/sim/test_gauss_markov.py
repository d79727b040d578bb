import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

from cosim.sim.gauss_markov import GaussMarkov, truncated_normal

AREA_M = (1e6, 1e6)
"""So large that nobody meets its border."""


def steps_of(model, count=40, seconds=60):
    paths = model.trajectories(count, 5, 0)
    return np.diff([paths.positions_m(float(second)) for second in range(seconds)], axis=0)


def test_with_full_memory_velocity_never_changes():
    model = GaussMarkov(area_m=AREA_M, speed_m_per_s=(1.0, 5.0), alpha=1.0)
    steps_m = steps_of(model)
    assert np.ptp(steps_m, axis=0) == pytest.approx(np.zeros_like(steps_m[0]), abs=1e-6)
    assert np.hypot(*steps_m[0].T).max() <= model.max_speed_m_per_s + 1e-6


def test_without_noise_peers_keep_their_means():
    model = GaussMarkov(area_m=AREA_M, speed_m_per_s=(2.0, 2.0), alpha=0.3, speed_variance=0.0, direction_variance=0.0)
    assert np.hypot(*np.moveaxis(steps_of(model), -1, 0)) == pytest.approx(np.full((59, 40), 2.0), abs=1e-6)


@pytest.mark.statistical
def test_speeds_remember_what_they_were():
    """Lag-one correlation of the speed about its mean is alpha: within 5 standard errors of 40,000 steps."""
    model = GaussMarkov(area_m=AREA_M, speed_m_per_s=(10.0, 10.0), alpha=0.7, direction_variance=0.0)
    speeds = np.hypot(*np.moveaxis(steps_of(model, 200, 230), -1, 0))[30:] - 10.0
    correlation = (speeds[1:] * speeds[:-1]).mean() / (speeds**2).mean()
    assert correlation == pytest.approx(0.7, abs=5 * np.sqrt((1 - 0.49) / speeds.size))


def test_a_border_turns_peers_back():
    model = GaussMarkov(area_m=(50.0, 50.0), speed_m_per_s=(8.0, 8.0), alpha=1.0)
    paths = model.trajectories(30, 1, 0)
    places_m = np.stack([paths.positions_m(0.5 * i) for i in range(200)])
    assert (places_m >= 0.0).all()
    assert (places_m <= 50.0).all()
    turns = (np.diff(np.sign(np.diff(places_m, axis=0)), axis=0) != 0).any(axis=-1)
    assert turns.any(axis=0).all()


@pytest.mark.statistical
def test_noise_is_a_truncated_normal():
    """Kolmogorov-Smirnov on 4000 equidistant draws: their distance is at most half a step, no chance involved."""
    draws = (np.arange(4000) + 0.5) / 4000
    law = truncnorm(-2.0 / np.sqrt(0.8), 2.0 / np.sqrt(0.8), scale=np.sqrt(0.8))
    assert kstest(truncated_normal(draws, 0.8, 2.0), law.cdf).statistic <= 1 / 4000
    assert (truncated_normal(draws, 0.0, 2.0) == 0.0).all()
