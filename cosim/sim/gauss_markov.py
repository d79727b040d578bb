"""The Gauss-Markov mobility model: speed and direction with memory.

B. Liang and Z. Haas, "Predictive distance-based mobility management for PCS networks", IEEE INFOCOM 1999; as surveyed
by T. Camp, J. Boleng, V. Davies, "A survey of mobility models for ad hoc network research", Wireless Communications and
Mobile Computing 2(5), 2002, section 2.5. With memory alpha, at every step

    speed     = alpha speed     + (1 - alpha) mean speed     + sqrt(1 - alpha^2) noise
    direction = alpha direction + (1 - alpha) mean direction + sqrt(1 - alpha^2) noise

Behaviour at the border and truncated noise follow ns-3.37's GaussMarkovMobilityModel (confidence A, compared with its
distributions): a step that would end outside is taken with that component of the velocity turned round
from its start on; the mean direction is mirrored, and the direction becomes the mean. Speeds may be negative: the peer
then steps backwards. The way begins at a uniform place with mean speed and mean direction, hence in the stationary law
only after some 1 / (1 - alpha) steps.
"""

import math
from typing import Annotated, ClassVar, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]

from cosim.part import AreaPair, NonNegative, Positive, part
from cosim.rng import philox_key
from cosim.sim.legs import FloatArray, Legs, LegTrajectories, Peers, draws_of, lengths_m
from cosim.sim.mobility import SpeedRange, Trajectories

STEPS = 32
"""Steps that are made at a time; no position depends on it."""

X, Y, SPEED, DIRECTION, MEAN_SPEED, MEAN_DIRECTION = range(6)
"""What a note says."""


def truncated_normal(draws: NDArray[np.float64], variance: float, bound: float) -> NDArray[np.float64]:
    """Normal numbers of mean 0 that are drawn again until they lie within +-bound, by inversion of uniform draws.

    The variance is that before truncation, as in ns-3's NormalRandomVariable; 0 gives zeros.
    """
    if variance == 0.0:
        return np.zeros_like(draws)
    deviation = math.sqrt(variance)
    low = float(ndtr(-bound / deviation))
    return np.clip(deviation * ndtri(low + draws * (1.0 - 2.0 * low)), -bound, bound)


@final
@part
class GaussMarkov:
    """Speed and direction with memory, in a rectangle (Liang and Haas 1999; see `gauss_markov`).

    Attributes:
        area_m: sides of the rectangle, whose corner is the origin.
        speed_m_per_s: each peer's mean speed is drawn uniformly between these.
        alpha: memory, 0 for none, 1 for a constant velocity.
        step_s: time from one change to the next.
        speed_variance: of the noise of the speed, before truncation [m^2/s^2].
        speed_bound_m_per_s: that noise is never larger.
        direction_variance: of the noise of the direction, before truncation [rad^2].
        direction_bound_rad: that noise is never larger.
    """

    source: ClassVar[str] = "Gauss-Markov: Liang and Haas, INFOCOM 1999; border and noise as in ns-3.37 (A)"

    area_m: AreaPair
    speed_m_per_s: SpeedRange
    alpha: Annotated[float, Field(ge=0, le=1)] = 0.85
    step_s: Positive = 1.0
    speed_variance: NonNegative = 1.0
    speed_bound_m_per_s: Positive = 2.0
    direction_variance: NonNegative = 0.2
    direction_bound_rad: Positive = 0.4

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """Paths of the peers; they move."""
        return LegTrajectories(GaussMarkovItinerary(self, seed, first_peer), count)

    @property
    def max_speed_m_per_s(self) -> float:
        """Mean speed plus the sum of all past noise at its bound: sqrt(1 - a^2) / (1 - a) of it."""
        gain = 0.0 if self.alpha == 1.0 else math.sqrt((1.0 + self.alpha) / (1.0 - self.alpha))
        noise = self.speed_bound_m_per_s if self.speed_variance else 0.0
        return (self.speed_m_per_s[1] + gain * noise) * (1.0 + 1e-9)


@final
class GaussMarkovItinerary:
    """Legs of Gauss-Markov peers, one per step."""

    numbers = 6
    legs = STEPS

    def __init__(self, model: GaussMarkov, seed: int, first_peer: int) -> None:
        """Move peers that are numbered from `first_peer`."""
        self._model = model
        self._seed = seed
        self._first_peer = first_peer
        self.max_speed_m_per_s = model.max_speed_m_per_s

    def _draws(self, peers: Peers, first: int, rows: int, columns: int, *purpose: str) -> FloatArray:
        names = (peers + self._first_peer).tolist()
        return draws_of([philox_key(self._seed, "mobility", peer, *purpose) for peer in names], first, rows, columns)

    def _start(self, peers: Peers) -> FloatArray:
        """The note with which ways begin."""
        draws = self._draws(peers, 0, 1, 4, "start")[:, 0]
        low, high = self._model.speed_m_per_s
        speed, direction = low + draws[:, 2] * (high - low), 2.0 * np.pi * draws[:, 3]
        return np.column_stack((draws[:, :2] * self._model.area_m, speed, direction, speed, direction))

    def block(self, peers: Peers, number: int, note: FloatArray) -> Legs:
        """See Itinerary; a note is place, speed, direction and their means."""
        model = self._model
        state = (self._start(peers) if number == 0 else note).copy()
        draws = self._draws(peers, 2 * STEPS * number, STEPS, 2)
        speed_noise = truncated_normal(draws[..., 0], model.speed_variance, model.speed_bound_m_per_s)
        direction_noise = truncated_normal(draws[..., 1], model.direction_variance, model.direction_bound_rad)
        points_m = np.empty((len(peers), STEPS + 1, 2))
        points_m[:, 0] = state[:, :2]
        for step in range(STEPS):
            self._step(state, speed_noise[:, step], direction_noise[:, step])
            points_m[:, step + 1] = state[:, :2]
        leave_s: FloatArray = (number * STEPS + np.arange(STEPS + 1, dtype=np.float64)) * model.step_s
        lengths = lengths_m(np.diff(points_m, axis=1))
        speeds = np.where(lengths > 0.0, lengths, 1.0) / np.diff(leave_s)
        return Legs(points_m, np.tile(leave_s, (len(peers), 1)), speeds, state)

    def _step(self, state: FloatArray, speed_noise: FloatArray, direction_noise: FloatArray) -> None:
        """Bring notes forward by one step."""
        model = self._model
        alpha, fresh = model.alpha, math.sqrt(1.0 - model.alpha**2)
        state[:, SPEED] = alpha * state[:, SPEED] + (1 - alpha) * state[:, MEAN_SPEED] + fresh * speed_noise
        state[:, DIRECTION] = (
            alpha * state[:, DIRECTION] + (1 - alpha) * state[:, MEAN_DIRECTION] + fresh * direction_noise
        )
        angle = state[:, DIRECTION]
        step_m = (model.step_s * state[:, SPEED])[:, np.newaxis] * np.stack((np.cos(angle), np.sin(angle)), axis=1)
        area_m = np.asarray(model.area_m)
        ends_m = state[:, :2] + step_m
        outside = (ends_m < 0.0) | (ends_m > area_m)
        if outside.any():
            step_m = np.where(outside, -step_m, step_m)
            mean = state[:, MEAN_DIRECTION]
            mean = np.where(outside[:, 0], np.pi - mean, mean)
            state[:, MEAN_DIRECTION] = mean = np.where(outside[:, 1], -mean, mean)
            state[:, DIRECTION] = np.where(outside.any(axis=1), mean, angle)
            # A step longer than the area would leave it on the other side.
            ends_m = np.clip(state[:, :2] + step_m, 0.0, area_m)
        state[:, :2] = ends_m

    def shown(self, points_m: FloatArray) -> FloatArray:
        """The points themselves, without the last bits by which rounding leaves the area."""
        return np.clip(points_m, 0.0, self._model.area_m)
