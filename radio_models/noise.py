"""Noise of a receiver."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within
from radio_models.units import w_to_dbm

BOLTZMANN_J_PER_K = 1.3803e-23
"""Boltzmann's constant as ns-3 writes it, not the exact SI value 1.380649e-23 (SI brochure, 9th edition, 2.2).

The error and energy tables this package is validated against were made with it, and a signal-to-noise ratio can so
be compared to the last digit. The SI value would raise the noise by 0.0011 dB, far below what any radio is known to.
"""

REFERENCE_TEMPERATURE_K = 290.0
"""Standard noise temperature T0 (IEEE Std 686; H. T. Friis, "Noise figures of radio receivers", Proc. IRE 1944)."""


def thermal_noise_w(bandwidth_hz: ArrayLike, temperature_k: float = REFERENCE_TEMPERATURE_K) -> NDArray[np.float64]:
    """Available thermal noise power N = k T B in watts.

    H. Nyquist, "Thermal agitation of electric charge in conductors", Physical Review 32, 1928, in the limit
    h f << k T, that is below some 100 GHz at room temperature.

    Args:
        bandwidth_hz: bandwidth B, above 0 Hz.
        temperature_k: temperature T, above 0 K.

    Raises:
        ValueError: an argument is outside its range.
    """
    within(temperature_k, "A noise temperature (K)", 0.0, above=True)
    return BOLTZMANN_J_PER_K * temperature_k * within(bandwidth_hz, "A bandwidth (Hz)", 0.0, above=True)


def noise_floor_dbm(
    bandwidth_hz: ArrayLike, noise_figure_db: float, temperature_k: float = REFERENCE_TEMPERATURE_K
) -> NDArray[np.float64]:
    """Noise level in dBm that a receiver sees: thermal noise plus its noise figure.

    Friis 1944, "Noise figures of radio receivers": F = (S/N at the input) / (S/N at the output), at T0. For 20 MHz,
    7 dB and 290 K this is -93.97 dBm.

    Args:
        bandwidth_hz: bandwidth, above 0 Hz.
        noise_figure_db: noise figure, at least 0 dB.
        temperature_k: temperature, above 0 K.

    Raises:
        ValueError: an argument is outside its range.
    """
    within(noise_figure_db, "A noise figure (dB)", 0.0)
    return w_to_dbm(thermal_noise_w(bandwidth_hz, temperature_k)) + noise_figure_db
