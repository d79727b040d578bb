"""The radio of the 5G NR sidelink, an approximation."""

from functools import lru_cache
from typing import Annotated, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.part import Count, Index, NonNegative, PartOf, PowerDbm, part
from cosim.sim.chip_radio import ChipRadio
from cosim.sim.radio import Floats, Frames, Sizes, fragments
from radio_models import sidelink
from radio_models.noise import noise_floor_dbm
from radio_models.transceivers import Transceiver
from radio_models.transceivers_cellular import NrUe
from radio_models.units import BITS_PER_BYTE

CONTROL_BITS = 60
"""First-stage control information with its CRC, about (TS 38.212, 8.3.1.1)."""
CONTROL_ELEMENTS_PER_BLOCK = 9
"""Of the 12 subcarriers of a symbol of the control channel, those without reference signals (TS 38.211, 8.4.1.3)."""


@lru_cache(maxsize=4096)
def _frames(payload_bits: int, fragment_bytes: int, block_bits: int, slot_s: float) -> Frames:
    count, last_bytes = fragments(payload_bits, fragment_bytes)
    return Frames(count, fragment_bytes, last_bytes, slot_s, slot_s, block_bits, block_bits)


@lru_cache(maxsize=256)
def _block_bits(grid: sidelink.Grid, mcs: int) -> int:
    return sidelink.transport_block_bits(sidelink.data_elements(grid), mcs)


@final
@part
class NrSidelink(ChipRadio):
    """PC5 in mode 2: one transport block a slot, whole slots only, the last one padded.

    Left out: sensing and selection of resources (their delay is `gap_slots`; the medium decides about collisions),
    combining of repetitions (each attempt stands for itself, which costs up to 3 dB per repetition), errors of the
    feedback channel and the symbols it takes (up to 3 of 14), more than one layer, and control that fails while the
    data would not. See `radio_models.sidelink` for what is exact.

    Attributes:
        tx_power_dbm: transmit power, antenna gain included; at most 23 dBm for most user equipment.
        numerology: 0 to 3: 15, 30, 60 or 120 kHz, slots of 1, 0.5, 0.25 or 0.125 ms.
        subchannels: sub-channels of a transmission.
        subchannel_blocks: resource blocks of a sub-channel.
        mcs: modulation and coding scheme, 0 to 28.
        noise_figure_db: noise figure of the receiver.
        implementation_loss_db: what decoding needs beyond the normal approximation; an estimate.
        header_bytes: of each transport block, for MAC, RLC and PDCP.
        gap_slots: slots a sender leaves between its own.
        feedback_slots: slots from a unicast block to its feedback.
        max_attempts: transmissions of a unicast block in all.
        transceiver: state powers.
    """

    source: ClassVar[str] = (
        "3GPP TS 38.211, 38.214 V16 (slots, schemes, transport blocks B); errors by the normal approximation, Y."
        " Polyanskiy et al., IEEE Trans. Inf. Theory 56(5), 2010, and an estimated loss (approximation, C)"
    )

    tx_power_dbm: PowerDbm = 23.0
    numerology: Annotated[int, Field(ge=0, le=3)] = 1
    subchannels: Count = 5
    subchannel_blocks: Literal[10, 12, 15, 20, 25, 50, 75, 100] = 10
    mcs: Annotated[int, Field(ge=0, le=28)] = 11
    noise_figure_db: NonNegative = sidelink.USER_EQUIPMENT_NOISE_FIGURE_DB
    implementation_loss_db: NonNegative = 2.0
    header_bytes: Index = 12
    gap_slots: Index = 0
    feedback_slots: Index = 2
    max_attempts: Count = 4
    transceiver: Annotated[Transceiver, PartOf("transceiver")] = NrUe()

    def __post_init__(self) -> None:
        if self.fragment_bytes < 1:
            block = _block_bits(self.grid, self.mcs) // BITS_PER_BYTE
            raise ValueError(f"header_bytes leaves no room in a transport block of {block} bytes: {self.header_bytes}")

    @property
    def grid(self) -> sidelink.Grid:
        """What one transmission occupies."""
        return sidelink.check(sidelink.Grid(self.numerology, self.subchannels * self.subchannel_blocks))

    @property
    def fragment_bytes(self) -> int:
        """What the headers leave of a transport block."""
        return _block_bits(self.grid, self.mcs) // BITS_PER_BYTE - self.header_bytes

    @property
    def noise_dbm(self) -> float:
        """Noise in the resource blocks of a transmission."""
        return float(noise_floor_dbm(self.grid.bandwidth_hz, self.noise_figure_db))

    @property
    def detection_snr_db(self) -> float:
        """Where half of the first-stage control information is decoded: capacity, and the implementation loss."""
        elements = CONTROL_ELEMENTS_PER_BLOCK * self.grid.control_blocks * self.grid.control_symbols
        return 10.0 * float(np.log10(2.0 ** (CONTROL_BITS / elements) - 1.0)) + self.implementation_loss_db

    @property
    def gap_s(self) -> float:
        """The slots left between."""
        return self.gap_slots * self.grid.slot_s

    @property
    def ack_gap_s(self) -> float:
        """The slots to the feedback."""
        return self.feedback_slots * self.grid.slot_s

    @property
    def ack_airtime_s(self) -> float:
        """0: it is two symbols within a slot."""
        return 0.0

    @property
    def ack_bits(self) -> int:
        """0."""
        return 0

    def frames(self, payload_bits: int) -> Frames:
        """The transport blocks of a message, each a slot."""
        return _frames(payload_bits, self.fragment_bytes, _block_bits(self.grid, self.mcs), self.grid.slot_s)

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that a transport block is not decoded, whatever of it is padding."""
        snr, _ = np.broadcast_arrays(np.asarray(snr_db, dtype=np.float64), payload_bytes)
        bits = _block_bits(self.grid, self.mcs)
        return sidelink.block_error_rate(snr, bits, sidelink.data_elements(self.grid), self.implementation_loss_db)

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """0: feedback is one bit in a whole resource block."""
        return np.zeros(np.shape(snr_db))
