"""Error rates of OFDM from link simulations in white Gaussian noise: tables, and a compact reconstruction of them.

The method is that of ns-3.37's `TableBasedErrorRateModel` (R. Patidar, S. Roy, T. R. Henderson, A. Chandramohan,
"Link-to-system mapping for ns-3 Wi-Fi OFDM error models", WNS3 2017): frames of two reference sizes were simulated with
soft decisions at points of the ratio; between points error rates are interpolated linearly, other sizes follow from
independent errors, and rates below 1e-5 count as none. Modulation and code rate decide, whatever the format.

`BCC_SMALL`, `BCC_LARGE` and `LDPC` are a reconstruction, no copy of that table: three numbers a curve, fitted to what
ns-3.37 answers, evaluated at the same spacing. They agree with it to 0.03 in the error rate from 32 to 2304 bytes, or
0.12 dB where the rate is 0.1 to 0.9 (convolutional code; low-density codes 0.025 from 1000 bytes on). Confidence B.
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
"""Largest deviation of the error rate from ns-3.37's, convolutional code, 32 to 2304 bytes."""
LDPC_TOLERANCE = 0.025
"""The same with low-density codes, from 1000 bytes on; up to 0.13 for shorter frames of 1024 QAM, at rates near 1."""
TOLERANCE_DB = 0.12
"""Largest shift of the ratio at which the error rate is 0.1, 0.5 or 0.9."""

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
    Curve(-1.320, 1.691, 1.100), Curve(1.677, 1.730, 1.005), Curve(4.186, 1.766, 1.054), Curve(6.986, 1.483, 0.784),
    Curve(10.205, 1.533, 0.866), Curve(14.085, 1.333, 0.654), Curve(15.437, 1.357, 0.695), Curve(16.855, 1.331, 0.587),
    Curve(20.417, 1.229, 0.575), Curve(22.064, 1.311, 0.655),
)  # fmt: skip
"""Convolutional code, 32 bytes."""
BCC_LARGE = (
    Curve(0.302, 3.138, 1.733), Curve(3.286, 2.958, 0.705), Curve(5.758, 2.897, 0.142), Curve(8.921, 2.434, 0.665),
    Curve(12.018, 2.591, 0.151), Curve(16.211, 2.176, 0.524), Curve(17.525, 2.208, 0.491), Curve(18.787, 2.296, 0.304),
    Curve(22.758, 1.944, 0.386), Curve(24.248, 2.087, 0.453),
)  # fmt: skip
"""Convolutional code, 1458 bytes."""
LDPC = (
    Curve(-0.952, 6.181, 1.393), Curve(2.058, 5.978, 2.003), Curve(4.553, 6.698, 2.291), Curve(7.550, 5.142, 2.311),
    Curve(10.601, 5.976, 1.221), Curve(14.773, 5.303, 2.763), Curve(16.142, 5.071, 1.858), Curve(17.643, 4.880, 1.598),
    Curve(21.288, 4.661, 2.016), Curve(23.086, 4.529, 1.253), Curve(26.372, 4.233, 0.800), Curve(28.421, 3.849, 0.561),
)  # fmt: skip
"""Low-density codes, 1458 bytes."""
BCC_STEP_DB, LDPC_STEP_DB = 0.5, 0.25
"""Distance of simulated points."""
BCC_KNEE_DB, LDPC_KNEE_DB = 1.0, 0.5


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

    def error_rate(self, snr_db: ArrayLike, size_bytes: ArrayLike) -> Floats:
        """Probability that a frame is lost.

        A large frame never does better than the largest small one: ns-3's own table has that by up to 0.02.

        Args:
            snr_db: ratio of signal to noise power in the channel in dB, at most 3000.
            size_bytes: size of the PSDU, at least 0.

        Raises:
            ValueError: an argument is outside its range.
        """
        ratio = within(snr_db, "A ratio of signal to noise (dB)", -np.inf, 3000.0)
        size = within(size_bytes, "A size (bytes)", 0.0)
        logs = self.large.log_success(ratio, np.maximum(size, 1.0))
        if self.small is not None:
            largest_small = self.large_from_bytes - 1.0
            small = self.small.log_success(ratio, np.clip(size, 1.0, largest_small))
            logs = np.where(size < self.large_from_bytes, small, np.minimum(logs, small))
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
        _simulated(small, SMALL_BYTES, BCC_STEP_DB, BCC_KNEE_DB),
        _simulated(large, LARGE_BYTES, BCC_STEP_DB, BCC_KNEE_DB),
    )


def _simulated(curve: Curve, size: int, step_db: float, knee_db: float) -> Simulated:
    """A curve at points of a grid, from certain loss to none."""
    middle = round(curve.half_db / step_db)
    snr = step_db * np.arange(middle - 40, middle + 41, dtype=np.float64)
    rates = curve.error_rate(snr, knee_db)
    rates = np.where(rates > CERTAIN_RATE, 1.0, np.where(rates < LEAST_RATE / 2, 0.0, rates))
    return Simulated(size, tuple(snr.tolist()), tuple(rates.tolist()))


def chunk_error_rate(snr_db: ArrayLike, mode: Mode, bits: ArrayLike, *, low_density: bool = False) -> Floats:
    """Probability that a frame is lost, by the reconstruction; by the Yans model where it has no curve, as in ns-3.37.

    Args:
        snr_db: ratio of signal to noise power in the channel in dB, at most 3000.
        mode: see `radio_models.wifi_modes`.
        bits: of the PSDU, at least 0.
        low_density: low-density codes instead of the convolutional one.

    Raises:
        ValueError: an argument is outside its range.
    """
    table = reconstructed(mode.constellation, mode.code_numerator, low_density)
    if table is None:
        return error_rate_yans.chunk_error_rate(snr_db, mode, bits)
    return table.error_rate(snr_db, within(bits, "A number of bits", 0.0) / BITS_PER_BYTE)
