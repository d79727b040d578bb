"""The OFDM PHYs of IEEE 802.11 (a, g, n, ac, ax): air times, frame sizes, interframe spaces; modes are in `wifi_modes`.

Clauses of frames are those of IEEE Std 802.11-2012, of air times those of 802.11-2016 and 802.11ax-2021. One antenna,
one PSDU per PPDU, non-QoS data frames; no 802.11b stations nearby, so 802.11g needs no protection and has short slots.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within
from radio_models.units import BITS_PER_BYTE, microseconds_to_s
from radio_models.wifi_modes import LEGACY_RATES, PLANS, Format, Mode, reference_mode, symbols

MAC_HEADER_BYTES = 24
"""Header of a data frame without fourth address, QoS and HT control (8.2.3, 8.3.2.1)."""
FCS_BYTES = 4
"""Frame check sequence (8.2.3)."""
LLC_SNAP_BYTES = 8
"""LLC and SNAP headers in front of the network layer's packet (IETF RFC 1042)."""
FRAME_OVERHEAD_BYTES = MAC_HEADER_BYTES + FCS_BYTES + LLC_SNAP_BYTES
"""PSDU bytes of a data frame beyond what the device is handed."""
LARGEST_PAYLOAD_BYTES = 2304 - LLC_SNAP_BYTES
"""An MSDU is at most 2304 bytes (8.2.4.7.1), LLC and SNAP included."""
ACK_BYTES = 14
"""Acknowledgement frame (8.3.1.4)."""

PREAMBLE_SNR_DB = 4.0
"""Least ratio at which a preamble is found: default of ns-3.37 `ThresholdPreambleDetectionModel`."""
PREAMBLE_RX_DBM = -82.0
"""Least level at which a preamble is found: the same model; also the least sensitivity at 6 Mb/s (table 18-14)."""
SENSITIVITY_RX_DBM = -101.0
"""Level below which a receiver stays idle whatever it does: default of ns-3.37 `WifiPhy::RxSensitivity`."""

SERVICE_BITS = 16
"""SERVICE field of the DATA field (17.3.5.2)."""
TAIL_BITS = 6
"""Tail of each convolutional encoder (17.3.5.3)."""
MANDATORY_RATES_BIT_PER_S = (6_000_000, 12_000_000, 24_000_000)
"""Legacy rates every station must know, in 20 MHz (17.2.2.3)."""

LONG_GUARD_NS = 800
"""Guard interval of legacy OFDM, in which whole symbols last 4 us."""
LEGACY_SYMBOL_NS = 4000
"""Symbol of legacy OFDM (table 17-5)."""


class Timing(NamedTuple):
    """Interframe spaces and contention of a PHY, in microseconds."""

    sifs_us: int
    slot_us: int
    cw_min: int
    signal_extension_us: int


OFDM = Timing(sifs_us=16, slot_us=9, cw_min=15, signal_extension_us=0)
"""802.11a at 5 GHz (table 18-17)."""
ERP_OFDM = Timing(sifs_us=10, slot_us=9, cw_min=15, signal_extension_us=6)
"""802.11g at 2.4 GHz, short slot, ERP-OFDM rates only (table 19-8; signal extension 19.3.2.4)."""


def ofdm_rate(bit_per_s: float) -> Mode:
    """The legacy mode of a rate.

    Raises:
        ValueError: no such rate; the sentence lists those there are.
    """
    if bit_per_s not in LEGACY_RATES:
        allowed = ", ".join(f"{rate / 1e6:g}e6" for rate in LEGACY_RATES)
        raise ValueError(f"802.11a/g has the rates {allowed} bit/s; got {bit_per_s:g}.")
    return LEGACY_RATES[int(bit_per_s)]


def ppdu_s(psdu_bytes: ArrayLike, mode: Mode, timing: Timing, *, standard: bool = False) -> NDArray[np.float64]:
    """Time on air in seconds of one PSDU, preamble and PHY header included, exact to the nanosecond.

    TXTIME = preamble + T_SYM ceil((16 + 8 LENGTH + 6 N_ES) / N_DBPS) (17.4.3, 19.4.3, 21.4.3, 27.4.3), plus the signal
    extension of 6 us in the 2.4 GHz band (18.5.3.2). This is what ns-3.37 computes. The standards differ from it where
    guard intervals are short (the end of an HT or VHT frame is moved to a whole 4 us), by VHT-SIG-B (4 us), and by the
    guard of the HE-LTF (-0.8, 0, +8 us); packet extension (0 to 16 us) and the padding of low-density codes are in
    neither.

    Args:
        psdu_bytes: whole bytes from MAC header to FCS, from 1 to what the format's length field holds.
        mode: see `radio_models.wifi_modes`.
        timing: `OFDM` or `ERP_OFDM`.
        standard: as the standards have it, and not as ns-3.37 has.

    Raises:
        ValueError: a size is outside its range.
    """
    psdu = within(psdu_bytes, "A PSDU (bytes)", 1, PLANS[mode.format].largest_psdu_bytes).astype(np.int64)
    bits = SERVICE_BITS + BITS_PER_BYTE * psdu + TAIL_BITS * mode.encoders
    data_ns = symbols(bits, mode) * mode.symbol_ns
    if standard and mode.guard_ns < LONG_GUARD_NS:
        data_ns = -(-data_ns // LEGACY_SYMBOL_NS) * LEGACY_SYMBOL_NS
    return (mode.preamble_ns(standard) + data_ns + 1000 * timing.signal_extension_us) / 1e9


@cache
def ack_mode(mode: Mode) -> Mode:
    """Mode of the acknowledgement: the highest mandatory legacy rate not above that of the data (10.7.6.5.2).

    For HT, VHT and HE frames the rate of the legacy mode with their modulation and code counts (10.7.9).
    """
    limit = reference_mode(mode).bit_per_s
    answer = LEGACY_RATES[max(mandatory for mandatory in MANDATORY_RATES_BIT_PER_S if mandatory <= limit)]
    return answer._replace(width_mhz=mode.width_mhz) if mode.format is Format.OFDM else answer


@cache
def ack_s(mode: Mode, timing: Timing) -> float:
    """Time on air in seconds of the acknowledgement of a data frame sent in a mode."""
    return float(ppdu_s(ACK_BYTES, ack_mode(mode), timing))


def sifs_s(timing: Timing) -> float:
    """Short interframe space in seconds, between a frame and its acknowledgement (9.3.2.3.3)."""
    return float(microseconds_to_s(timing.sifs_us))


def difs_s(timing: Timing) -> float:
    """Distributed interframe space in seconds: SIFS + 2 slots (9.3.7, equation 9-4)."""
    return float(microseconds_to_s(timing.sifs_us + 2 * timing.slot_us))


def header_s(mode: Mode) -> float:
    """Preamble and SIGNAL in seconds of a legacy frame, such as an acknowledgement: 20 us."""
    return mode.preamble_ns() / 1e9


def mean_backoff_s(timing: Timing) -> float:
    """Mean backoff in seconds of a first attempt: uniform on 0 to CWmin slots (9.3.3)."""
    return float(microseconds_to_s(timing.slot_us * timing.cw_min / 2))


CW_MAX = 1023
"""Largest contention window, of all PHYs (9.4.2.29 and the tables of PHY characteristics)."""
