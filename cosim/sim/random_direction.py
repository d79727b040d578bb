"""The random direction model: straight on to the border, a pause there, and off again in a direction that leads inside.

E. Royer, P. Melliar-Smith, L. Moser, "An analysis of the optimum node density for ad hoc mobile networks", IEEE ICC
2001; ns-3.37's RandomDirection2dMobilityModel behaves alike (confidence A, compared with its distributions). The first
direction is uniform over the full turn, those from a side uniform over the half turn inside. The stationary law has no
closed form that we know of: ways begin at a uniform place and are followed for 20 crossings of the diagonal at the mean
inverse speed, pauses included, before time 0.
"""

import math
from typing import ClassVar, final

import numpy as np

from cosim.part import AreaPair, NonNegative, part
from cosim.rng import philox_key
from cosim.sim.legs import FloatArray, Legs, LegTrajectories, Peers, draws_of, lengths_m
from cosim.sim.mobility import SpeedRange, Trajectories
from cosim.sim.random_waypoint import mean_inverse_speed_s_per_m

LEGS = 16
"""Legs that are made at a time; no position depends on it."""

CROSSINGS = 20
"""Crossings of the diagonal before time 0."""

INWARD_RAD = np.array([-0.5, 0.0, 0.5, 1.0]) * np.pi
"""From the left, the bottom, the right and the top side half a turn of directions leads inside, from here on."""


@final
@part
class RandomDirection:
    """Straight to the border, a pause, and off again (Royer et al. 2001; see `random_direction`).

    Attributes:
        area_m: sides of the rectangle, whose corner is the origin.
        speed_m_per_s: lowest and highest speed; each leg draws one uniformly.
        pause_s: constant pause at the border.
    """

    source: ClassVar[str] = "random direction: Royer, Melliar-Smith, Moser, ICC 2001; as in ns-3.37 (A)"

    area_m: AreaPair
    speed_m_per_s: SpeedRange
    pause_s: NonNegative = 0.0

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """Paths of the peers; they move."""
        return LegTrajectories(RandomDirectionItinerary(self, seed, first_peer), count)


@final
class RandomDirectionItinerary:
    """Legs from border to border."""

    numbers = 4
    legs = LEGS

    def __init__(self, model: RandomDirection, seed: int, first_peer: int) -> None:
        """Move peers that are numbered from `first_peer`."""
        self._model = model
        self._seed = seed
        self._first_peer = first_peer
        self._area_m = np.asarray(model.area_m)
        self.max_speed_m_per_s = model.speed_m_per_s[1]
        crossing_s = math.hypot(*model.area_m) * mean_inverse_speed_s_per_m(*model.speed_m_per_s)
        self._begin_s = -CROSSINGS * (crossing_s + model.pause_s)

    def _draws(self, peers: Peers, first: int, rows: int, columns: int, *purpose: str) -> FloatArray:
        names = (peers + self._first_peer).tolist()
        return draws_of([philox_key(self._seed, "mobility", peer, *purpose) for peer in names], first, rows, columns)

    def block(self, peers: Peers, number: int, note: FloatArray) -> Legs:
        """See Itinerary; a note is the place, when it is left, and on which side it lies."""
        low, high = self._model.speed_m_per_s
        draws = self._draws(peers, 2 * LEGS * number, LEGS, 2)
        speeds = low + draws[..., 0] * (high - low)
        if number == 0:
            start = self._draws(peers, 0, 1, 4, "start")[:, 0]
            note = np.column_stack((start[:, :2] * self._area_m, np.full((len(peers), 2), [self._begin_s, 0.0])))
        points_m = np.empty((len(peers), LEGS + 1, 2))
        points_m[:, 0], side = note[:, :2], note[:, 3].astype(np.int64)
        for leg in range(LEGS):
            angle = INWARD_RAD[side] + np.pi * draws[:, leg, 1]
            if number == 0 and leg == 0:
                angle = 2.0 * np.pi * draws[:, 0, 1]
            points_m[:, leg + 1], side = self._border(points_m[:, leg], angle)
        cycle_s = lengths_m(np.diff(points_m, axis=1)) / speeds + self._model.pause_s
        leave_s = np.cumsum(np.concatenate((note[:, 2:3], cycle_s), axis=1), axis=1)
        note = np.column_stack((points_m[:, -1], leave_s[:, -1], side.astype(np.float64)))
        return Legs(points_m, leave_s, speeds, note)

    def _border(self, from_m: FloatArray, angle: FloatArray) -> tuple[FloatArray, Peers]:
        """Where rays meet the border, and on which side."""
        towards = np.stack((np.cos(angle), np.sin(angle)), axis=1)
        room_m = np.where(towards > 0.0, self._area_m - from_m, from_m)
        with np.errstate(divide="ignore", invalid="ignore"):
            way_m = np.where(towards == 0.0, np.inf, room_m / np.abs(towards))
        axis = way_m.argmin(axis=1)
        rows = np.arange(len(axis))
        ends_m = np.clip(from_m + way_m[rows, axis, np.newaxis] * towards, 0.0, self._area_m)
        ahead = towards[rows, axis] > 0.0
        ends_m[rows, axis] = np.where(ahead, self._area_m[axis], 0.0)
        return ends_m, axis + 2 * ahead

    def shown(self, points_m: FloatArray) -> FloatArray:
        """The points themselves, without the last bits by which rounding leaves the area."""
        return np.clip(points_m, 0.0, self._area_m)
