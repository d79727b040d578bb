"""5G NR sidelink (PC5, mode 2): an approximation of its physical layer.

Exact by the standard: numerologies, modulation and coding schemes, transport block sizes of 3GPP TS 38.211 and 38.214
(V16). Approximate: the resource elements that control and reference signals take (a typical configuration, parameters
of `Grid`), and the error rate, the normal approximation of finite block lengths shifted by one implementation loss
(typically within 2 dB of link simulations in white Gaussian noise; fading is the channel's business, not its).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from radio_models.ranges import within
from radio_models.units import BITS_PER_BYTE, db_to_linear

SUBCARRIER_SPACING_HZ = 15e3
"""That of numerology 0; each further one doubles it (TS 38.211, table 4.2-1)."""
SUBFRAME_S = 1e-3
"""A slot of numerology 0; each further one halves it (TS 38.211, 4.3.2)."""
SUBCARRIERS_PER_BLOCK = 12
"""A resource block (TS 38.211, 4.4.4.1)."""
SLOT_SYMBOLS = 14
"""Normal cyclic prefix (TS 38.211, 4.3.2). The first symbol of a sidelink slot repeats the second, the last is a
gap."""
USER_EQUIPMENT_NOISE_FIGURE_DB = 9.0
"""Of a vehicle's receiver below 6 GHz (3GPP TR 37.885, table 6.1.1-1; B)."""
MCS_TABLE = (
    (2, 120), (2, 157), (2, 193), (2, 251), (2, 308), (2, 379), (2, 449), (2, 526), (2, 602), (2, 679),
    (4, 340), (4, 378), (4, 434), (4, 490), (4, 553), (4, 616), (4, 658),
    (6, 438), (6, 466), (6, 517), (6, 567), (6, 616), (6, 666), (6, 719), (6, 772), (6, 822), (6, 873), (6, 910),
    (6, 948),
)  # fmt: skip
"""Bits per symbol and code rate x 1024 of the schemes 0 to 28 (TS 38.214, table 5.1.3.1-1; B)."""
_SMALL_BLOCKS = np.array([
    *range(24, 193, 8), *range(208, 385, 16), *range(408, 529, 24), *range(552, 577, 24), *range(608, 737, 32),
    *range(768, 929, 40), 984, 1032, 1064, *range(1128, 1353, 32), *range(1416, 1929, 64), *range(2024, 2281, 64),
    *range(2408, 2857, 64), 2976, 3104, 3240, 3368, 3496, 3624, 3752, 3824,
])  # fmt: skip
"""Transport blocks of at most 3824 bits (TS 38.214, table 5.1.3.2-1; A, as three public programs have it)."""


class Grid(NamedTuple):
    """What one transmission occupies, and what of it is not data.

    Attributes:
        numerology: 0 to 3, spacing of 15 kHz x 2^numerology.
        blocks: resource blocks: sub-channels times their size.
        control_blocks: resource blocks of the control channel.
        control_symbols: its symbols.
        reference_symbols: symbols with demodulation reference signals, half of whose elements they take.
        second_stage_elements: resource elements of the second-stage control information.
    """

    numerology: int = 1
    blocks: int = 50
    control_blocks: int = 10
    control_symbols: int = 3
    reference_symbols: int = 2
    second_stage_elements: int = 96

    @property
    def slot_s(self) -> float:
        """Duration of a slot (TS 38.211, 4.3.2)."""
        return SUBFRAME_S / 2**self.numerology

    @property
    def bandwidth_hz(self) -> float:
        """Spectrum of the resource blocks."""
        return SUBCARRIER_SPACING_HZ * 2**self.numerology * SUBCARRIERS_PER_BLOCK * self.blocks


def check(grid: Grid) -> Grid:
    """The grid, once all of it is known to be possible.

    Raises:
        ValueError: a parameter is outside its range, or no elements are left for data.
    """
    within(grid.numerology, "A numerology", 0, 3)
    within(grid.blocks, "A number of resource blocks", 10, 275)
    within(grid.control_blocks, "Resource blocks of the control channel", 10, min(25, grid.blocks))
    within(grid.control_symbols, "Symbols of the control channel", 2, 3)
    within(grid.reference_symbols, "Symbols with reference signals", 2, 4)
    within(grid.second_stage_elements, "Resource elements of the second stage", 0)
    return grid


def data_elements(grid: Grid) -> int:
    """Resource elements for data in a slot (TS 38.214, 8.1.3.2).

    12 data symbols (14 less the repeated first and the gap) of 12 subcarriers in each block, less reference signals and
    both stages of control.

    Raises:
        ValueError: the grid is not possible, or nothing is left for data.
    """
    check(grid)
    per_block = SUBCARRIERS_PER_BLOCK * (SLOT_SYMBOLS - 2) - SUBCARRIERS_PER_BLOCK // 2 * grid.reference_symbols
    control = SUBCARRIERS_PER_BLOCK * grid.control_blocks * grid.control_symbols + grid.second_stage_elements
    elements = per_block * grid.blocks - control
    if elements < 1:
        raise ValueError(f"A sidelink slot of {grid.blocks} resource blocks has no room for data beside its control.")
    return elements


def scheme(index: int) -> tuple[int, float]:
    """Bits per symbol and code rate of a modulation and coding scheme.

    Raises:
        ValueError: the index is outside 0 to 28.
    """
    within(index, "A modulation and coding scheme", 0, len(MCS_TABLE) - 1)
    bits, rate = MCS_TABLE[index]
    return bits, rate / 1024.0


def transport_block_bits(elements: int, mcs: int) -> int:
    """Bits of the transport block that a slot carries with one layer (TS 38.214, 5.1.3.2).

    Args:
        elements: resource elements for data, at least 12.
        mcs: modulation and coding scheme, 0 to 28.

    Raises:
        ValueError: an argument is outside its range.
    """
    bits, rate = scheme(mcs)
    information = float(within(elements, "Resource elements for data", 12)) * rate * bits
    if information <= 3824:
        step = 2 ** max(3, int(np.log2(information)) - 6)
        rounded = max(24, step * int(information / step))
        return int(_SMALL_BLOCKS[np.searchsorted(_SMALL_BLOCKS, rounded)])
    step = 2 ** (int(np.log2(information - 24)) - 5)
    # Ties are rounded up, which Python's own function does not do.
    rounded = max(3840, step * int(np.floor((information - 24) / step + 0.5)))
    segment = 3816 if rate <= 0.25 else 8424
    segments = -(-(rounded + 24) // segment) if rate <= 0.25 or rounded > 8424 else 1
    return BITS_PER_BYTE * segments * -(-(rounded + 24) // (BITS_PER_BYTE * segments)) - 24


def block_error_rate(
    snr_db: ArrayLike, information_bits: float, elements: float, loss_db: float = 2.0
) -> NDArray[np.float64]:
    """Probability that a transport block is not decoded.

    The normal approximation Q((n C - k) / sqrt(n V)) for k bits over n complex symbols, with C = log2(1 + g) and
    V = (1 - (1 + g)^-2) log2(e)^2 (Y. Polyanskiy, H. V. Poor, S. Verdu, "Channel coding rate in the finite blocklength
    regime", IEEE Trans. Information Theory 56(5), 2010, section IV), at a ratio g reduced by an implementation loss.
    It knows no constellation, so it holds where the scheme fits the ratio, as those of the table do at their edge.

    Args:
        snr_db: ratio of signal to noise per resource element in dB, at most 3000.
        information_bits: k, at least 1.
        elements: n, at least 1.
        loss_db: what real codes and receivers need beyond this bound; 2 dB is an estimate (C).

    Raises:
        ValueError: an argument is outside its range.
    """
    count = within(elements, "Resource elements for data", 1)
    rate = within(information_bits, "Bits of a transport block", 1) / count
    gain = db_to_linear(
        np.asarray(snr_db, dtype=np.float64) - float(within(loss_db, "An implementation loss (dB)", 0.0))
    )
    capacity = np.log1p(gain)
    spread = np.sqrt(np.maximum(-np.expm1(-2.0 * capacity), np.finfo(np.float64).tiny) / count)
    return np.asarray(ndtr((rate * np.log(2.0) - capacity) / spread), dtype=np.float64)
