"""Error rates of OFDM from link simulations in white Gaussian noise: tables, and a compact reconstruction of them.

The method is that of ns-3.37's `TableBasedErrorRateModel` (R. Patidar, S. Roy, T. R. Henderson, A. Chandramohan,
"Link-to-system mapping for ns-3 Wi-Fi OFDM error models", WNS3 2017): frames of two reference sizes were simulated with
soft decisions at points of the ratio; between points error rates are interpolated linearly, other sizes follow from
independent errors, and rates below 1e-5 count as none. Modulation and code rate decide, whatever the format.

`BCC_SMALL`, `BCC_LARGE` and `LDPC` are a reconstruction, no copy of that table: three numbers a curve, fitted to what
ns-3.37 answers, evaluated at the same spacing. What is left between the two is in `TOLERANCE` and its neighbours;
it is not smooth, since the simulations were of some thousand frames. Confidence B.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models import error_rate_yans
from radio_models.ranges import within
from radio_models.units import BITS_PER_BYTE
from radio_models.wifi_modes import Mode

Floats = NDArray[np.float64]

LARGE_FROM_BYTES = 400
"""Smallest size that is priced by the large reference frame (ns-3.37 `SizeThreshold`)."""
LEAST_RATE = 1e-5
"""Error rates below this count as none, as in ns-3.37: the simulations cannot tell."""
CERTAIN_RATE = 0.9995
"""Simulated error rates above this count as certain: the simulations cannot tell."""
SMALL_BYTES, LARGE_BYTES = 32, 1458
"""Reference sizes."""

TOLERANCE = 0.03
"""Largest deviation of the error rate from ns-3.37's, convolutional code, 32 to 4095 bytes."""
SHORT_TOLERANCE = 0.09
"""The same from 14 to 31 bytes, at error rates near 1."""
LARGE_RESIDUALS = (0.022, 0.006, 0.015, 0.003, 0.008, 0.010, 0.008, 0.009, 0.009, 0.010)
"""Largest deviation by curve, convolutional code, 400 to 4000 bytes."""
LARGE_RESIDUALS_DB = (0.06, 0.02, 0.05, 0.01, 0.04, 0.03, 0.02, 0.02, 0.02, 0.04)
"""Largest shift of the ratio at which the error rate is 0.1 or 0.5, likewise."""
SMALL_RESIDUALS = (0.028, 0.013, 0.014, 0.020, 0.029, 0.023, 0.024, 0.018, 0.016, 0.011)
"""Largest deviation by curve, 32 to 399 bytes."""
SMALL_RESIDUALS_DB = (0.15, 0.08, 0.06, 0.06, 0.09, 0.14, 0.10, 0.06, 0.09, 0.08)
"""Largest shift, likewise."""
LDPC_RESIDUALS = (0.002, 0.002, 0.004, 0.020, 0.008, 0.009, 0.009, 0.001, 0.003, 0.004, 0.006, 0.028)
"""Largest deviation by curve, low-density codes, 700 to 2304 bytes; up to 0.13 for 400 bytes, at rates near 1."""
LDPC_RESIDUALS_DB = (0.01, 0.01, 0.01, 0.02, 0.01, 0.01, 0.02, 0.01, 0.01, 0.01, 0.01, 0.03)
"""Largest shift, likewise."""

SCHEMES = (
    (2, 1),
    (4, 1),
    (4, 3),
    (16, 1),
    (16, 3),
    (64, 2),
    (64, 3),
    (64, 5),
    (256, 3),
    (256, 5),
    (1024, 3),
    (1024, 5),
)
"""Points of the constellation and b of the code rate b / (b + 1), by number of the curve."""


class Curve(NamedTuple):
    """ln(-ln(1 - PER)) = ln ln 2 - slope y - bend (sqrt(y^2 + knee^2) - knee), with y = snr - half, in dB."""

    half_db: float
    """Ratio at which half of the frames are lost."""
    slope: float
    bend: float

    def error_rate(self, snr_db: Floats, knee_db: float) -> Floats:
        """Error rate of the reference frame."""
        beyond = snr_db - self.half_db
        bent = self.bend * (np.sqrt(beyond * beyond + knee_db * knee_db) - knee_db)
        return -np.expm1(-np.exp(np.minimum(np.log(np.log(2.0)) - self.slope * beyond - bent, 6.0)))


BCC_SMALL = (
    Curve(-1.362, 1.697, 1.110), Curve(1.665, 1.747, 1.225), Curve(4.172, 1.773, 1.277), Curve(6.968, 1.492, 0.927),
    Curve(10.191, 1.558, 0.970), Curve(14.065, 1.353, 0.701), Curve(15.385, 1.375, 0.671), Curve(16.840, 1.321, 0.714),
    Curve(20.395, 1.232, 0.666), Curve(22.054, 1.311, 0.796),
)  # fmt: skip
"""Convolutional code, 32 bytes."""
BCC_LARGE = (
    Curve(0.297, 3.058, 1.388), Curve(3.285, 2.942, 0.625), Curve(5.762, 2.909, 0.252), Curve(8.922, 2.428, 0.648),
    Curve(12.022, 2.578, 0.230), Curve(16.209, 2.167, 0.503), Curve(17.526, 2.206, 0.486), Curve(18.784, 2.288, 0.235),
    Curve(22.759, 1.943, 0.379), Curve(24.246, 2.078, 0.432),
)  # fmt: skip
"""Convolutional code, 1458 bytes."""
LDPC = (
    Curve(-0.952, 6.183, 1.394), Curve(2.059, 5.984, 2.047), Curve(4.554, 6.708, 2.381), Curve(7.551, 5.269, 2.646),
    Curve(10.601, 5.978, 1.297), Curve(14.774, 5.331, 2.854), Curve(16.142, 5.065, 1.880), Curve(17.643, 4.881, 1.606),
    Curve(21.288, 4.658, 1.997), Curve(23.087, 4.528, 1.266), Curve(26.372, 4.248, 0.827), Curve(28.421, 3.872, 0.606),
)  # fmt: skip
"""Low-density codes, 1458 bytes."""
BCC_STEP_DB, LDPC_STEP_DB = 0.5, 0.25
"""Distance of simulated points."""
SMALL_KNEE_DB, LARGE_KNEE_DB, LDPC_KNEE_DB = 1.5, 1.0, 0.5


class Simulated(NamedTuple):
    """Error rates of one reference frame at rising ratios; 1 below them, 0 above."""

    reference_bytes: float
    snr_db: tuple[float, ...]
    error_rates: tuple[float, ...]

    def log_success(self, snr_db: Floats, size_bytes: Floats) -> Floats:
        """Logarithm of the success of a frame: that of the reference frame times the ratio of sizes."""
        rate = np.interp(snr_db, self.snr_db, self.error_rates, left=1.0, right=0.0)
        with np.errstate(divide="ignore"):
            return np.log1p(-rate) * (size_bytes / self.reference_bytes)


class PerTable(NamedTuple):
    """What was simulated of one scheme: a small reference frame, if there was one, and a large one."""

    small: Simulated | None
    large: Simulated
    large_from_bytes: float = LARGE_FROM_BYTES

    def error_rate(self, snr_db: ArrayLike, size_bytes: ArrayLike, *, ordered: bool = True) -> Floats:
        """Probability that a frame is lost.

        Args:
            snr_db: ratio of signal to noise power in the channel in dB, at most 3000.
            size_bytes: size of the PSDU, at least 0.
            ordered: a large frame never does better than the largest small one. In ns-3.37 it does, up to some 700
                bytes, by up to 0.2, since two simulations are scaled towards each other.

        Raises:
            ValueError: an argument is outside its range.
        """
        ratio = within(snr_db, "A ratio of signal to noise (dB)", -np.inf, 3000.0)
        size = within(size_bytes, "A size (bytes)", 0.0)
        logs = self.large.log_success(ratio, np.maximum(size, 1.0))
        if self.small is not None:
            largest_small = self.large_from_bytes - 1.0
            small = self.small.log_success(ratio, np.clip(size, 1.0, largest_small))
            large = np.minimum(logs, small) if ordered else logs
            logs = np.where(size < self.large_from_bytes, small, large)
        rate = -np.expm1(logs)
        return np.where((rate < LEAST_RATE) | (size == 0.0), 0.0, rate)


@cache
def reconstructed(constellation: int, code_numerator: int, low_density: bool = False) -> PerTable | None:
    """The table of a scheme; None where there is none (BPSK 3/4; 1024 QAM with the convolutional code)."""
    scheme = (constellation, code_numerator)
    number = SCHEMES.index(scheme) if scheme in SCHEMES else len(SCHEMES)
    if number >= len(LDPC if low_density else BCC_LARGE):
        return None
    if low_density:
        return PerTable(None, _simulated(LDPC[number], LARGE_BYTES, LDPC_STEP_DB, LDPC_KNEE_DB))
    small, large = BCC_SMALL[number], BCC_LARGE[number]
    return PerTable(
        _simulated(small, SMALL_BYTES, BCC_STEP_DB, SMALL_KNEE_DB),
        _simulated(large, LARGE_BYTES, BCC_STEP_DB, LARGE_KNEE_DB),
    )


def _simulated(curve: Curve, size: int, step_db: float, knee_db: float) -> Simulated:
    """A curve at points of a grid, from certain loss to none."""
    middle = round(curve.half_db / step_db)
    snr = step_db * np.arange(middle - 40, middle + 41, dtype=np.float64)
    rates = curve.error_rate(snr, knee_db)
    rates = np.where(rates > CERTAIN_RATE, 1.0, np.where(rates < LEAST_RATE / 2, 0.0, rates))
    return Simulated(size, tuple(snr.tolist()), tuple(rates.tolist()))


def chunk_error_rate(
    snr_db: ArrayLike, mode: Mode, bits: ArrayLike, *, low_density: bool = False, ordered: bool = True
) -> Floats:
    """Probability that a frame is lost, by the reconstruction; by the Yans model where it has no curve, as in ns-3.37.

    Args:
        snr_db: ratio of signal to noise power in the channel in dB, at most 3000.
        mode: see `radio_models.wifi_modes`.
        bits: of the PSDU, at least 0.
        low_density: low-density codes instead of the convolutional one.
        ordered: no frame does better than a smaller one; ns-3.37 itself breaks that (see `PerTable`).

    Raises:
        ValueError: an argument is outside its range.
    """
    table = reconstructed(mode.constellation, mode.code_numerator, low_density)
    if table is None:
        return error_rate_yans.chunk_error_rate(snr_db, mode, bits)
    return table.error_rate(snr_db, within(bits, "A number of bits", 0.0) / BITS_PER_BYTE, ordered=ordered)
