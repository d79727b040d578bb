"""Line of sight in street canyons at UHF: Recommendation ITU-R P.1411, clause 4.1.1.

The Recommendation gives a lower and an upper bound; what ns-3's `ItuR1411LosPropagationLossModel` takes, and the
default here, is their mean, 10 dB above the lower bound beyond the breakpoint.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.propagation import SPEED_OF_LIGHT_M_PER_S
from radio_models.ranges import within

FREQUENCIES_HZ = (300e6, 3e9)
"""The UHF range of the clause; above 3 GHz an effective road height replaces the ground."""


def bounds_db(
    distance_m: ArrayLike, frequency_hz: float, heights_m: tuple[float, float], *, extrapolate: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper bound of the loss in dB, never below 0.

    With the breakpoint R = 4 h1 h2 / lambda and L_R = |20 log10(lambda^2 / (8 pi h1 h2))|, equations (1) to (4):
    lower L_R + 20 log10(d / R) up to R and L_R + 40 log10(d / R) beyond; upper L_R + 20 + 25 log10(d / R), and
    L_R + 20 + 40 log10(d / R).

    Args:
        distance_m: straight distance d between the antennas, at least 0 m.
        frequency_hz: carrier frequency, 300 MHz to 3 GHz.
        heights_m: heights h1 and h2 of the antennas over the street, above 0 m.
        extrapolate: take any frequency.

    Raises:
        ValueError: an argument is outside its range.
    """
    low_hz, high_hz = (0.0, math.inf) if extrapolate else FREQUENCIES_HZ
    within(frequency_hz, "A frequency for ITU-R P.1411 (Hz)", low_hz, high_hz, above=extrapolate)
    within(heights_m, "The height of an antenna (m)", 0.0, above=True)
    wavelength_m = SPEED_OF_LIGHT_M_PER_S / frequency_hz
    product_m2 = heights_m[0] * heights_m[1]
    at_break_db = abs(20.0 * math.log10(wavelength_m**2 / (8.0 * math.pi * product_m2)))
    with np.errstate(divide="ignore"):
        decades = np.log10(within(distance_m, "A distance (m)", 0.0) * wavelength_m / (4.0 * product_m2))
    lower_db = at_break_db + np.where(decades <= 0.0, 20.0, 40.0) * decades
    upper_db = at_break_db + 20.0 + np.where(decades <= 0.0, 25.0, 40.0) * decades
    return np.maximum(lower_db, 0.0), np.maximum(upper_db, 0.0)


def line_of_sight_db(
    distance_m: ArrayLike, frequency_hz: float, heights_m: tuple[float, float], *, extrapolate: bool = False
) -> NDArray[np.float64]:
    """Mean of the two bounds in dB; arguments as `bounds_db`."""
    lower_db, upper_db = bounds_db(distance_m, frequency_hz, heights_m, extrapolate=extrapolate)
    return 0.5 * (lower_db + upper_db)
