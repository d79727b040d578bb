"""Mean path loss over distance."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within

SPEED_OF_LIGHT_M_PER_S = 299_792_458.0
"""Exact by the definition of the metre (SI brochure, 9th edition, 2.3.1)."""


def free_space_db(distance_m: ArrayLike, frequency_hz: float) -> NDArray[np.float64]:
    """Free-space loss in dB between isotropic antennas.

    L = 20 log10(4 pi d f / c): H. T. Friis, "A note on a simple transmission formula", Proc. IRE 34(5), 1946,
    equation (1), with the effective area lambda^2 / (4 pi) of an isotropic antenna.

    The formula holds in the far field, d well above c / f. Nearer it would promise more power than was sent
    once d < c / (4 pi f); there the loss stays at 0 dB (as in ns-3, `MinLoss` 0), so that two peers at one place
    can be priced.

    Args:
        distance_m: distance, at least 0 m.
        frequency_hz: carrier frequency, above 0 Hz.

    Raises:
        ValueError: a distance or the frequency is outside its range.
    """
    wavelengths = within(distance_m, "A distance (m)", 0.0) * float(_frequency(frequency_hz) / SPEED_OF_LIGHT_M_PER_S)
    return 20.0 * np.log10(np.maximum(4.0 * math.pi * wavelengths, 1.0))


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


def _frequency(frequency_hz: float) -> NDArray[np.float64]:
    return within(frequency_hz, "A frequency (Hz)", 0.0, above=True)
