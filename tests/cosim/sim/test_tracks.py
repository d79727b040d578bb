import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.trace_file import TraceError
from cosim.sim.tracks import Track, TrackTrajectories, Visiting, faults, paths_of, sorted_by_name


def track(*rows, **stay):
    numbers = np.array(rows, dtype=np.float64)
    return Track(numbers[:, 0], numbers[:, 1:], **stay)


EAST = track((0, 0, 0), (10, 20, 0))
LATE = track((5, 1, 1), (7, 1, 5), (9, 5, 5), from_s=5.0, until_s=9.0)


def test_places_lie_straight_between_those_of_the_track():
    paths = TrackTrajectories([EAST, LATE], 0.0)
    assert paths.positions_m(0.0).tolist() == [[0, 0], [1, 1]]
    assert paths.positions_m(6.0).tolist() == [[12, 0], [1, 3]]
    assert paths.positions_m(99.0).tolist() == [[20, 0], [5, 5]]
    assert paths.moving
    assert paths.max_speed_m_per_s == pytest.approx(2.0)


def test_a_scenario_may_begin_later():
    paths = TrackTrajectories([EAST, LATE], 6.0)
    assert paths.positions_m(0.0).tolist() == [[12, 0], [1, 3]]
    assert isinstance(paths, Visiting)
    begin_s, end_s = paths.stays_s()
    assert begin_s.tolist() == [0.0, 0.0]
    assert end_s.tolist() == [math.inf, 3.0]


def test_who_never_moves_is_still():
    paths = TrackTrajectories([track((3, 1, 2))], 0.0)
    assert not paths.moving
    assert paths.positions_m(50.0).tolist() == [[1, 2]]


def test_a_jump_has_no_bound_of_its_own():
    paths = TrackTrajectories([track((0, 0, 0), (5, 0, 0), (5, 9, 0))], 0.0)
    assert paths.positions_m(4.999)[0, 0] == 0.0
    assert paths.positions_m(5.0)[0, 0] == 9.0
    assert paths.max_speed_m_per_s > 1e11


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.data())
def test_many_tracks_are_each_interpolated(data):
    numbers = st.floats(-100.0, 100.0, allow_nan=False)
    tracks = []
    for _ in range(data.draw(st.integers(1, 5))):
        times = sorted(data.draw(st.sets(st.integers(0, 60), min_size=1, max_size=6)))
        tracks.append(track(*[(time_s, data.draw(numbers), data.draw(numbers)) for time_s in times]))
    paths = TrackTrajectories(tracks, 0.0)
    times_s = np.array(data.draw(st.lists(st.floats(0.0, 70.0), min_size=1, max_size=6)))
    peers = np.array(data.draw(st.lists(st.integers(0, len(tracks) - 1), min_size=1, max_size=6)))
    places_m = paths.places_m(peers, times_s)
    for column, peer in enumerate(peers):
        for axis in (0, 1):
            expected = np.interp(times_s, tracks[peer].times_s, tracks[peer].places_m[:, axis])
            assert places_m[:, column, axis] == pytest.approx(expected, abs=1e-9)
    assert np.array_equal(paths.positions_m(float(times_s[0]))[peers], places_m[0])


def test_only_nodes_that_are_still_to_come_are_followed():
    gone = track((0, 7, 7), until_s=4.0)
    part = SimpleNamespace(start_s=4.0, tracks=lambda: (gone, EAST, LATE))
    assert paths_of(part, 1).positions_m(0.0).tolist() == [[8, 0]]
    with pytest.raises(ValueError, match="2 nodes from 4 s on, for 3 peers"):
        paths_of(part, 3)


def test_more_peers_than_nodes_are_a_fault_where_they_are_placed():
    part = SimpleNamespace(start_s=0.0, tracks=lambda: (EAST,))
    group = SimpleNamespace(count=2, mobility=part)
    other = SimpleNamespace(count=1, mobility=None)
    scenario = SimpleNamespace(peers={"cars": group, "masts": other}, mobility=part)
    assert list(faults(part, scenario)) == [
        (("peers", "cars", "mobility"), "the trace has 1 nodes from 0 s on, for 2 peers")
    ]


def test_a_trace_that_cannot_be_read_is_a_fault_of_its_file():
    def broken():
        raise TraceError("a.txt", 3, "is wrong")

    part = SimpleNamespace(start_s=0.0, tracks=broken)
    assert list(faults(part, None)) == [(("file",), "a.txt:3: is wrong")]


def test_nodes_with_numbers_follow_these():
    tracks = {name: track((0, float(name.strip("x")), 0)) for name in ("10", "9", "2")}
    assert [one.places_m[0, 0] for one in sorted_by_name(tracks)] == [2, 9, 10]
    assert [one.places_m[0, 0] for one in sorted_by_name({**tracks, "x1": EAST._replace()})] == [10, 9, 2, 0]


@pytest.mark.parametrize("time_s", [-1.0, math.inf, math.nan])
def test_times_before_the_start_and_without_end_are_refused(time_s):
    paths = TrackTrajectories([EAST], 0.0)
    with pytest.raises(ValueError, match="from 0 s on"):
        paths.positions_m(time_s)
    with pytest.raises(ValueError, match="from 0 s on"):
        paths.places_m(np.array([0]), np.array([time_s]))
