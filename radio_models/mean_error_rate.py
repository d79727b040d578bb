"""Error rates averaged over block fading."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

from radio_models.fading import LEAST_SHAPE
from radio_models.ranges import within
from radio_models.units import linear_to_db

Floats = NDArray[np.float64]

STEP_DB = 0.02
"""Width of the slices of the gain; an error rate that falls by 10 % of itself in it costs less than 1e-5."""
LEFT_OUT = 1e-9
"""Share of all gains above and below the slices; those below are counted as the lowest slice."""


def mean_error_rate(error_rate_of_snr_db: Callable[[Floats], Floats], mean_snr_db: ArrayLike, m: float = 1.0) -> Floats:
    """Mean of an error rate over gains of Nakagami's m (a gamma law of mean 1), Rayleigh by default.

    E[e(snr g)] as a sum over slices of log g of equal width: e in the middle of a slice, times the probability of the
    slice (midpoint rule). It is the mean over blocks that each hold a whole frame.

    Args:
        error_rate_of_snr_db: error rate e, of any shape of ratios in dB.
        mean_snr_db: mean ratios of signal to noise.
        m: shape, at least 0.5.

    Raises:
        ValueError: m is outside its range, or a mean ratio is not finite.
    """
    shape = float(within(m, "Nakagami's m", LEAST_SHAPE))
    mean_db = within(mean_snr_db, "A mean ratio (dB)", -np.inf)
    middles_db, weights = _slices(shape)
    return np.asarray(error_rate_of_snr_db(mean_db[..., np.newaxis] + middles_db) @ weights, dtype=np.float64)


def _slices(shape: float) -> tuple[Floats, Floats]:
    """Middles of slices of the gain [dB], and the probability of each."""
    ends = gammaincinv(shape, LEFT_OUT) / shape, gammainccinv(shape, LEFT_OUT) / shape
    low_db, high_db = linear_to_db(ends).tolist()
    edges_db = np.linspace(low_db, high_db, int(np.ceil((high_db - low_db) / STEP_DB)) + 1)
    edges = shape * 10.0 ** (edges_db / 10.0)
    # Each end of the distribution from its own side, where no digits are lost.
    below, above = gammainc(shape, edges), gammaincc(shape, edges)
    weights = np.where(edges[1:] < shape, np.diff(below), -np.diff(above))
    weights[0] += below[0]
    weights[-1] += above[-1]
    return 0.5 * (edges_db[1:] + edges_db[:-1]), weights
