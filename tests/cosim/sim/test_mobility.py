import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import kstest

from cosim.sim.mobility import Circle, Grid, RandomWaypoint, Static, Uniform

STILL = [
    Static(positions_m=[[0, 0], [3, 4], [1.5, -2]]),
    Grid(spacing_m=25),
    Circle(radius_m=10),
    Uniform(area_m=[5, 9]),
]


@pytest.mark.parametrize("part", STILL, ids=repr)
def test_still_peers_stay(part):
    trajectories = part.trajectories(3, seed=1, first_peer=0)
    assert not trajectories.moving
    assert trajectories.max_speed_m_per_s == 0.0
    places = trajectories.positions_m(0.0)
    assert places.shape == (3, 2)
    assert places.dtype == np.float64
    assert np.array_equal(trajectories.positions_m(1e9), places)
    with pytest.raises(ValueError, match="read-only"):
        places[0, 0] = 1.0
    with pytest.raises(ValueError, match="from 0 s on"):
        trajectories.positions_m(-1.0)


def test_given_places_are_used_in_order():
    part = Static(positions_m=[[0, 0], (3, 4.5)])
    assert part.trajectories(2, 1, 10).positions_m(3.0).tolist() == [[0.0, 0.0], [3.0, 4.5]]


def test_a_wrong_number_of_places_is_named():
    with pytest.raises(ValueError, match="lists 2 positions_m for 3 peers"):
        Static(positions_m=[[0, 0], [1, 1]]).trajectories(3, 1, 0)


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (4, 2), (5, 2), (9, 3), (10, 3)])
def test_grid_is_nearly_square(count, rows):
    places = Grid(spacing_m=25.0).trajectories(count, 1, 0).positions_m(0.0)
    assert len({tuple(place) for place in places}) == count
    assert len(set(places[:, 1])) == rows
    assert set(places[:, 0]) == {25.0 * column for column in range(-(-count // rows))}


def test_grid_goes_row_by_row():
    places = Grid(spacing_m=2.0).trajectories(5, 1, 0).positions_m(0.0)
    assert places.tolist() == [[0, 0], [2, 0], [4, 0], [0, 2], [2, 2]]


@settings(deadline=None, derandomize=True)
@given(count=st.integers(2, 60), radius_m=st.floats(0.1, 1e4))
def test_circle_is_a_regular_polygon(count, radius_m):
    places = Circle(radius_m=radius_m).trajectories(count, 1, 0).positions_m(0.0)
    assert np.hypot(*places.T) == pytest.approx(np.full(count, radius_m))
    sides = np.hypot(*(places - np.roll(places, 1, axis=0)).T)
    assert sides == pytest.approx(np.full(count, 2 * radius_m * np.sin(np.pi / count)))
    assert places[0].tolist() == [radius_m, 0.0]


@pytest.mark.statistical
def test_uniform_places_fill_the_rectangle():
    """Kolmogorov-Smirnov on both coordinates; false alarm 2e-4, fixed seed."""
    x, y = Uniform(area_m=[40, 7]).trajectories(3000, 5, 0).positions_m(0.0).T
    assert kstest(x / 40, "uniform").pvalue > 1e-4
    assert kstest(y / 7, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(x, y)[0, 1]) < 4 / np.sqrt(3000)


def test_uniform_places_belong_to_the_peer_and_not_to_the_group():
    part = Uniform(area_m=[40.0, 7.0])
    all_peers, last = part.trajectories(6, 5, 0).positions_m(0.0), part.trajectories(2, 5, 4).positions_m(0.0)
    assert np.array_equal(all_peers[4:], last)
    assert not np.array_equal(all_peers, part.trajectories(6, 6, 0).positions_m(0.0))


def test_random_waypoint_takes_its_numbers_from_a_scenario():
    part = RandomWaypoint(area_m=[150, 90], speed_m_per_s=[1, 5])
    assert (part.area_m, part.speed_m_per_s, part.pause_s) == ((150.0, 90.0), (1.0, 5.0), 0.0)
    trajectories = part.trajectories(4, 1, 0)
    assert trajectories.moving
    assert trajectories.max_speed_m_per_s == 5.0
    assert not np.array_equal(trajectories.positions_m(0.0), trajectories.positions_m(1.0))


def test_random_waypoint_at_one_speed():
    trajectories = RandomWaypoint(area_m=[1000, 1000], speed_m_per_s=[2, 2]).trajectories(50, 1, 0)
    moved_m = np.hypot(*(trajectories.positions_m(0.5) - trajectories.positions_m(0.0)).T)
    assert np.median(moved_m) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        (RandomWaypoint, {"area_m": [150, 0], "speed_m_per_s": [1, 5]}),
        (RandomWaypoint, {"area_m": [150, 150], "speed_m_per_s": [0, 5]}),
        (RandomWaypoint, {"area_m": [150, 150], "speed_m_per_s": [5, 1]}),
        (RandomWaypoint, {"area_m": [150, 150], "speed_m_per_s": [1, 5], "pause_s": -1}),
        (RandomWaypoint, {"area_m": [150, 150], "speed_m_per_s": [1, 5], "pause": 1}),
        (Static, {"positions_m": []}),
        (Static, {"positions_m": [[0, 0, 0]]}),
        (Grid, {"spacing_m": 0}),
        (Circle, {"radius_m": -1}),
        (Uniform, {"area_m": [1]}),
    ],
)
def test_parameters_outside_their_range_are_refused(kind, keys):
    with pytest.raises(ValidationError):
        kind(**keys)


def test_speeds_the_wrong_way_round_are_explained():
    with pytest.raises(ValidationError, match="the lowest speed comes first"):
        RandomWaypoint(area_m=[1, 1], speed_m_per_s=[5, 1])


def test_places_of_some_who_rest_are_the_same_at_all_times():
    paths = Grid(spacing_m=2.0).trajectories(5, 1, 0)
    assert paths.places_m(np.asarray([4, 1]), np.asarray([0.0, 9.0])).tolist() == [[[2.0, 2.0], [2.0, 0.0]]] * 2
