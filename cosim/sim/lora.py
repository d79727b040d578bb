"""The radio of LoRa, within the rules of a region."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.part import Count, Index, PartOf, Positive, PowerDbm, part
from cosim.sim.chip_radio import ChipRadio
from cosim.sim.radio import Floats, Frames, Sizes, fragments
from radio_models import lora, lora_regions
from radio_models.lora_capture import Capture, capture_model
from radio_models.noise import noise_floor_dbm
from radio_models.transceivers import Transceiver
from radio_models.transceivers_lora import sx1276
from radio_models.units import BITS_PER_BYTE

ISOTROPIC_DB = 2.15
"""Gain of the half-wave dipole that radiated powers in Europe refer to."""
CHANNELS_HZ = {"eu868": 868.1e6, "us915": 902.3e6}
"""First channel of each region's band plan (LoRaWAN regional parameters 1.0.3, sections 2.2 and 2.3)."""


@lru_cache(maxsize=4096)
def _frames(payload_bits: int, fragment_bytes: int, header_bytes: int, modulation: lora.Modulation) -> Frames:
    count, last_bytes = fragments(payload_bits, fragment_bytes)
    full, last = fragment_bytes + header_bytes, last_bytes + header_bytes
    full_s, last_s = lora.time_on_air_s([full, last], modulation).tolist()
    return Frames(count, fragment_bytes, last_bytes, full_s, last_s, BITS_PER_BYTE * full, BITS_PER_BYTE * last)


@final
@part
class Lora(ChipRadio):
    """LoRa frames of LoRaWAN's size without acknowledgements, all of one spreading factor on one channel.

    A frame is received whole at the sensitivity and not at all below it, as in LoRaSim, FLoRa and the LoRaWAN module
    for ns-3; real receivers lose some frames over an edge of a few decibels. Where the region has a duty cycle a
    message is a train of frames with pauses (see `frame_train`). Receive windows, gateways' channels, confirmed frames
    and adaptive data rate are left out. A sender of unicasts never learns what arrived: for what must arrive there is
    `repair`.

    Attributes:
        tx_power_dbm: radiated power, antenna gain included.
        spreading_factor: 7 to 12.
        bandwidth_hz: with the spreading factor one of the region's data rates.
        coding_rate: redundant bits per four, 1 to 4 for 4/5 to 4/8.
        preamble_symbols: programmed preamble.
        region: eu868 or us915.
        frequency_hz: centre of the channel, which names the sub-band; without one the region's first channel.
        header_bytes: of each frame; 13 are LoRaWAN's.
        payload_bytes: payload of a full frame, if it shall be less than the region allows.
        sensitivity: where sensitivities come from: sx1272, lorasim or sx1301.
        capture: which of overlapping frames survive, for media with collisions: lorasim, flora or goursaud.
        transceiver: state powers.
    """

    source: ClassVar[str] = (
        "Semtech SX1276-79 data sheet rev. 4, 4.1.1.7 (air time, A); sensitivities and capture by name (A); LoRaWAN"
        " regional parameters 1.0.3 (payloads A); ETSI EN 300 220 (duty cycles B)"
    )
    medium_kind: ClassVar[str] = "aloha"
    """The medium that its signals share unless a scenario names another."""
    max_attempts: ClassVar[int] = 1

    tx_power_dbm: PowerDbm = 14.0
    spreading_factor: Annotated[int, Field(ge=7, le=12)] = 7
    bandwidth_hz: Positive = 125e3
    coding_rate: Annotated[int, Field(ge=1, le=4)] = 1
    preamble_symbols: Annotated[int, Field(ge=6, le=65535)] = 8
    region: Literal["eu868", "us915"] = "eu868"
    frequency_hz: Positive | None = None
    header_bytes: Annotated[Index, Field(le=33)] = lora_regions.LORAWAN_OVERHEAD_BYTES
    payload_bytes: Count | None = None
    sensitivity: Literal["sx1272", "lorasim", "sx1301"] = "sx1272"
    capture: Literal["lorasim", "flora", "goursaud"] = "goursaud"
    transceiver: Annotated[Transceiver, PartOf("transceiver")] = sx1276

    def __post_init__(self) -> None:
        most = lora_regions.largest_payload_bytes(self._rules_of_region, self.modulation)
        if self.payload_bytes is not None and self.payload_bytes > most:
            raise ValueError(f"payload_bytes is at most {most} at this data rate, not {self.payload_bytes}")
        if self.fragment_bytes + self.header_bytes > lora.LARGEST_PAYLOAD_BYTES:
            raise ValueError(f"header_bytes is at most {lora.LARGEST_PAYLOAD_BYTES - self.fragment_bytes} here")
        frame_s = float(lora.time_on_air_s(self.fragment_bytes + self.header_bytes, self.modulation))
        if frame_s > self._rules_of_region.dwell_s:
            longest_s = self._rules_of_region.dwell_s
            raise ValueError(f"a frame of {frame_s:.3g} s is longer than the {longest_s:g} s that {self.region} allows")
        self.threshold_dbm  # noqa: B018 (refuses what the source does not know)
        self.duty_cycle  # noqa: B018 (refuses a channel outside the sub-bands)

    @property
    def modulation(self) -> lora.Modulation:
        """How frames are sent."""
        return lora.Modulation(self.spreading_factor, self.bandwidth_hz, self.coding_rate, self.preamble_symbols)

    @property
    def channel_hz(self) -> float:
        """Centre of the channel."""
        return CHANNELS_HZ[self.region] if self.frequency_hz is None else self.frequency_hz

    @property
    def capture_model(self) -> Capture:
        """The capture model of the name."""
        return capture_model(self.capture)

    @property
    def _rules_of_region(self) -> lora_regions.Region:
        return lora_regions.region(self.region)

    @property
    def _sub_band(self) -> lora_regions.SubBand:
        return lora_regions.sub_band(self._rules_of_region, self.channel_hz, self.bandwidth_hz)

    @property
    def duty_cycle(self) -> float:
        """Largest share of time that a peer may send; 1 for no limit."""
        return self._sub_band.duty_cycle

    def _rules(self, tx_power_dbm: float) -> Iterator[str]:
        most_dbm = self._sub_band.power_dbm + ISOTROPIC_DB
        if tx_power_dbm > most_dbm:
            yield f"{self.region} allows at most {most_dbm:g} dBm (EIRP) on this channel, not {tx_power_dbm:g}"

    @property
    def fragment_bytes(self) -> int:
        """What the region allows, or less."""
        most = lora_regions.largest_payload_bytes(self._rules_of_region, self.modulation)
        return most if self.payload_bytes is None else self.payload_bytes

    @property
    def noise_dbm(self) -> float:
        """Thermal noise of the bandwidth and 6 dB."""
        return float(noise_floor_dbm(self.bandwidth_hz, lora.NOISE_FIGURE_DB))

    @property
    def threshold_dbm(self) -> float:
        """The sensitivity."""
        return lora.sensitivity_dbm(self.spreading_factor, self.bandwidth_hz, self.sensitivity)

    @property
    def detection_snr_db(self) -> float:
        """The sensitivity over the noise."""
        return self.threshold_dbm - self.noise_dbm

    @property
    def gap_s(self) -> float:
        """0: the pauses of a duty cycle are between transmissions, not within them."""
        return 0.0

    @property
    def ack_gap_s(self) -> float:
        """0."""
        return 0.0

    @property
    def ack_airtime_s(self) -> float:
        """0."""
        return 0.0

    @property
    def ack_bits(self) -> int:
        """0."""
        return 0

    def frames(self, payload_bits: int) -> Frames:
        """The frames of a message; bits are those of the PHY payload."""
        return _frames(payload_bits, self.fragment_bytes, self.header_bytes, self.modulation)

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """0 from the sensitivity on, 1 below it."""
        snr, _ = np.broadcast_arrays(np.asarray(snr_db, dtype=np.float64), payload_bytes)
        return np.where(snr >= self.detection_snr_db, 0.0, 1.0)

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """1: there is none."""
        return np.ones(np.shape(snr_db))
