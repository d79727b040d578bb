"""LoRa: time on air, sensitivities, ratios a demodulator needs.

Sources: Semtech, "SX1276/77/78/79 data sheet", revision 4 (sections 4.1.1.5 to 4.1.1.7, table 13); Semtech AN1200.13,
"LoRa modem designer's guide"; sensitivities as named in `SENSITIVITIES_DBM`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within
from radio_models.units import BITS_PER_BYTE, MICROSECONDS_PER_SECOND, microseconds_to_s

SPREADING_FACTORS = (6, 7, 8, 9, 10, 11, 12)
"""Logarithm of the chips in a symbol (4.1.1.2). SF 6 is meant for implicit headers only."""
LARGEST_PAYLOAD_BYTES = 255
"""The length of a payload has one byte (4.1.1.6)."""
LONG_SYMBOL_S = 0.016
"""From this symbol duration on the low-data-rate optimisation is on (4.1.1.6, AN1200.13: above 16 ms; SF 11 and 12 at
125 kHz, SF 12 at 250 kHz)."""
NOISE_FIGURE_DB = 6.0
"""Noise figure of the SX127x that Semtech reckons with (AN1200.22, section 5)."""

SensitivityTable = Mapping[tuple[int, int], float]


class Modulation(NamedTuple):
    """How a LoRa frame is sent.

    Attributes:
        spreading_factor: 6 to 12.
        bandwidth_hz: 7.8e3 to 500e3.
        coding_rate: redundant bits per four, 1 to 4 for 4/5 to 4/8.
        preamble_symbols: programmed preamble, 6 to 65535 with the SX127x, from 1 on with later chips; 4.25 are added.
        implicit_header: no header on the air.
        crc: a CRC of 16 bits after the payload.
        low_data_rate: low-data-rate optimisation; None switches it on from symbols of 16 ms.
    """

    spreading_factor: int = 7
    bandwidth_hz: float = 125e3
    coding_rate: int = 1
    preamble_symbols: int = 8
    implicit_header: bool = False
    crc: bool = True
    low_data_rate: bool | None = None

    @property
    def symbol_s(self) -> float:
        """Duration of a symbol, 2^SF / BW (4.1.1.5)."""
        return 2.0**self.spreading_factor / self.bandwidth_hz

    @property
    def optimised(self) -> bool:
        """Whether the low-data-rate optimisation is on."""
        return self.symbol_s >= LONG_SYMBOL_S if self.low_data_rate is None else self.low_data_rate


def payload_symbols(payload_bytes: ArrayLike, modulation: Modulation) -> NDArray[np.float64]:
    """Symbols after the preamble.

    8 + max(ceil((8 PL - 4 SF + 28 + 16 CRC - 20 IH) / (4 (SF - 2 DE))) (CR + 4), 0) (SX1276 data sheet, 4.1.1.7).

    Args:
        payload_bytes: whole bytes of the PHY payload, LoRaWAN's headers included, 0 to 255.
        modulation: how they are sent.

    Raises:
        ValueError: an argument is outside its range.
    """
    spread, rate = check(modulation).spreading_factor, modulation.coding_rate
    bits = BITS_PER_BYTE * within(payload_bytes, "A LoRa payload (bytes)", 0, LARGEST_PAYLOAD_BYTES)
    more = bits - 4 * spread + 28 + 16 * modulation.crc - 20 * modulation.implicit_header
    blocks = np.ceil(more / (4 * (spread - 2 * modulation.optimised)))
    return 8.0 + np.maximum(blocks * (rate + 4), 0.0)


def time_on_air_s(payload_bytes: ArrayLike, modulation: Modulation) -> NDArray[np.float64]:
    """Time on air in seconds of a frame, exact where it is whole microseconds.

    (n_preamble + 4.25 + payload symbols) 2^SF / BW (SX1276 data sheet, 4.1.1.7; AN1200.13).

    Args:
        payload_bytes: whole bytes of the PHY payload, LoRaWAN's headers included, 0 to 255.
        modulation: how they are sent.

    Raises:
        ValueError: an argument is outside its range.
    """
    symbols = modulation.preamble_symbols + 4.25 + payload_symbols(payload_bytes, modulation)
    return microseconds_to_s(
        symbols * 2.0**modulation.spreading_factor * MICROSECONDS_PER_SECOND / modulation.bandwidth_hz
    )


def check(modulation: Modulation) -> Modulation:
    """The modulation, once all of it is known to be possible.

    Raises:
        ValueError: a parameter is outside its range.
    """
    within(modulation.spreading_factor, "A LoRa spreading factor", 6, 12)
    within(modulation.bandwidth_hz, "A LoRa bandwidth (Hz)", 7.8e3, 500e3)
    within(modulation.coding_rate, "A LoRa coding rate (redundant bits per four)", 1, 4)
    within(modulation.preamble_symbols, "A LoRa preamble (symbols)", 1, 65535)
    return modulation


def _by_bandwidth(khz_125: str, khz_250: str = "", khz_500: str = "", first: int = 7) -> SensitivityTable:
    columns = ((125_000, khz_125), (250_000, khz_250), (500_000, khz_500))
    return {
        (first + i, bandwidth_hz): float(level) for bandwidth_hz, row in columns for i, level in enumerate(row.split())
    }


SENSITIVITIES_DBM: Mapping[str, SensitivityTable] = MappingProxyType(
    {
        "sx1272": _by_bandwidth(
            "-121 -124 -127 -130 -133 -135 -137",
            "-118 -122 -125 -128 -130 -132 -135",
            "-111 -116 -119 -122 -125 -128 -129",
            first=6,
        ),
        "lorasim": _by_bandwidth(
            "-126.5 -127.25 -131.25 -132.75 -134.5 -133.25",
            "-124.25 -126.75 -128.25 -130.25 -132.75 -132.25",
            "-120.75 -124 -127.5 -128.75 -128.75 -132.25",
        ),
        "sx1301": _by_bandwidth("-130 -132.5 -135 -137.5 -140 -142.5"),
    }
)
"""Sensitivity in dBm by source, then by spreading factor and bandwidth in Hz (A).

`sx1272`: Semtech SX1272/73 data sheet, revision 3.1, table 10. `lorasim`: measured, M. C. Bor, U. Roedig, T. Voigt,
J. M. Alonso, "Do LoRa low-power wide-area networks scale?", MSWiM 2016, table 3. `sx1301`: gateway, as in the LoRaWAN
module for ns-3 of D. Magrin et al., "Performance evaluation of LoRa networks in a smart city scenario", ICC 2017.
"""


def sensitivity_dbm(spreading_factor: int, bandwidth_hz: float, source: str = "sx1272") -> float:
    """Weakest signal in dBm that is received.

    Args:
        spreading_factor: 6 to 12, as far as the source goes.
        bandwidth_hz: 125e3, 250e3 or 500e3, as far as the source goes.
        source: a key of `SENSITIVITIES_DBM`.

    Raises:
        ValueError: no such source, or it has no value there; the sentence lists what there is.
    """
    if source not in SENSITIVITIES_DBM:
        raise ValueError(f"LoRa sensitivities have the sources {', '.join(SENSITIVITIES_DBM)}; got {source}.")
    table = SENSITIVITIES_DBM[source]
    if (spreading_factor, int(bandwidth_hz)) not in table:
        known = ", ".join(f"SF{spread}/{hertz // 1000} kHz" for spread, hertz in sorted(table))
        got = f"SF{spreading_factor}/{bandwidth_hz / 1e3:g} kHz"
        raise ValueError(f"The LoRa sensitivities of {source} are those of {known}; got {got}.")
    return table[spreading_factor, int(bandwidth_hz)]


def needed_snr_db(spreading_factor: ArrayLike) -> NDArray[np.float64]:
    """Ratio of signal to noise that a demodulator needs: -5 dB at SF 6, 2.5 dB less per step, -20 dB at SF 12.

    SX1276 data sheet, table 13. Semtech states no error rate for it.

    Raises:
        ValueError: a spreading factor is outside 6 to 12.
    """
    return -5.0 - 2.5 * (within(spreading_factor, "A LoRa spreading factor", 6, 12) - 6.0)
