"""The NIST error model of OFDM: union bound of hard-decision Viterbi decoding in white Gaussian noise.

Sources: G. Pei, T. R. Henderson, "Validation of OFDM error rate model in ns-3", Boeing Research & Technology, 2010;
L. E. Miller, "Validation of 802.11a/UWB coexistence simulation", NIST, 2003; weight spectra of the punctured code
(133, 171) from D. Haccoun, G. Begin, "High-rate punctured convolutional codes for Viterbi and sequential decoding",
IEEE Trans. Communications 37(11), 1989.

The model knows no implementation loss, no fading and no interference, takes errors of bits as independent, and needs
3 to 5 dB more than link simulations with soft decisions do. It is exactly reproducible; mix it with no other model.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc, xlog1py

from radio_models.ranges import within
from radio_models.units import db_to_linear

CONSTELLATIONS = (2, 4, 16, 64, 256, 1024)
"""Points of the constellations the model knows: BPSK, QPSK and square QAM."""


class WeightSpectrum(NamedTuple):
    """Information weights a_k of the error paths at Hamming distance k."""

    distances: NDArray[np.float64]
    weights: NDArray[np.float64]


def _spectrum(first: int, step: int, *weights: int) -> WeightSpectrum:
    distances = first + step * np.arange(len(weights))
    return WeightSpectrum(distances.astype(np.float64), np.array(weights, dtype=np.float64))


SPECTRA = {
    1: _spectrum(10, 2, 36, 211, 1404, 11633, 77433, 502690, 3322763, 21292910, 134365911),
    2: _spectrum(6, 1, 3, 70, 285, 1276, 6160, 27128, 117019, 498860, 2103891, 8784123),
    3: _spectrum(5, 1, 42, 201, 1492, 10469, 62935, 379644, 2253373, 13073811, 75152755, 428005675),
    5: _spectrum(4, 1, 92, 528, 8694, 79453, 792114, 7375573, 67884974, 610875423, 5427275376, 47664215639),
}
"""Weight spectra by b, for the code rates b / (b + 1): 1/2, 2/3, 3/4 and 5/6."""


def raw_bit_error_rate(snr_db: ArrayLike, constellation: int) -> NDArray[np.float64]:
    """Bit error rate before decoding.

    BPSK: p = erfc(sqrt(g)) / 2. Square constellations of M = m^2 points, QPSK included:
    p = (m - 1) / (m log2 m) erfc(sqrt(3 g / (2 (M - 1)))) (Pei & Henderson 2010, section 2; Gray mapping).

    Args:
        snr_db: ratio of signal to noise power in the channel, g in dB, at most 3000.
        constellation: points of the constellation, one of `CONSTELLATIONS`.

    Raises:
        ValueError: a ratio is not a number or too large, or the constellation is unknown.
    """
    if constellation not in CONSTELLATIONS:
        raise ValueError(f"A constellation has one of {CONSTELLATIONS} points; got {constellation}.")
    gain = db_to_linear(snr_db)
    if constellation == 2:
        return 0.5 * erfc(np.sqrt(gain))
    side = float(np.sqrt(constellation))
    return (side - 1.0) / (side * float(np.log2(side))) * erfc(np.sqrt(1.5 * gain / (constellation - 1.0)))


def decoded_bit_error_rate(bit_error_rate: ArrayLike, code_numerator: int) -> NDArray[np.float64]:
    """Bound on the bit error rate after hard-decision Viterbi decoding.

    P = sum_k a_k D^k / (2 b) with D = sqrt(4 p (1 - p)), at most 1 (Pei & Henderson 2010, section 2).

    Args:
        bit_error_rate: p before decoding, 0 to 0.5.
        code_numerator: b of the code rate b / (b + 1): 1, 2, 3 or 5.

    Raises:
        ValueError: a rate is outside 0 to 0.5, or the code is unknown.
    """
    if code_numerator not in SPECTRA:
        raise ValueError(f"A code rate b / (b + 1) has b in {tuple(SPECTRA)}; got {code_numerator}.")
    raw = within(bit_error_rate, "A bit error rate before decoding", 0.0, 0.5)
    bound = np.sqrt(4.0 * raw * (1.0 - raw))
    distances, weights = SPECTRA[code_numerator]
    union = np.power(bound[..., np.newaxis], distances) @ weights
    return np.minimum(union / (2.0 * code_numerator), 1.0)


def chunk_error_rate(
    snr_db: ArrayLike, constellation: int, code_numerator: int, bits: ArrayLike
) -> NDArray[np.float64]:
    """Probability that not all of so many bits are decoded: 1 - (1 - P)^bits, exact also where it is tiny.

    Args:
        snr_db: ratio of signal to noise power in the channel in dB, at most 3000.
        constellation: points of the constellation, one of `CONSTELLATIONS`.
        code_numerator: b of the code rate b / (b + 1): 1, 2, 3 or 5.
        bits: information bits, at least 0.

    Raises:
        ValueError: an argument is outside its range.
    """
    return -np.expm1(_log_success(snr_db, constellation, code_numerator, bits))


def chunk_success_rate(
    snr_db: ArrayLike, constellation: int, code_numerator: int, bits: ArrayLike
) -> NDArray[np.float64]:
    """Probability that all of so many bits are decoded: (1 - P)^bits; arguments as `chunk_error_rate`."""
    return np.exp(_log_success(snr_db, constellation, code_numerator, bits))


def _log_success(snr_db: ArrayLike, constellation: int, code_numerator: int, bits: ArrayLike) -> NDArray[np.float64]:
    decoded = decoded_bit_error_rate(raw_bit_error_rate(snr_db, constellation), code_numerator)
    return np.asarray(xlog1py(within(bits, "A number of bits", 0.0), -decoded), dtype=np.float64)
