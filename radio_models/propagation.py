"""Mean path loss over distance."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within

SPEED_OF_LIGHT_M_PER_S = 299_792_458.0
"""Exact by the definition of the metre (SI brochure, 9th edition, 2.3.1)."""


def free_space_db(
    distance_m: ArrayLike, frequency_hz: float, *, system_loss: float = 1.0, least_loss_db: float = 0.0
) -> NDArray[np.float64]:
    """Free-space loss in dB between isotropic antennas.

    L = 20 log10(4 pi d f / c): H. T. Friis, "A note on a simple transmission formula", Proc. IRE 34(5), 1946,
    equation (1), with the effective area lambda^2 / (4 pi) of an isotropic antenna.

    The formula holds in the far field, d well above c / f. Nearer it would promise more power than was sent
    once d < c / (4 pi f); there the loss stays at 0 dB (as in ns-3, `MinLoss` 0), so that two peers at one place
    can be priced.

    Args:
        distance_m: distance, at least 0 m.
        frequency_hz: carrier frequency, above 0 Hz.
        system_loss: ratio of powers lost in cables and filters, at least 1 (ns-3 `SystemLoss`).
        least_loss_db: the loss never falls below this, at least 0 dB (ns-3 `MinLoss`).

    Raises:
        ValueError: an argument is outside its range.
    """
    wavelengths = within(distance_m, "A distance (m)", 0.0) * float(_frequency(frequency_hz) / SPEED_OF_LIGHT_M_PER_S)
    hardware_db = 10.0 * math.log10(float(within(system_loss, "A system loss (ratio of powers)", 1.0)))
    loss_db = 20.0 * np.log10(np.maximum(4.0 * math.pi * wavelengths, 1.0)) + hardware_db
    return np.maximum(loss_db, float(within(least_loss_db, "A least loss (dB)", 0.0)))


def log_distance_db(
    distance_m: ArrayLike, exponent: float, reference_loss_db: float, reference_m: float = 1.0
) -> NDArray[np.float64]:
    """Log-distance loss in dB, flat up to the reference distance.

    L = L0 + 10 n log10(d / d0) for d > d0, else L0: T. S. Rappaport, "Wireless Communications", 2nd edition, 2002,
    section 4.9.1, equation (4.68). That the loss stays L0 nearer than d0 is the choice of ns-3
    (`LogDistancePropagationLossModel`); the book leaves that region out.

    Args:
        distance_m: distance d, at least 0 m.
        exponent: path-loss exponent n, above 0: 2 in free space, 2.7 to 3.5 in cities, up to 6 in buildings
            (Rappaport, table 4.2).
        reference_loss_db: loss L0 at the reference distance, at least 0 dB.
        reference_m: reference distance d0, above 0 m.

    Raises:
        ValueError: an argument is outside its range.
    """
    within(exponent, "A path-loss exponent", 0.0, above=True)
    within(reference_loss_db, "A reference loss (dB)", 0.0)
    within(reference_m, "A reference distance (m)", 0.0, above=True)
    ratio = np.maximum(within(distance_m, "A distance (m)", 0.0) / reference_m, 1.0)
    return reference_loss_db + 10.0 * exponent * np.log10(ratio)


def three_log_distance_db(
    distance_m: ArrayLike,
    exponents: tuple[float, float, float],
    starts_m: tuple[float, float, float],
    reference_loss_db: float,
) -> NDArray[np.float64]:
    """Log-distance loss in dB with one exponent near, one in the middle and one far away.

    L = L0 + sum over fields k of 10 n_k log10(min(d, d_(k+1)) / d_k), 0 below d_0: the dual-slope law (Rappaport 2002,
    section 4.11.4; M. Feuerstein et al., IEEE Trans. Vehicular Technology 43(3), 1994) with a third field, as
    `ThreeLogDistancePropagationLossModel` of ns-3 has it. No loss at all below d_0 is ns-3's choice.

    Args:
        distance_m: distance d, at least 0 m.
        exponents: n_0, n_1, n_2 of the three fields, above 0.
        starts_m: d_0 <= d_1 <= d_2 where the fields begin, above 0 m.
        reference_loss_db: loss L0 at d_0, at least 0 dB.

    Raises:
        ValueError: an argument is outside its range, or the fields are not in order.
    """
    within(exponents, "A path-loss exponent", 0.0, above=True)
    within(reference_loss_db, "A reference loss (dB)", 0.0)
    within(starts_m, "The beginning of a field (m)", 0.0, above=True)
    within(np.diff(starts_m), "The length of a field (m)", 0.0)
    distance = within(distance_m, "A distance (m)", 0.0)
    loss_db = np.full(distance.shape, float(reference_loss_db))
    for exponent, start_m, end_m in zip(exponents, starts_m, (*starts_m[1:], math.inf), strict=True):
        loss_db = loss_db + 10.0 * exponent * np.log10(np.clip(distance, start_m, end_m) / start_m)
    return np.where(distance < starts_m[0], 0.0, loss_db)


def two_ray_ground_db(
    distance_m: ArrayLike,
    frequency_hz: float,
    heights_m: tuple[float, float],
    *,
    system_loss: float = 1.0,
    nearest_m: float = 0.5,
) -> NDArray[np.float64]:
    """Loss in dB over flat ground: free space up to the crossover distance, the fourth power of the distance beyond.

    L = 40 log10(d) - 20 log10(h1 h2) for d > 4 pi h1 h2 f / c: Rappaport 2002, section 4.6, equation (4.52), which
    meets free space there. No interference pattern before the crossover, and no loss up to `nearest_m` (ns-3
    `TwoRayGroundPropagationLossModel`, `MinDistance`).

    Args:
        distance_m: straight distance d between the antennas, at least 0 m.
        frequency_hz: carrier frequency, above 0 Hz.
        heights_m: heights h1 and h2 of the antennas over the ground, above 0 m and well below d.
        system_loss: ratio of powers lost in cables and filters, at least 1.
        nearest_m: no loss up to this distance, at least 0 m.

    Raises:
        ValueError: an argument is outside its range.
    """
    within(heights_m, "The height of an antenna (m)", 0.0, above=True)
    within(nearest_m, "A nearest distance (m)", 0.0)
    near_db = free_space_db(distance_m, frequency_hz, system_loss=system_loss)
    distance = np.asarray(distance_m, dtype=np.float64)
    product_m2 = heights_m[0] * heights_m[1]
    crossover_m = 4.0 * math.pi * product_m2 * frequency_hz / SPEED_OF_LIGHT_M_PER_S
    far_m = np.maximum(distance, crossover_m)
    far_db = 40.0 * np.log10(far_m) - 20.0 * math.log10(product_m2) + 10.0 * math.log10(system_loss)
    loss_db = np.where(distance <= crossover_m, near_db, np.maximum(far_db, 0.0))
    return np.where(distance <= nearest_m, 0.0, loss_db)


def slant_m(distance_m: ArrayLike, heights_m: tuple[float, float]) -> NDArray[np.float64]:
    """Straight distance between antennas of two heights whose masts stand so far apart (Pythagoras) [m]."""
    return np.hypot(within(distance_m, "A distance (m)", 0.0), heights_m[0] - heights_m[1])


def _frequency(frequency_hz: float) -> NDArray[np.float64]:
    return within(frequency_hz, "A frequency (Hz)", 0.0, above=True)
