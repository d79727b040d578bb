import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.gauss_markov import GaussMarkov
from cosim.sim.legs import NOTES_KEPT, LegTrajectories
from cosim.sim.mobility import RandomWaypoint, Selective
from cosim.sim.random_direction import RandomDirection
from cosim.sim.random_walk import RandomWalk

AREA_M = (120.0, 70.0)
SPEEDS = (0.5, 4.0)
MODELS = [
    RandomWaypoint(area_m=AREA_M, speed_m_per_s=SPEEDS, pause_s=3.0),
    GaussMarkov(area_m=AREA_M, speed_m_per_s=SPEEDS, alpha=0.6),
    GaussMarkov(area_m=AREA_M, speed_m_per_s=SPEEDS, alpha=0.0, step_s=2.5, direction_variance=4.0),
    RandomWalk(area_m=AREA_M, speed_m_per_s=SPEEDS),
    RandomWalk(area_m=AREA_M, speed_m_per_s=SPEEDS, leg_m=400.0),
    RandomDirection(area_m=AREA_M, speed_m_per_s=SPEEDS, pause_s=2.0),
]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)


@each_model
@settings(deadline=None, derandomize=True, max_examples=8)
@given(times_s=st.lists(st.floats(0.0, 3000.0), min_size=2, max_size=8))
def test_places_are_a_function_of_time(model, times_s):
    asked = model.trajectories(5, 3, 0)
    first = {time_s: asked.positions_m(time_s) for time_s in times_s}
    rising = model.trajectories(5, 3, 0)
    for time_s in sorted(times_s):
        assert np.array_equal(rising.positions_m(time_s), first[time_s])


@each_model
@settings(deadline=None, derandomize=True, max_examples=12)
@given(start_s=st.floats(0.0, 2000.0), step_s=st.floats(1e-3, 20.0), seed=st.integers(0, 100))
def test_nobody_is_too_fast_or_outside(model, start_s, step_s, seed):
    """Continuity too: in a short time peers move little."""
    paths = model.trajectories(6, seed, 0)
    places_m = np.stack([paths.positions_m(start_s), paths.positions_m(start_s + step_s)])
    assert (places_m >= 0.0).all()
    assert (places_m <= np.asarray(AREA_M)).all()
    assert np.hypot(*(places_m[1] - places_m[0]).T).max() <= paths.max_speed_m_per_s * step_s + 1e-9


@each_model
@settings(deadline=None, derandomize=True, max_examples=8)
@given(st.data())
def test_places_of_some_are_those_of_all(model, data):
    some, everybody = model.trajectories(6, 1, 0), model.trajectories(6, 1, 0)
    assert isinstance(some, Selective)
    for _ in range(3):
        peers = np.asarray(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4)))
        times_s = np.asarray(data.draw(st.lists(st.floats(0.0, 900.0), min_size=1, max_size=4)))
        expected = np.stack([everybody.positions_m(time_s)[peers] for time_s in times_s.tolist()])
        assert np.array_equal(some.places_m(peers, times_s), expected)


@each_model
def test_a_peer_goes_the_same_way_in_any_company(model):
    alone, group = model.trajectories(1, 9, 3), model.trajectories(8, 9, 0)
    for time_s in (0.0, 12.5, 999.0, 40.0):
        assert np.array_equal(alone.positions_m(time_s)[0], group.positions_m(time_s)[3])


class Pendulum:
    """Every peer goes one metre to and fro, a leg per second; counts how many blocks were made."""

    legs = 2
    numbers = 1
    max_speed_m_per_s = 1.0

    def __init__(self):
        self.made = []

    def block(self, peers, number, note):
        from cosim.sim.legs import Legs

        assert number == 0 or (note == number).all()
        self.made.append(number)
        points_m = np.tile([[[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]], (len(peers), 1, 1))
        leave_s = np.tile(2.0 * number + np.arange(3.0), (len(peers), 1))
        return Legs(points_m, leave_s, np.ones((len(peers), 2)), np.full((len(peers), 1), number + 1.0))

    def shown(self, points_m):
        return points_m


def test_an_earlier_time_costs_two_blocks_while_its_note_is_kept():
    itinerary = Pendulum()
    paths = LegTrajectories(itinerary, 2)
    assert paths.positions_m(201.25)[:, 0].tolist() == [0.75, 0.75]
    itinerary.made.clear()
    assert paths.positions_m(150.5)[:, 0].tolist() == [0.5, 0.5]
    assert itinerary.made == [75, 76]


def test_a_time_long_past_is_found_from_the_beginning():
    itinerary = Pendulum()
    paths = LegTrajectories(itinerary, 1)
    paths.positions_m(2.0 * (3 * NOTES_KEPT))
    itinerary.made.clear()
    assert paths.positions_m(20.25)[0, 0] == 0.25
    assert itinerary.made[:2] == [0, 1]
    assert len(itinerary.made) == 11
