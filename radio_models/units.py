"""Conversions between units. Everything else in the project computes in SI units or decibels.

A level in dB is ten times the decimal logarithm of a ratio of powers (IEC 60027-3); dBm is the level over
one milliwatt.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within

MILLIWATTS_PER_WATT = 1e3
MICROSECONDS_PER_SECOND = 1e6
BITS_PER_BYTE = 8


def db_to_linear(level_db: ArrayLike) -> NDArray[np.float64]:
    """Ratio of powers of a level in dB; minus infinity is the ratio 0.

    Raises:
        ValueError: the level is not a number or above 3000 dB, where doubles end.
    """
    return np.power(10.0, within(level_db, "A level in dB", -np.inf, 3000.0) / 10.0)


def linear_to_db(ratio: ArrayLike) -> NDArray[np.float64]:
    """Level in dB of a ratio of powers.

    Raises:
        ValueError: the ratio is not positive and finite.
    """
    return 10.0 * np.log10(within(ratio, "A ratio of powers", 0.0, above=True))


def dbm_to_w(level_dbm: ArrayLike) -> NDArray[np.float64]:
    """Power in watts of a level in dBm.

    Raises:
        ValueError: the level is not a number or above 3000 dBm.
    """
    return db_to_linear(level_dbm) / MILLIWATTS_PER_WATT


def w_to_dbm(power_w: ArrayLike) -> NDArray[np.float64]:
    """Level in dBm of a power in watts.

    Raises:
        ValueError: the power is not positive and finite.
    """
    return linear_to_db(np.asarray(power_w, dtype=np.float64) * MILLIWATTS_PER_WATT)


def microseconds_to_s(time_us: ArrayLike) -> NDArray[np.float64]:
    """Seconds of a time in microseconds, correctly rounded where the microseconds are whole."""
    return np.asarray(time_us, dtype=np.float64) / MICROSECONDS_PER_SECOND


def bits_to_bytes(bits: int) -> int:
    """Whole bytes that hold so many bits.

    Raises:
        ValueError: a negative number of bits.
    """
    if bits < 0:
        raise ValueError(f"A number of bits must be at least 0; got {bits}.")
    return -(-bits // BITS_PER_BYTE)
