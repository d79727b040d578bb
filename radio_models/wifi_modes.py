"""Modes of the OFDM PHYs of IEEE 802.11: legacy OFDM, HT (11n), VHT (11ac), HE (11ax); bits of a symbol, preambles.

Clauses are those of IEEE Std 802.11-2016 (OFDM 17, ERP 18, HT 19, VHT 21) and IEEE Std 802.11ax-2021 (HE 27). One
spatial stream, one user, convolutional coding (the tail bits of its encoders are counted), no space-time block coding.
"""

from enum import Enum
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Format(Enum):
    """Format of a PPDU; the value is what a mode's name begins with."""

    OFDM = "OfdmRate"
    HT = "HtMcs"
    VHT = "VhtMcs"
    HE = "HeMcs"


class Plan(NamedTuple):
    """What the modes of a format share."""

    carriers: dict[int, int]
    """Data subcarriers by channel width in MHz."""
    guards_ns: tuple[int, ...]
    useful_ns: int
    """Symbol without its guard interval."""
    schemes: tuple[tuple[int, int], ...]
    """Points of the constellation, and b of the code rate b / (b + 1), by MCS."""
    preamble_ns: int
    """Everything before the DATA field, for one stream."""
    largest_psdu_bytes: int


_MCS = ((2, 1), (4, 1), (4, 3), (16, 1), (16, 3), (64, 2), (64, 3), (64, 5), (256, 3), (256, 5), (1024, 3), (1024, 5))
_LEGACY = ((2, 1), (2, 3), (4, 1), (4, 3), (16, 1), (16, 3), (64, 2), (64, 3))

PLANS = {
    Format.OFDM: Plan({20: 48, 10: 48, 5: 48}, (800,), 3200, _LEGACY, 20_000, 4095),
    Format.HT: Plan({20: 52, 40: 108}, (800, 400), 3200, _MCS[:8], 36_000, 65_535),
    Format.VHT: Plan({20: 52, 40: 108, 80: 234, 160: 468}, (800, 400), 3200, _MCS[:10], 36_000, 1_048_575),
    Format.HE: Plan({20: 234, 40: 468, 80: 980, 160: 1960}, (800, 1600, 3200), 12_800, _MCS, 44_000, 6_500_631),
}
"""Tables 17-4 and 17-5 (OFDM); 19-6, 19-25 (HT, mixed format: L-STF 8, L-LTF 8, L-SIG 4, HT-SIG 8, HT-STF 4, HT-LTF
4 us); 21-5 (VHT); 27-9, 27-12 (HE; 242, 484, 996 and 2 x 996 tones). Preambles are ns-3.37's; `standard_ns` has what
the standards add."""

VHT_SIG_B_NS = 4_000
"""VHT-SIG-B (table 21-5), which ns-3.37 leaves out of single-user PPDUs."""
HE_LTF_NS = 8_000
"""HE-LTF as ns-3.37 has it; in the standard 7.2 us with a guard of 0.8 us (2x), 8 with 1.6 (2x), 16 with 3.2 (4x)."""
_HE_LTF_OF_GUARD_NS = {800: 7_200, 1600: 8_000, 3200: 16_000}


class Mode(NamedTuple):
    """A way to modulate: format, MCS (or place among the legacy rates), channel width, guard interval (at 20 MHz)."""

    format: Format
    mcs: int
    width_mhz: int = 20
    guard_ns: int = 800

    @property
    def constellation(self) -> int:
        """Points: 2 BPSK, 4 QPSK, 16 to 1024 QAM."""
        return PLANS[self.format].schemes[self.mcs][0]

    @property
    def code_numerator(self) -> int:
        """The b of the code rate b / (b + 1)."""
        return PLANS[self.format].schemes[self.mcs][1]

    @property
    def width_hz(self) -> float:
        """Channel width."""
        return 1e6 * self.width_mhz

    @property
    def stretch(self) -> int:
        """How much slower the clock of 10 and 5 MHz is than that of 20 MHz (17.1.1)."""
        return 20 // self.width_mhz if self.width_mhz < 20 else 1

    @property
    def symbol_ns(self) -> int:
        """Symbol with its guard interval."""
        return self.stretch * (PLANS[self.format].useful_ns + self.guard_ns)

    @property
    def bits_per_symbol(self) -> Fraction:
        """Data bits in a symbol, N_DBPS.

        Not rounded down, as ns-3.37 has it. The standard rounds down where HE MCS 9 and 11 leave a third or two
        of a bit at 80 and 160 MHz; a frame is then one symbol longer for less than one size in a thousand.
        """
        coded = PLANS[self.format].carriers[self.width_mhz] * (self.constellation.bit_length() - 1)
        return Fraction(coded * self.code_numerator, self.code_numerator + 1)

    @property
    def bit_per_s(self) -> int:
        """Data rate, rounded up to a whole bit per second as ns-3 does."""
        return _bit_per_s(self)

    @property
    def coded_bit_per_s(self) -> int:
        """Rate of coded bits, rounded as ns-3 does."""
        return self.bit_per_s * (self.code_numerator + 1) // self.code_numerator

    @property
    def encoders(self) -> int:
        """Convolutional encoders N_ES, each with 6 tail bits (tables 19-27 to 19-38, 21-30 to 21-54)."""
        return 2 if self.format is Format.VHT and self.width_mhz == 160 and self.mcs >= 7 else 1

    def preamble_ns(self, standard: bool = False) -> int:
        """Everything before the DATA field, as ns-3.37 has it or as the standards do."""
        preamble_ns = self.stretch * PLANS[self.format].preamble_ns
        if standard and self.format is Format.VHT:
            return preamble_ns + VHT_SIG_B_NS
        if standard and self.format is Format.HE:
            return preamble_ns - HE_LTF_NS + _HE_LTF_OF_GUARD_NS[self.guard_ns]
        return preamble_ns


@cache
def _bit_per_s(mode: Mode) -> int:
    exact = mode.bits_per_symbol * 1_000_000_000 / mode.symbol_ns
    return -(-exact.numerator // exact.denominator)


@cache
def mode_of(form: Format, mcs: int, width_mhz: int = 20, guard_ns: int = 800) -> Mode:
    """A mode that exists.

    Raises:
        ValueError: the format has no such MCS, width or guard interval, or not in this combination.
    """
    plan, name = PLANS[form], form.name
    if not 0 <= mcs < len(plan.schemes):
        raise ValueError(f"{name} has MCS 0 to {len(plan.schemes) - 1}; got {mcs}.")
    if width_mhz not in plan.carriers:
        raise ValueError(f"{name} has channels of {', '.join(map(str, plan.carriers))} MHz; got {width_mhz}.")
    if guard_ns not in plan.guards_ns:
        raise ValueError(f"{name} has guard intervals of {', '.join(map(str, plan.guards_ns))} ns; got {guard_ns}.")
    if form is Format.VHT and mcs == 9 and width_mhz == 20:
        raise ValueError("VHT MCS 9 does not exist in 20 MHz with one stream (table 21-30).")
    return Mode(form, mcs, width_mhz, guard_ns)


def modes(form: Format, width_mhz: int = 20, guard_ns: int = 800) -> tuple[Mode, ...]:
    """All modes of a format in one channel, by rising rate."""
    missing = form is Format.VHT and width_mhz == 20
    return tuple(mode_of(form, mcs, width_mhz, guard_ns) for mcs in range(len(PLANS[form].schemes) - missing))


LEGACY_RATES = {mode.bit_per_s: mode for mode in modes(Format.OFDM)}
"""The eight rates of 802.11a and ERP-OFDM by bit/s (table 17-4)."""

_REFERENCE = {scheme: mode for mode, scheme in zip(LEGACY_RATES.values(), _LEGACY, strict=True)}


def reference_mode(mode: Mode) -> Mode:
    """Legacy mode in 20 MHz of the same modulation and code rate (non-HT reference rate, table 10-7).

    64 QAM with 5/6 and all denser constellations refer to 54 Mb/s.
    """
    return _REFERENCE.get((mode.constellation, mode.code_numerator), LEGACY_RATES[54_000_000])


def symbols(bits: NDArray[np.int64], mode: Mode) -> NDArray[np.int64]:
    """OFDM symbols that hold so many whole bits, exact in integers."""
    each = mode.bits_per_symbol
    return -((-bits * each.denominator) // each.numerator)
