import numpy as np
import pytest

from cosim.sim.random_direction import RandomDirection
from cosim.sim.random_waypoint import mean_speed_m_per_s

SIDE_M = 100.0


def test_peers_turn_at_the_border_only():
    paths = RandomDirection(area_m=(SIDE_M, SIDE_M), speed_m_per_s=(2.0, 2.0)).trajectories(30, 1, 0)
    places_m = np.stack([paths.positions_m(0.25 * i) for i in range(800)])
    bend_m = np.hypot(*np.moveaxis(np.diff(places_m, n=2, axis=0), -1, 0))
    turning = places_m[1:-1][bend_m > 1e-6]
    to_border_m = np.minimum(turning, SIDE_M - turning).min(axis=-1)
    assert len(turning) > 100
    assert to_border_m.max() <= 0.5 + 1e-9


def test_pauses_are_made_at_the_border():
    paths = RandomDirection(area_m=(SIDE_M, SIDE_M), speed_m_per_s=(4.0, 4.0), pause_s=10.0).trajectories(30, 1, 0)
    places_m = np.stack([paths.positions_m(float(i)) for i in range(400)])
    still = (places_m[1:] == places_m[:-1]).all(axis=-1)
    resting = places_m[1:][still]
    assert np.minimum(resting, SIDE_M - resting).min(axis=-1).max() < 1e-9
    assert 0.1 < still.mean() < 0.5


@pytest.mark.statistical
def test_speed_and_place_are_stationary_from_the_start():
    """Mean speed within 4 standard errors of 3000 peers at two times, and places alike at both."""
    paths = RandomDirection(area_m=(SIDE_M, SIDE_M), speed_m_per_s=(1.0, 5.0)).trajectories(3000, 3, 0)
    shares = []
    for time_s in (0.0, 300.0):
        place_m = paths.positions_m(time_s)
        speed = np.hypot(*(paths.positions_m(time_s + 1e-4) - place_m).T) / 1e-4
        assert speed.mean() == pytest.approx(mean_speed_m_per_s(1.0, 5.0), abs=4 * speed.std() / np.sqrt(3000))
        shares.append((np.abs(place_m / SIDE_M - 0.5) <= 0.25).all(axis=-1).mean())
    assert shares[0] == pytest.approx(shares[1], abs=4 * np.sqrt(2 * 0.21 * 0.79 / 3000))
