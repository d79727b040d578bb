"""Tracks: recorded movements, straight from place to place, of nodes that come and go."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, final, runtime_checkable

import numpy as np

from cosim.sim.legs import FloatArray, Peers, require_time
from cosim.sim.trace_file import TraceError

Stays = tuple[FloatArray, FloatArray]
"""When each peer is there for the first time, and when it leaves [s]."""


class Track(NamedTuple):
    """The way of one node, linear between its places.

    Attributes:
        times_s: when it is where, rising; equal times are a jump.
        places_m: shape (times, 2).
        from_s: since when it is there.
        until_s: until when; inf for ever.
    """

    times_s: FloatArray
    places_m: FloatArray
    from_s: float = -math.inf
    until_s: float = math.inf


@runtime_checkable
class Visiting(Protocol):
    """Paths of peers of which some come late or leave early."""

    def stays_s(self) -> Stays:
        """When each comes and leaves."""
        ...


class Recorded(Protocol):
    """A mobility part that reads a trace."""

    @property
    def start_s(self) -> float:
        """Time of the trace at which the scenario begins."""
        ...

    def tracks(self) -> Sequence[Track]:
        """All tracks of the file."""
        ...


@final
class TrackTrajectories:
    """The paths of peers that follow tracks, from a time of the trace on.

    Before the first and after the last place of a track its peer stands there; it is off the air while it is not there
    according to the trace.
    """

    def __init__(self, tracks: Sequence[Track], start_s: float) -> None:
        """Peer i follows track i."""
        self._start_s = start_s
        self._from_s = np.array([max(track.from_s - start_s, 0.0) for track in tracks])
        self._until_s = np.array([track.until_s - start_s for track in tracks])
        self._times_s = np.concatenate([track.times_s for track in tracks])
        self._points_m = np.concatenate([track.places_m for track in tracks])
        sizes = np.array([len(track.times_s) for track in tracks])
        self._last = np.cumsum(sizes) - 1
        self._first = self._last - sizes + 1
        steps_m, steps_s = np.diff(self._points_m, axis=0), np.diff(self._times_s)
        own = np.ones(len(steps_s), dtype=np.bool_)
        own[self._last[:-1]] = False
        with np.errstate(divide="ignore", invalid="ignore"):
            speeds = np.hypot(steps_m[:, 0], steps_m[:, 1]) / steps_s
        self.max_speed_m_per_s = float(np.nan_to_num(speeds[own], nan=0.0, posinf=JUMP_M_PER_S).max(initial=0.0))
        self.moving = self.max_speed_m_per_s > 0.0
        # So that rounded sums of steps stay below the bound.
        self.max_speed_m_per_s *= 1.0 + 1e-9

    def stays_s(self) -> Stays:
        """See Visiting."""
        return self._from_s, self._until_s

    def positions_m(self, time_s: float) -> FloatArray:
        """Places at a time of the scenario, shape (count, 2) [m].

        Raises:
            ValueError: the time is negative or not finite.
        """
        require_time(time_s)
        return self._places_m(np.arange(len(self._first)), np.full(1, time_s))[0]

    def places_m(self, peers: Peers, times_s: FloatArray) -> FloatArray:
        """Places of some peers, counted from 0, at some times; shape (times, peers, 2) [m].

        Raises:
            ValueError: a time is negative or not finite.
        """
        require_time(float(times_s.min()))
        require_time(float(times_s.max()))
        return self._places_m(peers, times_s)

    def _places_m(self, peers: Peers, times_s: FloatArray) -> FloatArray:
        """By bisection in all tracks at once: the last place not later than each time."""
        first, last = self._first[peers], self._last[peers]
        when_s = times_s[:, np.newaxis] + self._start_s
        low = np.broadcast_to(first, (len(times_s), len(peers))).copy()
        high = np.broadcast_to(last, low.shape).copy()
        while (low < high).any():
            middle = (low + high + 1) >> 1
            here = self._times_s[middle] <= when_s
            low, high = np.where(here, middle, low), np.where(here, high, middle - 1)
        after = np.minimum(low + 1, last)
        begin_s, end_s = self._times_s[low], self._times_s[after]
        whole_s = np.where(end_s > begin_s, end_s - begin_s, 1.0)
        share = np.clip((when_s - begin_s) / whole_s, 0.0, 1.0)[..., np.newaxis]
        return self._points_m[low] + share * (self._points_m[after] - self._points_m[low])


JUMP_M_PER_S = 1e12
"""Bound of the speed of a jump: two places at one time."""


def paths_of(part: Recorded, count: int) -> TrackTrajectories:
    """Paths of peers along the tracks of a file that are not over when the scenario begins, in their order.

    Raises:
        ValueError: the file cannot be read, or has too few tracks.
    """
    tracks = [track for track in part.tracks() if track.until_s > part.start_s]
    if len(tracks) < count:
        raise ValueError(f"the trace has {len(tracks)} nodes from {part.start_s:g} s on, for {count} peers")
    return TrackTrajectories(tracks[:count], part.start_s)


def faults(part: Recorded, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with the file, and where there are more peers than nodes."""
    try:
        present = sum(track.until_s > part.start_s for track in part.tracks())
    except TraceError as error:
        yield ("file",), str(error)
        return
    for path, count in placed_by(part, scenario):
        if count > present:
            yield (*path, "mobility"), f"the trace has {present} nodes from {part.start_s:g} s on, for {count} peers"


def placed_by(part: object, scenario: Any) -> Iterator[tuple[tuple[str, ...], int]]:
    """Where a mobility part stands in a scenario, and how many peers it places there."""
    for name, group in scenario.peers.items():
        if group.mobility is part:
            yield ("peers", name), group.count
    if scenario.mobility is part:
        yield (), sum(group.count for group in scenario.peers.values() if group.mobility is None)


def sorted_by_name(tracks: dict[str, Track]) -> tuple[Track, ...]:
    """Tracks by the number of their node if all are numbers, else as they came."""
    names = list(tracks)
    if all(name.isdecimal() for name in names):
        names.sort(key=int)
    return tuple(tracks[name] for name in names)
