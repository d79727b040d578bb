"""The random waypoint model, started in its stationary law.

A peer picks a target uniformly in an a x b rectangle and a speed uniformly in [v0, v1], goes there on a
straight line, pauses, and repeats. Started at a uniform place with a uniform speed, its mean speed decays
for many minutes and its place drifts to the centre. Navidi and Camp, "Stationary distributions for the
random waypoint mobility model", IEEE Transactions on Mobile Computing 3(1), 2004, pp. 99-108, give the law
to start from instead. In the numbering of this module (each follows from weighting a cycle by its duration):

    (1) E[1/v] = ln(v1 / v0) / (v1 - v0)
    (2) E[L]   = mean distance of two uniform points of the rectangle
    (3) P(pausing) = pause / (pause + E[L] E[1/v])
    (4) what is left of a pause: density (1 - H(p)) / E[p]; for a constant pause uniform on [0, pause]
    (5) speed of a moving peer: density 1 / (v ln(v1 / v0)), so v = v0 (v1 / v0)^u and E[v] = (v1 - v0) / ln(v1 / v0)
    (6) ends of the present leg: density proportional to their distance; place uniform on the leg
"""

import math
from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.rng import philox_key
from cosim.sim.legs import Legs, LegTrajectories, draws_of, lengths_m

FloatArray = NDArray[np.float64]

LEGS = 8
"""Legs that are made at a time; no position depends on it."""

DRAWS_PER_LEG = 4
"""Leg k of a peer uses draws 4k to 4k + 3 of its stream: one block of the generator."""

CANDIDATES_PER_BLOCK = 16
"""Pairs of points tried at once by the rejection sampling; no position depends on it."""

DRAWS_PER_CANDIDATE = 5
"""Two points and the acceptance."""

NARROW = 1e-4
"""Ratio of the sides under which a rectangle counts as a line (the closed form cancels there)."""


def mean_inverse_speed_s_per_m(low_m_per_s: float, high_m_per_s: float) -> float:
    """E[1/v] of a speed drawn uniformly, equation (1) [s/m]; for 0 < low <= high."""
    spread = (high_m_per_s - low_m_per_s) / low_m_per_s
    return math.log1p(spread) / (spread * low_m_per_s) if spread else 1 / low_m_per_s


def mean_speed_m_per_s(low_m_per_s: float, high_m_per_s: float) -> float:
    """Time average of the speed of a moving peer, equation (5) [m/s]: 1 / E[1/v]."""
    return 1 / mean_inverse_speed_s_per_m(low_m_per_s, high_m_per_s)


def stationary_speed_m_per_s(draws: FloatArray, low_m_per_s: float, high_m_per_s: float) -> FloatArray:
    """Speed of a moving peer from uniform draws, by inversion of equation (5) [m/s]."""
    return low_m_per_s * (high_m_per_s / low_m_per_s) ** draws


def mean_distance_m(width_m: float, height_m: float) -> float:
    """Mean distance of two uniform points of a rectangle, equation (2) [m].

    Closed form of B. Ghosh, "Random distances within a rectangle and between two rectangles", Bulletin of the
    Calcutta Mathematical Society 43, 1951; 0.521405 times the side of a square. Below a ratio of sides of
    1e-4 the value of a line, length / 3, is returned (relative error under 1e-7).
    """
    b, a = sorted((width_m, height_m))
    if b < NARROW * a:
        return a / 3
    d = math.hypot(a, b)
    powers = a**3 / b**2 + b**3 / a**2 + d * (3 - a**2 / b**2 - b**2 / a**2)
    logarithms = b**2 / a * math.log((a + d) / b) + a**2 / b * math.log((b + d) / a)
    return (powers + 2.5 * logarithms) / 15


def pause_probability(area_m: tuple[float, float], speed_m_per_s: tuple[float, float], pause_s: float) -> float:
    """Share of time spent pausing, equation (3)."""
    travel_s = mean_distance_m(*area_m) * mean_inverse_speed_s_per_m(*speed_m_per_s)
    return pause_s / (pause_s + travel_s)


def stationary_legs_m(keys: list[NDArray[np.uint64]], area_m: tuple[float, float]) -> FloatArray:
    """Ends of the present leg of each moving peer, equation (6), by rejection [m].

    A uniform pair is accepted with probability distance / diagonal, which is 0.37 on a square.

    Args:
        keys: one random stream per peer; candidate i uses its draws 5i to 5i + 4.
        area_m: sides of the rectangle.

    Returns:
        Shape (peers, 2, 2): from and to, each a point.
    """
    ends_m = np.empty((len(keys), 2, 2))
    waiting = np.arange(len(keys))
    first = 0
    while waiting.size:
        draws = draws_of([keys[i] for i in waiting], first, CANDIDATES_PER_BLOCK, DRAWS_PER_CANDIDATE)
        candidates_m = draws[..., :4].reshape(*draws.shape[:2], 2, 2) * area_m
        accepted = draws[..., 4] * math.hypot(*area_m) < lengths_m(candidates_m[..., 1, :] - candidates_m[..., 0, :])
        chosen = accepted.argmax(axis=1)
        done = accepted.any(axis=1)
        ends_m[waiting[done]] = candidates_m[done, chosen[done]]
        waiting = waiting[~done]
        first += CANDIDATES_PER_BLOCK * DRAWS_PER_CANDIDATE
    return ends_m


@final
class RandomWaypointItinerary:
    """Legs of random waypoint peers.

    Leg k starts at waypoint k at its time of leaving, takes distance / speed, and is followed by the pause. The
    leg under way at time 0 left in the past (or will leave at the end of a residual pause).
    """

    numbers = 3

    def __init__(
        self,
        area_m: tuple[float, float],
        speed_m_per_s: tuple[float, float],
        pause_s: float,
        seed: int,
        first_peer: int,
    ) -> None:
        """Move peers, numbered from `first_peer`, whose ways begin in the stationary law."""
        self.legs = LEGS
        self.max_speed_m_per_s = speed_m_per_s[1]
        self._area_m = area_m
        self._speed_m_per_s = speed_m_per_s
        self._pause_s = pause_s
        self._seed = seed
        self._first_peer = first_peer

    def _keys(self, peers: NDArray[np.int64], *purpose: str) -> list[NDArray[np.uint64]]:
        return [philox_key(self._seed, "mobility", peer, *purpose) for peer in (peers + self._first_peer).tolist()]

    def block(self, peers: NDArray[np.int64], number: int, note: FloatArray) -> Legs:
        """See Itinerary; a note is the next waypoint and the time of leaving it."""
        draws = draws_of(self._keys(peers), DRAWS_PER_LEG * LEGS * number, LEGS, DRAWS_PER_LEG)
        low, high = self._speed_m_per_s
        speeds = low + draws[..., 2] * (high - low)
        points_m, leave_s = np.empty((len(peers), LEGS + 1, 2)), np.empty((len(peers), LEGS + 1))
        known = 1 if number == 0 else 0
        if number == 0:
            points_m[:, :2], speeds[:, 0], leave_s[:, :2] = self._first(peers, draws[:, 0, :])
        else:
            points_m[:, 0], leave_s[:, 0] = note[:, :2], note[:, 2]
        points_m[:, known + 1 :] = draws[:, known:, :2] * self._area_m
        cycle_s = lengths_m(np.diff(points_m[:, known:], axis=1)) / speeds[:, known:] + self._pause_s
        leave_s[:, known:] = np.cumsum(np.concatenate((leave_s[:, known : known + 1], cycle_s), axis=1), axis=1)
        return Legs(points_m, leave_s, speeds, np.column_stack((points_m[:, -1], leave_s[:, -1])))

    def _first(self, peers: NDArray[np.int64], draws: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The first legs: their ends, how fast they are, when they left or will leave and when the next ones do."""
        ends_m = stationary_legs_m(self._keys(peers, "leg"), self._area_m)
        pausing = draws[:, 0] < pause_probability(self._area_m, self._speed_m_per_s, self._pause_s)
        low, high = self._speed_m_per_s
        if pausing.any():  # A pausing peer is at a waypoint; its next leg is an ordinary one.
            ends_m[pausing] = draws_of(self._keys(peers[pausing], "pause"), 0, 2, 2) * self._area_m
        speeds = np.where(pausing, low + draws[:, 2] * (high - low), stationary_speed_m_per_s(draws[:, 2], low, high))
        travel_s = lengths_m(ends_m[:, 1] - ends_m[:, 0]) / speeds
        leave_s = np.where(pausing, draws[:, 1] * self._pause_s, -draws[:, 1] * travel_s)
        return ends_m, speeds, np.column_stack((leave_s, leave_s + travel_s + self._pause_s))

    def shown(self, points_m: FloatArray) -> FloatArray:
        """The points themselves."""
        return points_m


def random_waypoint_paths(
    *,
    area_m: tuple[float, float],
    speed_m_per_s: tuple[float, float],
    pause_s: float,
    count: int,
    seed: int,
    first_peer: int,
) -> LegTrajectories:
    """Paths of `count` peers, numbered from `first_peer`, in the stationary law."""
    return LegTrajectories(RandomWaypointItinerary(area_m, speed_m_per_s, pause_s, seed, first_peer), count)
