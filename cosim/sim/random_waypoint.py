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

from cosim.rng import philox_key, uniforms

FloatArray = NDArray[np.float64]

LEGS_KEPT = 16
"""Legs of a peer in memory; they are made, and forgotten, half of them at a time. No position depends on it."""

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
        draws = _draws([keys[i] for i in waiting], first, CANDIDATES_PER_BLOCK, DRAWS_PER_CANDIDATE)
        candidates_m = draws[..., :4].reshape(*draws.shape[:2], 2, 2) * area_m
        accepted = draws[..., 4] * math.hypot(*area_m) < _distance_m(candidates_m[..., 0, :], candidates_m[..., 1, :])
        chosen = accepted.argmax(axis=1)
        done = accepted.any(axis=1)
        ends_m[waiting[done]] = candidates_m[done, chosen[done]]
        waiting = waiting[~done]
        first += CANDIDATES_PER_BLOCK * DRAWS_PER_CANDIDATE
    return ends_m


def _draws(keys: list[NDArray[np.uint64]], first: int, rows: int, columns: int) -> FloatArray:
    """Draws of many streams, shape (streams, rows, columns)."""
    return np.stack([uniforms(key, first, rows * columns) for key in keys]).reshape(len(keys), rows, columns)


def _distance_m(a_m: FloatArray, b_m: FloatArray) -> FloatArray:
    return np.hypot(b_m[..., 0] - a_m[..., 0], b_m[..., 1] - a_m[..., 1])


@final
class RandomWaypointTrajectories:
    """Paths of random waypoint peers: some legs around the latest times asked for, positions in closed form.

    Leg k starts at waypoint k at its time of leaving, takes distance / speed, and is followed by the pause. The
    leg under way at time 0 left in the past (or will leave at the end of a residual pause). Legs that were
    forgotten are made again, from the first one on, when an earlier time is asked for.
    """

    moving = True

    def __init__(
        self,
        *,
        area_m: tuple[float, float],
        speed_m_per_s: tuple[float, float],
        pause_s: float,
        count: int,
        seed: int,
        first_peer: int,
    ) -> None:
        """Start `count` peers, numbered from `first_peer`, in the stationary law."""
        self._area_m = area_m
        self._speed_m_per_s = speed_m_per_s
        self._pause_s = pause_s
        self._seed = seed
        self._first_peer = first_peer
        self.max_speed_m_per_s = speed_m_per_s[1]
        self.mean_speed_m_per_s = mean_speed_m_per_s(*speed_m_per_s)
        self._keys = [philox_key(seed, "mobility", peer) for peer in range(first_peer, first_peer + count)]
        # Of each peer the legs in memory: the number of the first, waypoints, speeds and times of leaving.
        self._first_leg = np.zeros(count, dtype=np.int64)
        self._waypoints_m = np.zeros((count, LEGS_KEPT + 1, 2))
        self._speeds_m_per_s = np.zeros((count, LEGS_KEPT))
        self._leave_s = np.zeros((count, LEGS_KEPT + 1))
        # Of each peer the leg under way.
        self._from_m, self._velocity_m_per_s = np.zeros((count, 2)), np.zeros((count, 2))
        self._left_s, self._travel_s = np.zeros(count), np.zeros(count)
        self._valid_from_s, self._valid_until_s = np.zeros(count), np.zeros(count)
        self._present_from_s = self._present_until_s = 0.0
        self._begin(np.arange(count))

    def _begin(self, peers: NDArray[np.int64]) -> None:
        """Draw the first legs of some peers: how fast, and when they left or will leave."""
        names = (peers + self._first_peer).tolist()
        ends_m = stationary_legs_m([philox_key(self._seed, "mobility", name, "leg") for name in names], self._area_m)
        draws = self._draw(peers, 0, 1)[:, 0, :]
        pausing = draws[:, 0] < pause_probability(self._area_m, self._speed_m_per_s, self._pause_s)
        low, high = self._speed_m_per_s
        if pausing.any():  # A pausing peer is at a waypoint; its next leg is an ordinary one.
            keys = [philox_key(self._seed, "mobility", names[i], "pause") for i in np.flatnonzero(pausing)]
            ends_m[pausing] = _draws(keys, 0, 2, 2) * self._area_m
        speeds = np.where(pausing, low + draws[:, 2] * (high - low), stationary_speed_m_per_s(draws[:, 2], low, high))
        travel_s = _distance_m(ends_m[:, 0], ends_m[:, 1]) / speeds
        leave_s = np.where(pausing, draws[:, 1] * self._pause_s, -draws[:, 1] * travel_s)
        self._first_leg[peers] = 0
        self._waypoints_m[peers, :2] = ends_m
        self._speeds_m_per_s[peers, 0] = speeds
        self._leave_s[peers, 0], self._leave_s[peers, 1] = leave_s, leave_s + travel_s + self._pause_s
        self._make(peers, 1)

    def _draw(self, peers: NDArray[np.int64], leg: int, legs: int) -> FloatArray:
        return _draws([self._keys[peer] for peer in peers], DRAWS_PER_LEG * leg, legs, DRAWS_PER_LEG)

    def _make(self, peers: NDArray[np.int64], known: int) -> None:
        """Make the legs behind the first known ones in memory."""
        low, high = self._speed_m_per_s
        for first_leg in np.unique(self._first_leg[peers]).tolist():
            some = peers[self._first_leg[peers] == first_leg]
            draws = self._draw(some, first_leg + known, LEGS_KEPT - known)
            speeds = low + draws[..., 2] * (high - low)
            path_m = np.concatenate((self._waypoints_m[some, known : known + 1], draws[..., :2] * self._area_m), axis=1)
            cycle_s = _distance_m(path_m[:, :-1], path_m[:, 1:]) / speeds + self._pause_s
            leave_s = np.cumsum(np.concatenate((self._leave_s[some, known : known + 1], cycle_s), axis=1), axis=1)
            self._waypoints_m[some, known:] = path_m
            self._speeds_m_per_s[some, known:] = speeds
            self._leave_s[some, known:] = leave_s

    def _forget(self, peers: NDArray[np.int64]) -> None:
        """Make the next legs of some peers, in the place of their oldest ones."""
        half = LEGS_KEPT // 2
        self._first_leg[peers] += half
        for legs in (self._waypoints_m, self._speeds_m_per_s, self._leave_s):
            legs[peers, :-half] = legs[peers, half:]
        self._make(peers, LEGS_KEPT - half)

    def _turn(self, peers: NDArray[np.int64], time_s: float) -> None:
        """Make the leg under way at a time the present one of some peers."""
        earlier = (self._first_leg[peers] > 0) & (self._leave_s[peers, 0] > time_s)
        if earlier.any():
            self._begin(peers[earlier])
        while len(short := peers[self._leave_s[peers, -1] <= time_s]):
            self._forget(short)
        leg = np.count_nonzero(self._leave_s[peers, 1:] <= time_s, axis=1)
        origin_m, speed = self._waypoints_m[peers, leg], self._speeds_m_per_s[peers, leg]
        step_m = self._waypoints_m[peers, leg + 1] - origin_m
        length_m = np.hypot(step_m[:, 0], step_m[:, 1])
        # A leg of no length has no direction: any finite velocity will do, for it lasts 0 s.
        self._velocity_m_per_s[peers] = step_m * (speed / np.where(length_m > 0, length_m, 1.0))[:, np.newaxis]
        self._from_m[peers] = origin_m
        self._left_s[peers], self._travel_s[peers] = self._leave_s[peers, leg], length_m / speed
        self._valid_from_s[peers] = np.where(self._first_leg[peers] + leg > 0, self._left_s[peers], 0.0)
        self._valid_until_s[peers] = self._leave_s[peers, leg + 1]
        self._present_from_s, self._present_until_s = math.inf, -math.inf  # not known any more

    def positions_m(self, time_s: float) -> FloatArray:
        """Places at a time, which may be earlier than those asked for before; shape (count, 2) [m].

        Raises:
            ValueError: the time is negative or not finite.
        """
        _require_time(time_s)
        if not self._present_from_s <= time_s < self._present_until_s:
            self._turn(np.flatnonzero((self._valid_from_s > time_s) | (self._valid_until_s <= time_s)), time_s)
            self._present_from_s = float(self._valid_from_s.max())
            self._present_until_s = float(self._valid_until_s.min())
        underway_s = np.minimum(np.maximum(time_s - self._left_s, 0.0), self._travel_s)
        return self._from_m + self._velocity_m_per_s * underway_s[:, np.newaxis]

    def places_m(self, peers: NDArray[np.int64], times_s: FloatArray) -> FloatArray:
        """Places of some peers, counted from 0, at some times; shape (times, peers, 2) [m]; see `positions_m`.

        Raises:
            ValueError: a time is negative or not finite.
        """
        first_s, last_s = float(times_s.min()), float(times_s.max())
        _require_time(first_s)
        _require_time(last_s)
        if not self._present_from_s <= first_s <= last_s < self._present_until_s:
            turning = (self._valid_from_s[peers] > first_s) | (self._valid_until_s[peers] <= first_s)
            if turning.any():
                self._turn(np.unique(peers[turning]), first_s)
            if last_s >= self._valid_until_s[peers].min():
                return np.concatenate([self.places_m(peers, times_s[i : i + 1]) for i in range(len(times_s))])
        underway_s = np.minimum(np.maximum(times_s[:, np.newaxis] - self._left_s[peers], 0.0), self._travel_s[peers])
        return self._from_m[peers] + self._velocity_m_per_s[peers] * underway_s[..., np.newaxis]


def _require_time(time_s: float) -> None:
    if not 0 <= time_s < math.inf:
        raise ValueError(f"positions are known from 0 s on, not at {time_s} s")
