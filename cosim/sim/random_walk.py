"""The random walk in a rectangle: legs of fixed time or length in random directions, mirrored at the border.

T. Camp, J. Boleng, V. Davies, "A survey of mobility models for ad hoc network research", Wireless Communications and
Mobile Computing 2(5), 2002, section 2.1; ns-3.37's RandomWalk2dMobilityModel behaves alike (confidence A, compared with
its distributions). A leg that meets the border goes on as light does at a mirror. So a walk in the unbounded plane,
folded into the rectangle, is the same walk: its law is uniform over the area, from which the ways begin.

Legs of fixed time turn at the same times for all peers. Of legs of fixed length the first is the one under way at time
0 in the stationary law: its speed has a density proportional to 1 / v, and any part of it may be done already.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, final

import numpy as np

from cosim.part import AreaPair, Positive, part
from cosim.rng import philox_key
from cosim.sim.legs import FloatArray, Legs, LegTrajectories, Peers, draws_of, lengths_m
from cosim.sim.mobility import SpeedRange, Trajectories
from cosim.sim.random_waypoint import stationary_speed_m_per_s

LEGS = 16
"""Legs that are made at a time; no position depends on it."""


@final
@part
class RandomWalk:
    """Legs of fixed time or length in random directions, mirrored at the border (see `random_walk`).

    Attributes:
        area_m: sides of the rectangle, whose corner is the origin.
        speed_m_per_s: lowest and highest speed; each leg draws one uniformly.
        leg_s: how long a leg lasts; 10 s where neither is given.
        leg_m: how long it is, instead.
    """

    source: ClassVar[str] = "random walk: Camp, Boleng, Davies, WCMC 2(5), 2002, section 2.1; as in ns-3.37 (A)"

    area_m: AreaPair
    speed_m_per_s: SpeedRange
    leg_s: Positive | None = None
    leg_m: Positive | None = None

    def check(self, scenario: Any) -> Iterator[tuple[str, str]]:
        """A leg has one measure."""
        if self.leg_s is not None and self.leg_m is not None:
            yield "leg_m", "leg_s and leg_m exclude each other: set one of them to null"

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """Paths of the peers; they move."""
        return LegTrajectories(RandomWalkItinerary(self, seed, first_peer), count)


@final
class RandomWalkItinerary:
    """Legs of walking peers in the unbounded plane."""

    numbers = 3
    legs = LEGS

    def __init__(self, model: RandomWalk, seed: int, first_peer: int) -> None:
        """Move peers that are numbered from `first_peer`."""
        self._model = model
        self._seed = seed
        self._first_peer = first_peer
        self._area_m = np.asarray(model.area_m)
        self.max_speed_m_per_s = model.speed_m_per_s[1]

    def _draws(self, peers: Peers, first: int, rows: int, columns: int, *purpose: str) -> FloatArray:
        names = (peers + self._first_peer).tolist()
        return draws_of([philox_key(self._seed, "mobility", peer, *purpose) for peer in names], first, rows, columns)

    def block(self, peers: Peers, number: int, note: FloatArray) -> Legs:
        """See Itinerary; a note is the point in the plane, and when it is left."""
        low, high = self._model.speed_m_per_s
        draws = self._draws(peers, 2 * LEGS * number, LEGS, 2)
        speeds, angles = low + draws[..., 0] * (high - low), 2.0 * np.pi * draws[..., 1]
        if number == 0:
            start = self._draws(peers, 0, 1, 4, "start")[:, 0]
            note = np.column_stack((start[:, :2] * self._area_m, np.zeros(len(peers))))
            if self._model.leg_m is not None:
                speeds[:, 0] = stationary_speed_m_per_s(draws[:, 0, 0], low, high)
                note[:, 2] = -start[:, 2] * self._model.leg_m / speeds[:, 0]
        times_s = self._durations_s(speeds)
        steps_m = (speeds * times_s)[..., np.newaxis] * np.stack((np.cos(angles), np.sin(angles)), axis=-1)
        points_m = np.cumsum(np.concatenate((note[:, np.newaxis, :2], steps_m), axis=1), axis=1)
        leave_s = np.cumsum(np.concatenate((note[:, 2:], times_s), axis=1), axis=1)
        # As long as they are said to be, though sums of steps are rounded.
        speeds = np.maximum(lengths_m(np.diff(points_m, axis=1)), 1e-300) / times_s
        return Legs(points_m, leave_s, speeds, np.column_stack((points_m[:, -1], leave_s[:, -1])))

    def _durations_s(self, speeds: FloatArray) -> FloatArray:
        model = self._model
        if model.leg_m is not None:
            return model.leg_m / speeds
        return np.full_like(speeds, 10.0 if model.leg_s is None else model.leg_s)

    def shown(self, points_m: FloatArray) -> FloatArray:
        """Points of the plane, folded into the rectangle as if its sides were mirrors."""
        phase_m = np.mod(points_m, 2.0 * self._area_m)
        return np.minimum(phase_m, 2.0 * self._area_m - phase_m)
