"""IEEE 802.15.4 at 2.4 GHz: O-QPSK at 250 kb/s, air times, unslotted channel access, error rate.

Clauses are those of IEEE Std 802.15.4-2006. One symbol of 16 us carries four bits as 32 chips (6.5.2).
"""

from functools import cache
from math import comb
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import xlog1py

from radio_models.ranges import within
from radio_models.units import BITS_PER_BYTE, db_to_linear, microseconds_to_s

BANDWIDTH_HZ = 2e6
"""Width of the spectrum at 2 Mchip/s, in which the signal-to-noise ratio is meant (6.5.3)."""
SYMBOL_US = 16
"""A symbol at 62.5 ksymbol/s (6.5.1)."""
BYTE_US = 2 * SYMBOL_US
"""Two symbols a byte (6.5.2.2)."""
SHR_PHR_BYTES = 5 + 1
"""Preamble 4 bytes, start-of-frame delimiter 1, frame length 1 (6.3)."""
LARGEST_PSDU_BYTES = 127
"""aMaxPHYPacketSize (table 22)."""
MAC_OVERHEAD_BYTES = 9 + 2
"""Frame control 2, sequence number 1, one PAN identifier and two short addresses 6, FCS 2 (7.2.1): PSDU = MSDU + 11."""
ACK_PSDU_BYTES = 5
"""Acknowledgement: frame control, sequence number, FCS (7.2.2.3)."""
LONGEST_SHORT_FRAME_BYTES = 18
"""aMaxSIFSFrameSize (table 85)."""

TURNAROUND_S = float(microseconds_to_s(12 * SYMBOL_US))
"""From sending to receiving or back, aTurnaroundTime (table 22): 192 us."""
UNIT_BACKOFF_S = float(microseconds_to_s(20 * SYMBOL_US))
"""aUnitBackoffPeriod (table 85): 320 us."""
CCA_S = float(microseconds_to_s(8 * SYMBOL_US))
"""Clear channel assessment (6.9.9): 128 us."""
ACK_WAIT_S = float(microseconds_to_s((20 + 12 + 10 + 12) * SYMBOL_US))
"""macAckWaitDuration (7.4.2): backoff unit, turnaround, SHR of 10 symbols, 6 bytes; 864 us."""

MIN_BE, MAX_BE, MAX_BACKOFFS, MAX_FRAME_RETRIES = 3, 5, 4, 3
"""macMinBE, macMaxBE, macMaxCSMABackoffs, macMaxFrameRetries: defaults of table 86."""

CCA_ABOVE_SENSITIVITY_DB = 10.0
"""Energy detection calls the channel busy at most this far above the sensitivity (6.9.9)."""
DETECTION_SNR_DB = -5.0
"""Ratio above which a receiver locks on a preamble, as in the LR-WPAN PHY of ns-3 (A). There 20 bytes arrive with
a probability of 4e-6, so nothing that could be decoded is cut off."""
SENSITIVITY_PER, SENSITIVITY_PSDU_BYTES = 0.01, 20
"""A sensitivity is the level at which a PSDU of 20 bytes is lost with probability 1 % (6.1.7)."""
NS3_SENSITIVITY_DBM = -106.58
"""Default sensitivity of ns-3.37's LR-WPAN PHY. With the ratio for 1 % this gives a noise of -106.98 dBm: k T over the
five 1 MHz bins in which it sums noise, not over 2 MHz. No real chip is as good; data sheets have -95 to -101 dBm."""

_ORDERS = np.arange(2.0, 17.0)
_SIGNED = np.array([(-1.0) ** k * comb(16, k) for k in range(2, 17)])


def ppdu_s(psdu_bytes: ArrayLike) -> NDArray[np.float64]:
    """Time on air in seconds of a frame with its preamble, 32 us per byte of SHR, PHR and PSDU (6.3, 6.5).

    Args:
        psdu_bytes: whole bytes from MAC header to FCS, 1 to 127.

    Raises:
        ValueError: a size is outside 1 to 127 bytes.
    """
    psdu = within(psdu_bytes, "An 802.15.4 PSDU (bytes)", 1, LARGEST_PSDU_BYTES)
    return microseconds_to_s(BYTE_US * (SHR_PHR_BYTES + psdu))


ACK_S = float(ppdu_s(ACK_PSDU_BYTES))
"""Time on air of an acknowledgement: 352 us."""


def interframe_s(psdu_bytes: ArrayLike) -> NDArray[np.float64]:
    """Least pause in seconds after a frame, or its acknowledgement, before the same station's next frame.

    macMinSIFSPeriod, 12 symbols, after a PSDU of at most 18 bytes, else macMinLIFSPeriod, 40 symbols (7.5.1.3).

    Raises:
        ValueError: a size is outside 1 to 127 bytes.
    """
    psdu = within(psdu_bytes, "An 802.15.4 PSDU (bytes)", 1, LARGEST_PSDU_BYTES)
    return microseconds_to_s(SYMBOL_US * np.where(psdu <= LONGEST_SHORT_FRAME_BYTES, 12, 40))


def mean_backoff_s(min_be: int = MIN_BE) -> float:
    """Mean first backoff in seconds of unslotted CSMA/CA: uniform on 0 to 2^BE - 1 units (7.5.1.4).

    Raises:
        ValueError: the exponent is outside 0 to 8.
    """
    exponent = float(within(min_be, "macMinBE", 0, 8))
    return UNIT_BACKOFF_S * (2.0**exponent - 1.0) / 2.0


def bit_error_rate(snr_db: ArrayLike) -> NDArray[np.float64]:
    """Bit error rate of 16-ary quasi-orthogonal O-QPSK in white Gaussian noise.

    BER = 8/15 1/16 sum_{k=2}^{16} (-1)^k C(16, k) exp(20 g (1/k - 1)) (IEEE Std 802.15.4-2006, E.4.1.7).

    Args:
        snr_db: ratio g of signal to noise power in the 2 MHz of the channel in dB, at most 3000.

    Raises:
        ValueError: a ratio is not a number or too large.
    """
    gain = db_to_linear(snr_db)[..., np.newaxis]
    terms = np.exp(20.0 * gain * (1.0 / _ORDERS - 1.0)) @ _SIGNED
    return np.clip(terms * (8.0 / 15.0 / 16.0), 0.0, 0.5)


def chunk_success_rate(snr_db: ArrayLike, n_bytes: ArrayLike) -> NDArray[np.float64]:
    """Probability that so many bytes in a row are free of errors: (1 - BER)^(8 n); arguments as `chunk_error_rate`."""
    return np.exp(_log_success(snr_db, n_bytes))


def chunk_error_rate(snr_db: ArrayLike, n_bytes: ArrayLike) -> NDArray[np.float64]:
    """Probability of an error in so many bytes, exact also where it is tiny.

    Args:
        snr_db: ratio of signal to noise power in the 2 MHz of the channel in dB, at most 3000.
        n_bytes: number of bytes, at least 0.

    Raises:
        ValueError: an argument is outside its range.
    """
    return -np.expm1(_log_success(snr_db, n_bytes))


def _log_success(snr_db: ArrayLike, n_bytes: ArrayLike) -> NDArray[np.float64]:
    bits = BITS_PER_BYTE * within(n_bytes, "A number of bytes", 0.0)
    return np.asarray(xlog1py(bits, -bit_error_rate(snr_db)), dtype=np.float64)


@cache
def sensitivity_snr_db() -> float:
    """Ratio in dB at which the error rate is that of the sensitivity: 0.403 dB for 1 % of PSDUs of 20 bytes (6.1.7)."""

    def excess(snr_db: float) -> float:
        return float(chunk_error_rate(snr_db, SENSITIVITY_PSDU_BYTES)) - SENSITIVITY_PER

    return cast(float, brentq(excess, -10.0, 10.0, xtol=1e-12))


def noise_dbm(sensitivity_dbm: float) -> float:
    """Noise level in dBm of a receiver that has this sensitivity: what lies between is `sensitivity_snr_db`.

    A reconstruction: thermal noise, noise figure and losses of the demodulator together, on the scale of E.4.1.7.

    Args:
        sensitivity_dbm: level for 1 % of lost PSDUs of 20 bytes, -130 to 0 dBm.

    Raises:
        ValueError: the sensitivity is outside its range.
    """
    return float(within(sensitivity_dbm, "A sensitivity (dBm)", -130.0, 0.0)) - sensitivity_snr_db()
