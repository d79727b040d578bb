import numpy as np
import pytest
from scipy.stats import kstest

from cosim.sim.random_walk import RandomWalk
from cosim.sim.random_waypoint import mean_speed_m_per_s

AREA_M = (300.0, 100.0)


def speeds(paths, time_s, step_s=1e-4):
    step_m = paths.positions_m(time_s + step_s) - paths.positions_m(time_s)
    return np.hypot(*step_m.T) / step_s


def test_legs_turn_after_their_time():
    paths = RandomWalk(area_m=(1e6, 1e6), speed_m_per_s=(2.0, 2.0), leg_s=4.0).trajectories(20, 1, 0)
    steps_m = np.diff([paths.positions_m(float(i)) for i in range(17)], axis=0)
    turned = np.abs(np.diff(steps_m, axis=0)).max(axis=-1) > 1e-6
    assert turned[3::4].all()
    assert not np.delete(turned, [3, 7, 11], axis=0).any()


def test_a_mirror_keeps_the_speed_and_the_other_direction():
    paths = RandomWalk(area_m=AREA_M, speed_m_per_s=(3.0, 3.0), leg_s=1e4).trajectories(50, 1, 0)
    for time_s in np.linspace(0.0, 900.0, 31).tolist():
        step_m = np.abs(paths.positions_m(time_s + 1e-3) - paths.positions_m(time_s)) / 1e-3
        straight = np.abs(np.hypot(*step_m.T) - 3.0) < 1e-6
        assert straight.mean() > 0.9


@pytest.mark.statistical
@pytest.mark.parametrize("time_s", [0.0, 777.0])
def test_places_stay_uniform(time_s):
    """Kolmogorov-Smirnov on both axes, false alarms 1 in 1000 each; the seed is fixed."""
    places_m = RandomWalk(area_m=AREA_M, speed_m_per_s=(1.0, 5.0)).trajectories(3000, 4, 0).positions_m(time_s)
    for axis in (0, 1):
        assert kstest(places_m[:, axis] / AREA_M[axis], "uniform").pvalue > 1e-3


@pytest.mark.statistical
@pytest.mark.parametrize("time_s", [0.0, 500.0])
def test_the_speed_of_legs_of_one_length_is_stationary_from_the_start(time_s):
    """Within 4 standard errors of 4000 peers."""
    part = RandomWalk(area_m=AREA_M, speed_m_per_s=(1.0, 5.0), leg_m=30.0)
    found = speeds(part.trajectories(4000, 2, 0), time_s)
    assert found.mean() == pytest.approx(mean_speed_m_per_s(1.0, 5.0), abs=4 * found.std() / np.sqrt(4000))


def test_a_leg_has_one_measure():
    part = RandomWalk(area_m=AREA_M, speed_m_per_s=(1.0, 5.0), leg_s=3.0, leg_m=30.0)
    assert [path for path, _ in part.check(None)] == ["leg_m"]
