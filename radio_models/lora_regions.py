"""What LoRa may send where: sub-bands with duty cycles, data rates with payload limits, dwell times.

EU868: data rates and payloads, LoRa Alliance, "LoRaWAN regional parameters" 1.0.3 rev. A, section 2.2, repeater
compatible (A: the same table is printed for EU433); sub-bands, ETSI EN 300 220-2 and ERC Recommendation 70-03, annex 1
(B). US915: the same document, section 2.3 (A), and FCC 47 CFR 15.247 (B). National exceptions, listen before talk
instead of a duty cycle, and the limit over all channels of a band plan are left out.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from radio_models.lora import Modulation

LORAWAN_OVERHEAD_BYTES = 1 + 7 + 1 + 4
"""MHDR, FHDR without options, FPort and MIC of an uplink (LoRaWAN 1.0.3, chapter 4)."""


class SubBand(NamedTuple):
    """A stretch of spectrum with one duty cycle.

    Attributes:
        low_hz: lower edge.
        high_hz: upper edge.
        duty_cycle: largest share of time on the air, 1 for no limit.
        power_dbm: largest effective radiated power; 2.15 dB more is the largest isotropic one.
    """

    low_hz: float
    high_hz: float
    duty_cycle: float
    power_dbm: float


class Region(NamedTuple):
    """Rules of a region.

    Attributes:
        sub_bands: where one may send.
        payload_bytes: largest application payload by spreading factor and bandwidth in Hz: the data rates.
        dwell_s: longest frame; inf for no limit.
    """

    sub_bands: tuple[SubBand, ...]
    payload_bytes: Mapping[tuple[int, int], int]
    dwell_s: float


def _payloads(bandwidth_hz: int, **sizes: int) -> dict[tuple[int, int], int]:
    return {(int(factor.removeprefix("sf")), bandwidth_hz): size for factor, size in sizes.items()}


REGIONS: Mapping[str, Region] = MappingProxyType(
    {
        "eu868": Region(
            sub_bands=(
                SubBand(863.0e6, 865.0e6, 0.001, 14.0),
                SubBand(865.0e6, 868.0e6, 0.01, 14.0),
                SubBand(868.0e6, 868.6e6, 0.01, 14.0),
                SubBand(868.7e6, 869.2e6, 0.001, 14.0),
                SubBand(869.4e6, 869.65e6, 0.1, 27.0),
                SubBand(869.7e6, 870.0e6, 0.01, 14.0),
            ),
            payload_bytes=_payloads(125_000, sf12=51, sf11=51, sf10=51, sf9=115, sf8=222, sf7=222)
            | _payloads(250_000, sf7=222),
            dwell_s=float("inf"),
        ),
        "us915": Region(
            sub_bands=(SubBand(902.0e6, 928.0e6, 1.0, 30.0),),
            payload_bytes=_payloads(125_000, sf10=11, sf9=53, sf8=125, sf7=242) | _payloads(500_000, sf8=242),
            dwell_s=0.4,
        ),
    }
)
"""The regions by name. FCC 15.247 allows 400 ms on a channel within 20 s (125 kHz, frequency hopping); the 500 kHz
channels know no dwell time, but a frame of theirs is shorter."""


def region(name: str) -> Region:
    """The rules of a region.

    Raises:
        ValueError: no such region; the sentence lists those there are.
    """
    if name not in REGIONS:
        raise ValueError(f"The regions of LoRa are {', '.join(REGIONS)}; got {name}.")
    return REGIONS[name]


def sub_band(rules: Region, frequency_hz: float, bandwidth_hz: float) -> SubBand:
    """The sub-band that holds a channel; where two meet, the lower one.

    Raises:
        ValueError: no sub-band does; the sentence lists those there are.
    """
    for band in rules.sub_bands:
        if band.low_hz <= frequency_hz - bandwidth_hz / 2 and frequency_hz + bandwidth_hz / 2 <= band.high_hz:
            return band
    known = ", ".join(f"{band.low_hz / 1e6:g} to {band.high_hz / 1e6:g}" for band in rules.sub_bands)
    wanted = f"{bandwidth_hz / 1e3:g} kHz at {frequency_hz / 1e6:g} MHz"
    raise ValueError(f"A LoRa channel lies within one of the sub-bands {known} MHz; got {wanted}.")


def largest_payload_bytes(rules: Region, modulation: Modulation) -> int:
    """Largest application payload of a frame, LoRaWAN's 13 bytes of headers not counted.

    Raises:
        ValueError: the region has no such data rate; the sentence lists those there are.
    """
    rate = (modulation.spreading_factor, int(modulation.bandwidth_hz))
    if rate not in rules.payload_bytes:
        known = ", ".join(f"SF{factor}/{hertz // 1000} kHz" for factor, hertz in sorted(rules.payload_bytes))
        got = f"SF{modulation.spreading_factor}/{modulation.bandwidth_hz / 1e3:g} kHz"
        raise ValueError(f"The data rates of the region are {known}; got {got}.")
    return rules.payload_bytes[rate]
