"""Shadowing that hangs together in space: a field over the places of both ends."""

import math
from functools import lru_cache
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from cosim.part import NonNegative, Positive, part
from cosim.rng import philox_key, uniforms
from cosim.sim.propagation import Ends, Floats, Peers
from radio_models.shadowing import DRAWS, MOST_SIGMAS, Field, correlated_field, field_normals, reciprocal_normals

LINKS = 256
"""Links whose waves are summed together: they stay in the caches."""


@lru_cache(maxsize=64)
def _field(seed: int, correlation_m: float, direction: int) -> Field:
    drawn = uniforms(philox_key(seed, "shadowing field", direction), 0, math.prod(DRAWS))
    return correlated_field(drawn.reshape(DRAWS), correlation_m)


@final
@part
class CorrelatedShadowing:
    """Log-normal shadowing as a field: a link that moves by d at either end keeps exp(-d / correlation_m) of it.

    One field covers all links of a run, so links whose ends are near each other are shadowed alike. It is a sum of 256
    plane waves, drawn from the world seed, cut off at five standard deviations (see `radio_models.shadowing`).

    Attributes:
        sigma_db: standard deviation.
        correlation_m: distance at which the correlation falls to 1/e.
        reciprocal: both directions of a link are shadowed alike; else each has a field of its own.
    """

    source: ClassVar[str] = (
        "M. Gudmundson, Electronics Letters 27(23), 1991, for both ends as in Z. Wang et al., IEEE Trans. Veh. Tech. "
        "57(1), 2008 (A)"
    )
    fixed: ClassVar[bool] = False

    sigma_db: NonNegative
    correlation_m: Positive
    reciprocal: bool = True

    def placed_loss_db(self, ends: Ends, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss by places [dB], of either sign."""
        shape = np.broadcast_shapes(ends.senders_m.shape[:-1], ends.receivers_m.shape[:-1])
        first = np.broadcast_to(ends.senders_m, (*shape, 2)).reshape(-1, 2)
        second = np.broadcast_to(ends.receivers_m, (*shape, 2)).reshape(-1, 2)
        if self.reciprocal:
            return self.sigma_db * self._normals(first, second, seed).reshape(shape)
        # The lower number is the first end either way, and each way has its own field.
        down = np.broadcast_to(np.asarray(senders) > np.asarray(receivers), shape).ravel()[:, np.newaxis]
        low, high = np.where(down, second, first), np.where(down, first, second)
        up_db, down_db = (self._normals(low, high, seed, direction) for direction in (1, 2))
        return self.sigma_db * np.where(down[:, 0], down_db, up_db).reshape(shape)

    def _normals(
        self, first_m: NDArray[np.float64], second_m: NDArray[np.float64], seed: int, direction: int = 0
    ) -> NDArray[np.float64]:
        field, found = _field(seed, self.correlation_m, direction), np.empty(len(first_m))
        normals = field_normals if direction else reciprocal_normals
        for start in range(0, len(first_m), LINKS):
            some = slice(start, start + LINKS)
            found[some] = normals(field, first_m[some], second_m[some])
        return found

    def steady_m(self, change_db: float) -> float:
        """From 2 sigma^2 (1 - exp(-x / d)) = change^2, the variance of a change over x [m]."""
        share = 0.5 * (change_db / self.sigma_db) ** 2 if self.sigma_db else 1.0
        return math.inf if share >= 1.0 else -self.correlation_m * math.log1p(-share)

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """Minus five standard deviations, where the field ends [dB]."""
        return np.full(np.shape(distance_m), -MOST_SIGMAS * self.sigma_db)
