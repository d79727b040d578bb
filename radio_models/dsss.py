"""IEEE 802.11b: DSSS at 1 and 2 Mb/s, CCK at 5.5 and 11 Mb/s; rates, air times, error rates.

Clauses are those of IEEE Std 802.11-2016 (DSSS 15, HR/DSSS 16). The error rates are those of ns-3.37's
`DsssErrorRateModel` with numerical integration: G. Pei, T. R. Henderson, "Validation of ns-3 802.11b PHY model", Boeing
Research & Technology, 2009; J. G. Proakis, "Digital Communications", 4th edition, equations 5.2-21 (bi-orthogonal
signals), 5.2-69 (DBPSK) and the usual approximation of DQPSK. White Gaussian noise over 22 MHz, no implementation loss.
"""

from functools import cache
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log1p, ndtr, xlog1py

from radio_models.ranges import within
from radio_models.units import BITS_PER_BYTE, db_to_linear, microseconds_to_s
from radio_models.wifi import ACK_BYTES, Timing

WIDTH_HZ = 22e6
"""Noise bandwidth (16.3.7.4; as ns-3)."""
CHIP_RATE_HZ = 11e6
"""Chips a second (15.4.5.7)."""
LARGEST_PSDU_BYTES = 4095
"""Largest PSDU (15.4.4.3 and 16.3.6.3, aMPDUMaxLength)."""
LONG_HEADER_US = 144 + 48
"""Long preamble and header (table 16-4)."""
SHORT_HEADER_US = 72 + 24
"""Short preamble and header (table 16-4); not with 1 Mb/s (16.2.2.3)."""

DSSS = Timing(sifs_us=10, slot_us=20, cw_min=31, signal_extension_us=0)
"""802.11b (table 16-4)."""


class DsssMode(NamedTuple):
    """A rate of 802.11b, by bits and chips of a symbol."""

    bits_per_symbol: int
    chips_per_symbol: int

    @property
    def bit_per_s(self) -> float:
        """Data rate."""
        return self.bits_per_symbol * CHIP_RATE_HZ / self.chips_per_symbol


RATES = {mode.bit_per_s: mode for mode in (DsssMode(1, 11), DsssMode(2, 11), DsssMode(4, 8), DsssMode(8, 8))}
"""The four rates by bit/s, all of them mandatory (16.2.3.7)."""


def dsss_rate(bit_per_s: float) -> DsssMode:
    """The mode of a rate.

    Raises:
        ValueError: no such rate; the sentence lists those there are.
    """
    if bit_per_s not in RATES:
        allowed = ", ".join(f"{rate / 1e6:g}e6" for rate in RATES)
        raise ValueError(f"802.11b has the rates {allowed} bit/s; got {bit_per_s:g}.")
    return RATES[bit_per_s]


def header_us(mode: DsssMode, short_preamble: bool) -> int:
    """Preamble and header; 1 Mb/s has the long one only."""
    return SHORT_HEADER_US if short_preamble and mode.bits_per_symbol > 1 else LONG_HEADER_US


def ppdu_s(psdu_bytes: ArrayLike, mode: DsssMode, *, short_preamble: bool = False) -> NDArray[np.float64]:
    """Time on air in seconds of a frame, preamble and header included, exact to the microsecond.

    TXTIME = header + ceil(8 LENGTH / rate), the latter in whole microseconds (16.3.4).

    Args:
        psdu_bytes: whole bytes from MAC header to FCS, 1 to 4095.
        mode: one of `RATES`.
        short_preamble: 96 us of preamble and header instead of 192, except at 1 Mb/s.

    Raises:
        ValueError: a size is outside 1 to 4095 bytes.
    """
    psdu = within(psdu_bytes, "A PSDU (bytes)", 1, LARGEST_PSDU_BYTES)
    data_us = np.ceil(BITS_PER_BYTE * psdu * mode.chips_per_symbol / (11 * mode.bits_per_symbol))
    return microseconds_to_s(header_us(mode, short_preamble) + data_us)


def ack_s(mode: DsssMode, short_preamble: bool) -> float:
    """Time on air in seconds of an acknowledgement: at the data rate, for all rates are mandatory (10.7.6.5.2)."""
    return float(ppdu_s(ACK_BYTES, mode, short_preamble=short_preamble))


# Error rates


def symbol_error_rate(snr_db: ArrayLike, mode: DsssMode) -> NDArray[np.float64]:
    """Probability that a symbol (a bit at 1 and 2 Mb/s) is not decoded.

    1 Mb/s: exp(-g) / 2 with g = snr B / R. 2 Mb/s: (sqrt 2 + 1) / sqrt(8 pi sqrt 2) x^-1/2 exp(-(2 - sqrt 2) x) with
    x = snr B / (2 Mb/s), at most 1. CCK: 8 bi-orthogonal signals (5.5 Mb/s), and twice as many of them (11 Mb/s).

    Args:
        snr_db: ratio of signal to noise power in 22 MHz, in dB, at most 3000.
        mode: one of `RATES`.
    """
    gain = db_to_linear(snr_db)
    if mode.chips_per_symbol == 8:
        return _cck_error_rate(gain * WIDTH_HZ / (CHIP_RATE_HZ / 8), mode)
    per_bit = gain * WIDTH_HZ / mode.bit_per_s
    if mode.bits_per_symbol == 1:
        return 0.5 * np.exp(-per_bit)
    root = sqrt(2.0)
    with np.errstate(divide="ignore"):
        error = (root + 1.0) / sqrt(8.0 * np.pi * root) / np.sqrt(per_bit) * np.exp(-(2.0 - root) * per_bit)
    return np.minimum(error, 1.0)


def _cck_error_rate(per_symbol: NDArray[np.float64], mode: DsssMode) -> NDArray[np.float64]:
    """Symbol error rate of CCK at a ratio of energy of a symbol to noise density."""
    if mode.bits_per_symbol == 4:
        return _biorthogonal_error_rate(per_symbol / 2.0)
    half = _biorthogonal_error_rate(per_symbol / 4.0)
    return half * (2.0 - half)


def _biorthogonal_error_rate(energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Error rate of 8 pairs of opposite orthogonal signals with matched filters.

    1 - int_{-b}^inf (2 Phi(x + b) - 1)^7 phi(x) dx with b = sqrt(2 E); written as
    int phi (1 - (2 Phi(x + b) - 1)^7) over x > -b, plus Phi(-b), so that small rates keep their digits.
    """
    offset = np.minimum(np.sqrt(2.0 * energy), 40.0)[..., np.newaxis]
    nodes, weights = _quadrature()
    low, high = -np.minimum(offset, 12.0), 12.0
    x = low + (high - low) * nodes
    missed = -np.expm1(7.0 * log1p(-2.0 * ndtr(-(x + offset))))
    density = np.exp(-0.5 * x * x) / sqrt(2.0 * np.pi)
    integral = ((high - low) * weights * density * missed).sum(axis=-1)
    return integral + ndtr(-np.where(offset > 12.0, 40.0, offset))[..., 0]


@cache
def _quadrature(panels: int = 12, order: int = 24) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights on [0, 1], in equal panels."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    starts = np.arange(panels)[:, np.newaxis] / panels
    return (starts + (nodes + 1.0) / (2 * panels)).ravel(), np.tile(weights / (2 * panels), panels)


def chunk_error_rate(snr_db: ArrayLike, mode: DsssMode, bits: ArrayLike) -> NDArray[np.float64]:
    """Probability that not all of so many bits are decoded: 1 - (1 - P)^(bits / bits of a symbol).

    Args:
        snr_db: ratio of signal to noise power in 22 MHz, in dB, at most 3000.
        mode: one of `RATES`.
        bits: at least 0.

    Raises:
        ValueError: an argument is outside its range.
    """
    each = mode.bits_per_symbol if mode.chips_per_symbol == 8 else 1
    drawn = within(bits, "A number of bits", 0.0) / each
    return -np.expm1(np.asarray(xlog1py(drawn, -symbol_error_rate(snr_db, mode)), dtype=np.float64))
