"""Mean error rates over Nakagami fading beside those of a table, row by row."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from quantity import Point, Quantity
from scipy.stats import norm

from radio_models import error_rate, ieee802154
from radio_models.mean_error_rate import mean_error_rate
from radio_models.wifi import ofdm_rate

Floats = NDArray[np.float64]
STANDARD_ERRORS = 3.0
"""Least tolerance."""
FALSE_ALARM = 0.01
"""Probability that a right model fails a table, had its rows independent errors."""
LEAST_ERROR = 1e-7
"""What the digits of the table may hide."""
DRAWS = 100_000
"""Independent gains of which a row of the table is the mean, by its header."""


def _ofdm(rate_mbit_per_s: float, size_bytes: float) -> Callable[[Floats], Floats]:
    mode = ofdm_rate(rate_mbit_per_s * 1e6)
    return lambda snr_db: error_rate.chunk_error_rate(snr_db, mode.constellation, mode.code_numerator, 8 * size_bytes)


def _lrwpan(rate_mbit_per_s: float, size_bytes: float) -> Callable[[Floats], Floats]:
    return lambda snr_db: ieee802154.chunk_error_rate(snr_db, size_bytes)


PHYS = {"ofdm_nist": _ofdm, "lrwpan_oqpsk": _lrwpan}
"""Error rate by rate and size of a frame, by the name the table has for it."""


def point(row: Mapping[str, str]) -> Point:
    """One row: our quadrature beside their sample mean.

    Raises:
        ValueError: the row names an error model that is not known.
    """
    if row["phy"] not in PHYS:
        raise ValueError(f"a table of fading has the unknown error model {row['phy']!r}")
    snr_db = float(row["mean_snr_dB"])
    rate = PHYS[row["phy"]](float(row["rate"]), float(row["bytes"]))
    ours, square = (float(mean_error_rate(one, snr_db, float(row["m"]))) for one in (rate, lambda s: rate(s) ** 2))
    # Where losses are rare a sample knows neither their mean nor its own error: ours is that of such a sample.
    error = math.sqrt(max(square - ours**2, 0.0) / DRAWS)
    series = f"{row['phy']} {row['rate']} Mb/s {row['bytes']} B m={row['m']}"
    return Point(series, snr_db, ours, float(row["mean_per"]), max(float(row["se"]), error, LEAST_ERROR))


def tolerance(rows: int) -> float:
    """Standard errors that the worst of so many rows may be off: more where more rows are looked at."""
    return max(STANDARD_ERRORS, float(norm.isf(FALSE_ALARM / 2.0 / max(rows, 1))))


def compare(table: Sequence[Mapping[str, str]]) -> list[Quantity]:
    """Mean error rates within the standard errors of the table's own sampling."""
    points = [point(row) for row in table]
    return [
        Quantity(
            "mean error rate under block fading",
            "fading_per.csv",
            points,
            tolerance(len(points)),
            measure="standard errors",
            x_label="mean SNR in dB",
            note=f"The worst row, with a false-alarm rate of {FALSE_ALARM:g}; the table's gains are one sample per m.",
        )
    ]
