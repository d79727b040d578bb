"""IEEE 802.11a and pure 802.11g (ERP-OFDM): rates, air times, frame sizes, interframe spaces.

Clauses are those of IEEE Std 802.11-2012; later editions number the OFDM PHY 17 and the ERP 18. Only 20 MHz channels,
one antenna and non-QoS data frames; no 802.11b stations nearby, so 802.11g needs no protection and uses the short slot.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within
from radio_models.units import BITS_PER_BYTE, microseconds_to_s

BANDWIDTH_HZ = 20e6
"""Channel width (18.3.8.4)."""

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
LARGEST_PSDU_BYTES = 4095
"""The LENGTH field of SIGNAL has 12 bits (18.3.4.3)."""

PREAMBLE_SNR_DB = 4.0
"""Least ratio at which a preamble is found: default of ns-3.37 `ThresholdPreambleDetectionModel`."""
PREAMBLE_RX_DBM = -82.0
"""Least level at which a preamble is found: the same model; also the least sensitivity at 6 Mb/s (table 18-14)."""
SENSITIVITY_RX_DBM = -101.0
"""Level below which a receiver stays idle whatever it does: default of ns-3.37 `WifiPhy::RxSensitivity`."""

PREAMBLE_AND_SIGNAL_US = 20
"""PLCP preamble 16 us and SIGNAL symbol 4 us (table 18-5)."""
SYMBOL_US = 4
"""OFDM symbol with its guard interval (table 18-5)."""
SERVICE_AND_TAIL_BITS = 16 + 6
"""SERVICE field and tail of the DATA field (18.3.5)."""


class OfdmRate(NamedTuple):
    """One row of table 18-4: modulation, code and bits of a rate."""

    bit_per_s: int
    constellation: int
    """Points: 2 BPSK, 4 QPSK, 16 and 64 QAM."""
    code_numerator: int
    """b of the code rate b / (b + 1)."""
    bits_per_symbol: int
    """Data bits in an OFDM symbol, N_DBPS."""


RATES = {
    rate.bit_per_s: rate
    for rate in (
        OfdmRate(6_000_000, 2, 1, 24),
        OfdmRate(9_000_000, 2, 3, 36),
        OfdmRate(12_000_000, 4, 1, 48),
        OfdmRate(18_000_000, 4, 3, 72),
        OfdmRate(24_000_000, 16, 1, 96),
        OfdmRate(36_000_000, 16, 3, 144),
        OfdmRate(48_000_000, 64, 2, 192),
        OfdmRate(54_000_000, 64, 3, 216),
    )
}
"""The eight rates by bit/s (table 18-4)."""

MANDATORY_RATES_BIT_PER_S = (6_000_000, 12_000_000, 24_000_000)
"""Rates every station must know (18.2.2.3)."""


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


def ofdm_rate(bit_per_s: float) -> OfdmRate:
    """The row of the rate table.

    Raises:
        ValueError: no such rate; the sentence lists those there are.
    """
    if bit_per_s not in RATES:
        allowed = ", ".join(f"{rate / 1e6:g}e6" for rate in RATES)
        raise ValueError(f"802.11a/g has the rates {allowed} bit/s; got {bit_per_s:g}.")
    return RATES[int(bit_per_s)]


def ppdu_s(psdu_bytes: ArrayLike, rate: OfdmRate, timing: Timing) -> NDArray[np.float64]:
    """Time on air in seconds of a frame, preamble and PHY header included, exact to the microsecond.

    TXTIME = 20 us + 4 us ceil((16 + 8 LENGTH + 6) / N_DBPS) (18.4.3), plus the signal extension of 6 us for ERP-OFDM
    (19.8.3.2).

    Args:
        psdu_bytes: whole bytes from MAC header to FCS, 1 to 4095.
        rate: row of the rate table.
        timing: `OFDM` or `ERP_OFDM`.

    Raises:
        ValueError: a size is outside 1 to 4095 bytes.
    """
    psdu = within(psdu_bytes, "A PSDU (bytes)", 1, LARGEST_PSDU_BYTES)
    symbols = np.ceil((SERVICE_AND_TAIL_BITS + BITS_PER_BYTE * psdu) / rate.bits_per_symbol)
    return microseconds_to_s(PREAMBLE_AND_SIGNAL_US + SYMBOL_US * symbols + timing.signal_extension_us)


@cache
def ack_rate(rate: OfdmRate) -> OfdmRate:
    """Rate of the acknowledgement: the highest mandatory one not above the data frame's (9.7.6.5.2)."""
    return RATES[max(mandatory for mandatory in MANDATORY_RATES_BIT_PER_S if mandatory <= rate.bit_per_s)]


@cache
def ack_s(rate: OfdmRate, timing: Timing) -> float:
    """Time on air in seconds of the acknowledgement of a data frame sent at `rate`."""
    return float(ppdu_s(ACK_BYTES, ack_rate(rate), timing))


def sifs_s(timing: Timing) -> float:
    """Short interframe space in seconds, between a frame and its acknowledgement (9.3.2.3.3)."""
    return float(microseconds_to_s(timing.sifs_us))


def difs_s(timing: Timing) -> float:
    """Distributed interframe space in seconds: SIFS + 2 slots (9.3.7, equation 9-4)."""
    return float(microseconds_to_s(timing.sifs_us + 2 * timing.slot_us))


def mean_backoff_s(timing: Timing) -> float:
    """Mean backoff in seconds of a first attempt: uniform on 0 to CWmin slots (9.3.3)."""
    return float(microseconds_to_s(timing.slot_us * timing.cw_min / 2))
