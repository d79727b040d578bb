"""Paths made of straight legs without end: positions at any time, in any order of asking.

A model says how the legs of a peer follow each other, some at a time; here they are kept, forgotten and made again. Leg
k goes from point k to point k + 1 at a speed, from its time of leaving, and is followed by a pause. Nothing depends on
which legs are in memory: a block of legs is a pure function of what the model noted at the end of the block before.
"""

import math
from typing import NamedTuple, Protocol, final

import numpy as np
from numpy.typing import NDArray

from cosim.rng import uniforms

FloatArray = NDArray[np.float64]
Peers = NDArray[np.int64]

NOTES_KEPT = 64
"""Latest blocks of each peer that can be made again without those before them."""


class Legs(NamedTuple):
    """Successive legs of some peers.

    Attributes:
        points_m: where they begin, and where the last one ends; shape (peers, legs + 1, 2).
        leave_s: when they begin, and when the one after them does; shape (peers, legs + 1).
        speeds_m_per_s: shape (peers, legs).
        note: what the model has to know to go on; shape (peers, numbers).
    """

    points_m: FloatArray
    leave_s: FloatArray
    speeds_m_per_s: FloatArray
    note: FloatArray


class Itinerary(Protocol):
    """A model of movement."""

    @property
    def legs(self) -> int:
        """Legs that are made at a time: one block."""
        ...

    @property
    def numbers(self) -> int:
        """Numbers in a note."""
        ...

    @property
    def max_speed_m_per_s(self) -> float:
        """No peer is ever faster."""
        ...

    def block(self, peers: Peers, number: int, note: FloatArray) -> Legs:
        """One block of legs of some peers; number 0 has no note, and begins at time 0 or earlier.

        Args:
            peers: counted from 0.
            number: which block.
            note: of each peer, as the block before gave it.
        """
        ...

    def shown(self, points_m: FloatArray) -> FloatArray:
        """Where a peer is that stands on a point of its legs; any shape (..., 2)."""
        ...


def draws_of(keys: list[NDArray[np.uint64]], first: int, rows: int, columns: int) -> FloatArray:
    """Draws of many streams, shape (streams, rows, columns)."""
    return np.stack([uniforms(key, first, rows * columns) for key in keys]).reshape(len(keys), rows, columns)


def lengths_m(steps_m: FloatArray) -> FloatArray:
    """Lengths of vectors, the last axis being x and y."""
    return np.hypot(steps_m[..., 0], steps_m[..., 1])


@final
class LegTrajectories:
    """The paths of peers that follow an itinerary: two blocks of legs each, positions in closed form."""

    moving = True

    def __init__(self, itinerary: Itinerary, count: int) -> None:
        """Begin the ways of `count` peers."""
        self._itinerary = itinerary
        self.max_speed_m_per_s = itinerary.max_speed_m_per_s
        self._block = itinerary.legs
        legs = 2 * self._block
        # Of each peer the legs in memory: the number of the first block, points, speeds and times of leaving.
        self._first_block = np.zeros(count, dtype=np.int64)
        self._points_m = np.zeros((count, legs + 1, 2))
        self._speeds_m_per_s = np.zeros((count, legs))
        self._leave_s = np.zeros((count, legs + 1))
        # Of each peer the latest notes: which block each begins, when that is, and what it says.
        self._noted = np.full((count, NOTES_KEPT), -1, dtype=np.int64)
        self._noted_s = np.full((count, NOTES_KEPT), math.inf)
        self._notes = np.zeros((count, NOTES_KEPT, itinerary.numbers))
        # Of each peer the leg under way.
        self._from_m, self._velocity_m_per_s = np.zeros((count, 2)), np.zeros((count, 2))
        self._left_s, self._travel_s = np.zeros(count), np.zeros(count)
        self._valid_from_s, self._valid_until_s = np.zeros(count), np.zeros(count)
        self._present_from_s = self._present_until_s = 0.0
        self._load(np.arange(count), np.zeros(count, dtype=np.int64))

    def _load(self, peers: Peers, blocks: Peers) -> None:
        """Have these blocks in memory, and those after them."""
        self._first_block[peers] = blocks
        self._make(peers, 0)
        self._make(peers, 1)

    def _go_on(self, peers: Peers) -> None:
        """Make the next block of some peers, and forget their oldest one."""
        self._first_block[peers] += 1
        for legs in (self._points_m, self._speeds_m_per_s, self._leave_s):
            legs[peers, : -self._block] = legs[peers, self._block :]
        self._make(peers, 1)

    def _go_back(self, peers: Peers, time_s: float) -> None:
        """Make again the legs of some peers around a time that is past."""
        self._load(peers, np.where(self._noted_s[peers] <= time_s, self._noted[peers], 0).max(axis=1))

    def _make(self, peers: Peers, half: int) -> None:
        """Make the first or the second block in memory."""
        blocks, first = self._first_block[peers] + half, half * self._block
        for number in np.unique(blocks).tolist():
            some = peers[blocks == number]
            made = self._itinerary.block(some, number, self._notes[some, number % NOTES_KEPT])
            self._points_m[some, first : first + self._block + 1] = made.points_m
            self._leave_s[some, first : first + self._block + 1] = made.leave_s
            self._speeds_m_per_s[some, first : first + self._block] = made.speeds_m_per_s
            place = (number + 1) % NOTES_KEPT
            self._noted[some, place], self._noted_s[some, place] = number + 1, made.leave_s[:, -1]
            self._notes[some, place] = made.note

    def _turn(self, peers: Peers, time_s: float) -> None:
        """Make the leg under way at a time the present one of some peers."""
        earlier = (self._first_block[peers] > 0) & (self._leave_s[peers, 0] > time_s)
        if earlier.any():
            self._go_back(peers[earlier], time_s)
        while len(short := peers[self._leave_s[peers, -1] <= time_s]):
            self._go_on(short)
        leg = np.count_nonzero(self._leave_s[peers, 1:] <= time_s, axis=1)
        origin_m, speed = self._points_m[peers, leg], self._speeds_m_per_s[peers, leg]
        step_m = self._points_m[peers, leg + 1] - origin_m
        length_m = lengths_m(step_m)
        # A leg of no length has no direction: any finite velocity will do, for it lasts 0 s.
        self._velocity_m_per_s[peers] = step_m * (speed / np.where(length_m > 0, length_m, 1.0))[:, np.newaxis]
        self._from_m[peers] = origin_m
        self._left_s[peers], self._travel_s[peers] = self._leave_s[peers, leg], length_m / speed
        self._valid_from_s[peers] = np.where(self._first_block[peers] + leg > 0, self._left_s[peers], 0.0)
        self._valid_until_s[peers] = self._leave_s[peers, leg + 1]
        self._present_from_s, self._present_until_s = math.inf, -math.inf  # not known any more

    def positions_m(self, time_s: float) -> FloatArray:
        """Places at a time, which may be earlier than those asked for before; shape (count, 2) [m].

        Raises:
            ValueError: the time is negative or not finite.
        """
        require_time(time_s)
        if not self._present_from_s <= time_s < self._present_until_s:
            self._turn(np.flatnonzero((self._valid_from_s > time_s) | (self._valid_until_s <= time_s)), time_s)
            self._present_from_s = float(self._valid_from_s.max())
            self._present_until_s = float(self._valid_until_s.min())
        underway_s = np.minimum(np.maximum(time_s - self._left_s, 0.0), self._travel_s)
        return self._itinerary.shown(self._from_m + self._velocity_m_per_s * underway_s[:, np.newaxis])

    def places_m(self, peers: Peers, times_s: FloatArray) -> FloatArray:
        """Places of some peers, counted from 0, at some times; shape (times, peers, 2) [m]; see `positions_m`.

        Raises:
            ValueError: a time is negative or not finite.
        """
        first_s, last_s = float(times_s.min()), float(times_s.max())
        require_time(first_s)
        require_time(last_s)
        if not self._present_from_s <= first_s <= last_s < self._present_until_s:
            turning = (self._valid_from_s[peers] > first_s) | (self._valid_until_s[peers] <= first_s)
            if turning.any():
                self._turn(np.unique(peers[turning]), first_s)
            if last_s >= self._valid_until_s[peers].min():
                return np.concatenate([self.places_m(peers, times_s[i : i + 1]) for i in range(len(times_s))])
        underway_s = np.minimum(np.maximum(times_s[:, np.newaxis] - self._left_s[peers], 0.0), self._travel_s[peers])
        points_m = self._from_m[peers] + self._velocity_m_per_s[peers] * underway_s[..., np.newaxis]
        return self._itinerary.shown(points_m)


def require_time(time_s: float) -> None:
    """Refuse a time at which nobody is anywhere.

    Raises:
        ValueError: it is negative or not finite.
    """
    if not 0 <= time_s < math.inf:
        raise ValueError(f"positions are known from 0 s on, not at {time_s} s")
