"""The radio of Bluetooth Low Energy."""

from functools import lru_cache
from typing import Annotated, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.part import Count, Index, PartOf, PowerDbm, part
from cosim.sim.chip_radio import ChipRadio
from cosim.sim.radio import Floats, Frames, Sizes, fragments
from radio_models import ble
from radio_models.transceivers import Transceiver
from radio_models.transceivers_short_range import nrf52840_ble_1m

MOST_HEADER_BYTES = 20


@lru_cache(maxsize=4096)
def _frames(payload_bits: int, fragment_bytes: int, header_bytes: int, name: str, mic: bool) -> Frames:
    how = ble.phy(name)
    count, last_bytes = fragments(payload_bits, fragment_bytes)
    sizes = [fragment_bytes + header_bytes, last_bytes + header_bytes]
    full_s, last_s = ble.packet_s(sizes, how, mic=mic).tolist()
    full_bits, last_bits = ble.packet_bits(sizes, how, mic=mic).tolist()
    return Frames(count, fragment_bytes, last_bytes, full_s, last_s, int(full_bits), int(last_bits))


@final
@part
class BluetoothLowEnergy(ChipRadio):
    """Data packets of the link layer, as they follow each other within a connection event.

    A packet of the link layer is a fragment; the answer to a unicast packet is an empty packet after 150 us, and the
    next one follows 150 us later. A broadcast is what an isochronous broadcaster sends: packets without answers. Left
    out: connection events and their interval, advertising, channel hopping (and so what it gains against interference
    and fading), supervision time-outs: the real link layer repeats until one of these, not `max_attempts` times.

    Attributes:
        tx_power_dbm: transmit power, antenna gain included.
        phy: 1M, 2M, or coded at 500 kb/s (S2) or 125 kb/s (S8).
        sensitivity_dbm: level with 0.1 % of wrong bits; without one that of the nRF52840 on this PHY.
        payload_bytes: payload of a full packet, 27 without and up to 251 with the length extension.
        header_bytes: of each packet, for the layers above: L2CAP 4 and ATT 3.
        encrypted: a message integrity check of 4 bytes in each packet.
        max_attempts: transmissions of a unicast packet in all.
        transceiver: state powers.
    """

    source: ClassVar[str] = (
        "Bluetooth Core 5, vol. 6 B 2 (air time, A); GFSK as non-coherent FSK, Proakis 5.4-53, tied to the sensitivity"
        " of the nRF52840 product specification (reconstruction; 1M A, others B)"
    )

    tx_power_dbm: PowerDbm = 0.0
    phy: Literal["1M", "2M", "S2", "S8"] = "1M"
    sensitivity_dbm: Annotated[float, Field(ge=-130, le=0)] | None = None
    payload_bytes: Annotated[int, Field(ge=ble.SHORT_PAYLOAD_BYTES, le=ble.LARGEST_PAYLOAD_BYTES)] = (
        ble.LARGEST_PAYLOAD_BYTES
    )
    header_bytes: Annotated[Index, Field(le=MOST_HEADER_BYTES)] = 7
    encrypted: bool = False
    max_attempts: Count = 16
    transceiver: Annotated[Transceiver, PartOf("transceiver")] = nrf52840_ble_1m

    @property
    def fragment_bytes(self) -> int:
        """What the headers leave of the payload."""
        return self.payload_bytes - self.header_bytes

    @property
    def noise_dbm(self) -> float:
        """What its sensitivity implies."""
        return ble.noise_dbm(ble.SENSITIVITY_DBM[self.phy] if self.sensitivity_dbm is None else self.sensitivity_dbm)

    @property
    def detection_snr_db(self) -> float:
        """10.8 dB, where half of the access addresses are free of errors."""
        return ble.detection_snr_db()

    @property
    def gap_s(self) -> float:
        """T_IFS."""
        return ble.INTERFRAME_S

    @property
    def ack_gap_s(self) -> float:
        """T_IFS."""
        return ble.INTERFRAME_S

    @property
    def ack_airtime_s(self) -> float:
        """An empty packet."""
        return float(ble.packet_s(0, ble.phy(self.phy)))

    @property
    def ack_bits(self) -> int:
        """72."""
        return int(ble.packet_bits(0, ble.phy(self.phy)))

    def frames(self, payload_bits: int) -> Frames:
        """The packets of a message; bits are those from access address to CRC, before coding."""
        return _frames(payload_bits, self.fragment_bytes, self.header_bytes, self.phy, self.encrypted)

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """Probability of an error from the access address to the CRC."""
        sizes = np.asarray(payload_bytes) + self.header_bytes
        return ble.packet_error_rate(snr_db, ble.packet_bits(sizes, ble.phy(self.phy), mic=self.encrypted))

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """The same for an empty packet."""
        return ble.packet_error_rate(snr_db, self.ack_bits)
