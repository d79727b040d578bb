"""The Yans error model of OFDM: first terms of the union bound of hard-decision decoding in white Gaussian noise.

Sources: M. Lacage, T. R. Henderson, "Yet another network simulator", WNS2 2006; J. G. Proakis, "Digital
Communications", 4th edition, equations 5.2-79 (square QAM) and 8.2-28, 8.2-29 (pairwise error of hard decisions);
distance spectra of the punctured code (133, 171) from P. Frenger, P. Orten, T. Ottosson, "Multi-rate convolutional
codes", Chalmers, 1998.

As ns-3.37's `YansErrorRateModel` has it: the energy of a bit counts all of the channel's width, and the event that all
bits of the shortest error path are wrong is left out of the pairwise error. It is optimistic by 1 to 3 dB against the
NIST model; mix it with no other model.
"""

from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc, xlog1py

from radio_models.ranges import within
from radio_models.units import db_to_linear
from radio_models.wifi_modes import Mode

Floats = NDArray[np.float64]


class Distances(NamedTuple):
    """Start of a distance spectrum."""

    free: int
    """Free distance."""
    paths: int
    """Weight of the error paths at the free distance."""
    paths_next: int
    """The same at the next distance."""


DISTANCES = {1: Distances(10, 11, 0), 2: Distances(6, 1, 16), 3: Distances(5, 8, 31), 5: Distances(4, 14, 69)}
"""Spectra by b, for the code rates b / (b + 1); of rate 1/2 the next distance, 11, has no path."""


def raw_bit_error_rate(snr_db: ArrayLike, mode: Mode) -> Floats:
    """Bit error rate before decoding, with Eb/N0 = snr B / (rate of coded bits).

    BPSK: erfc(sqrt(Eb/N0)) / 2. QAM of M points: (1 - (1 - z)^2) / log2 M with
    z = (1 - 1 / sqrt M) erfc(sqrt(1.5 log2 M Eb/N0 / (M - 1))).

    Args:
        snr_db: ratio of signal to noise power in the channel in dB, at most 3000.
        mode: modulation, code rate, channel width and guard interval.
    """
    per_bit = db_to_linear(snr_db) * mode.width_hz / mode.coded_bit_per_s
    if mode.constellation == 2:
        return 0.5 * erfc(np.sqrt(per_bit))
    points, bits = mode.constellation, mode.constellation.bit_length() - 1
    side = (1.0 - 1.0 / np.sqrt(points)) * erfc(np.sqrt(1.5 * bits * per_bit / (points - 1.0)))
    return side * (2.0 - side) / bits


def pairwise_error(bit_error_rate: Floats, distance: int) -> Floats:
    """Probability that a path at a distance is preferred to the right one.

    Sum of C(d, k) p^k (1 - p)^(d - k) over d / 2 < k < d, and half of the term k = d / 2 where d is even.
    """
    p = bit_error_rate
    terms = [comb(distance, k) * p**k * (1.0 - p) ** (distance - k) for k in range(distance // 2 + 1, distance)]
    tie = 0.5 * comb(distance, distance // 2) * (p * (1.0 - p)) ** (distance // 2) if distance % 2 == 0 else 0.0
    return np.asarray(sum(terms) + tie)


def decoded_bit_error_rate(snr_db: ArrayLike, mode: Mode) -> Floats:
    """Bound on the error rate after decoding, at most 1; with BPSK the free distance alone counts."""
    raw, distances = raw_bit_error_rate(snr_db, mode), DISTANCES[mode.code_numerator]
    bound = distances.paths * pairwise_error(raw, distances.free)
    if mode.constellation > 2 and distances.paths_next:
        bound = bound + distances.paths_next * pairwise_error(raw, distances.free + 1)
    return np.minimum(bound, 1.0)


def chunk_error_rate(snr_db: ArrayLike, mode: Mode, bits: ArrayLike) -> Floats:
    """Probability that not all of so many bits are decoded: 1 - (1 - P)^bits.

    Args:
        snr_db: ratio of signal to noise power in the channel in dB, at most 3000.
        mode: see `radio_models.wifi_modes`.
        bits: information bits, at least 0.

    Raises:
        ValueError: an argument is outside its range.
    """
    counted = within(bits, "A number of bits", 0.0)
    return -np.expm1(np.asarray(xlog1py(counted, -decoded_bit_error_rate(snr_db, mode)), dtype=np.float64))
