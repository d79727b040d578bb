"""How peers transmit: what every part of the section `radio` offers.

A radio cuts a message into frames, prices them in seconds and watts, and says with what probability a hearer loses one.
It is parameters and pure functions; the medium draws the losses. The parts are in `wifi`, `erasure` and `first_order`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from radio_models.transceivers import Transceiver
from radio_models.units import BITS_PER_BYTE, bits_to_bytes, dbm_to_w

Floats = float | NDArray[np.float64]
Sizes = int | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a message: `count - 1` full ones and a last one, which may be shorter.

    Attributes:
        count: frames, at least 1.
        full_bytes: payload bytes of a full frame.
        last_bytes: payload bytes of the last frame.
        full_airtime_s: time on air of a full frame.
        last_airtime_s: time on air of the last frame.
        full_bits: bits of a full frame with all headers.
        last_bits: bits of the last frame with all headers.
    """

    count: int
    full_bytes: int
    last_bytes: int
    full_airtime_s: float
    last_airtime_s: float
    full_bits: int
    last_bits: int


class Radio(Protocol):
    """What the medium, the graph and the energy account ask of a radio."""

    source: ClassVar[str]
    """Where the model comes from, in one line."""

    @property
    def tx_power_dbm(self) -> float:
        """Transmit power, unless a peer has its own."""
        ...

    @property
    def noise_dbm(self) -> float:
        """Noise level of a receiver; not a number where the radio knows no noise."""
        ...

    def adapted(self, snr_db: float) -> "Radio":
        """The same radio at the rate that its rate control chooses for a mean SNR; itself where there is no choice."""
        ...

    @property
    def max_attempts(self) -> int:
        """Transmissions of a unicast frame in all, the first one included."""
        ...

    @property
    def fragment_bytes(self) -> int:
        """Payload bytes of a full frame."""
        ...

    @property
    def transceiver(self) -> Transceiver:
        """State powers, and what they include."""
        ...

    @property
    def uses_positions(self) -> bool:
        """False where places and distances change nothing."""
        ...

    @property
    def adapts_power(self) -> bool:
        """Whether the power of sending follows the distance to the intended hearers."""
        ...

    @property
    def latency_s(self) -> float:
        """Delay from the end on air to the delivery."""
        ...

    @property
    def gap_s(self) -> float:
        """Idle time before each frame."""
        ...

    @property
    def ack_gap_s(self) -> float:
        """Time between a unicast frame and its acknowledgement; broadcasts have none."""
        ...

    @property
    def ack_airtime_s(self) -> float:
        """Time on air of an acknowledgement; 0 where it costs nothing."""
        ...

    @property
    def ack_bits(self) -> int:
        """Bits of an acknowledgement; 0 where it costs nothing."""
        ...

    @property
    def idle_w(self) -> float:
        """Power while listening."""
        ...

    @property
    def receive_w(self) -> float:
        """Power while receiving."""
        ...

    @property
    def sleep_w(self) -> float:
        """Power while asleep."""
        ...

    def transmit_w(self, tx_power_dbm: float, reach_m: float) -> float:
        """Power while sending at a level to an intended hearer at most so far away."""
        ...

    def frames(self, payload_bits: int) -> Frames:
        """The frames of a message."""
        ...

    def snr_db(self, loss_db: Floats, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """Mean ratio of signal to noise at a hearer; not a number where the radio has none."""
        ...

    def hears(self, snr_db: Floats, distance_m: Floats) -> NDArray[np.bool_]:
        """Whether a hearer notices a frame at all; else nothing of it arrives and nothing is spent on it."""
        ...

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that one transmission of a frame is lost at a hearer that notices it."""
        ...

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """Probability that an acknowledgement is lost, given the ratio on the reverse link."""
        ...


@runtime_checkable
class Limited(Protocol):
    """A radio that can say whom it never reaches: then peers that are out of reach need not be looked at."""

    @property
    def farthest_m(self) -> float:
        """Nobody beyond this distance notices a frame; inf for no such distance."""
        ...

    def most_loss_db(self, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """Nobody notices a frame sent at a level that loses more than this; inf for no such loss."""
        ...


def overheard_s(radio: Radio, airtime_s: float) -> float:
    """Seconds for which a bystander receives a frame that is for somebody else, of so many seconds on air.

    All of them, or where the transceiver drops such frames those of the headers: `radio.header_s` if the radio has it,
    else those of a frame without payload.
    """
    if radio.transceiver.overhearing == "full":
        return airtime_s
    header_s: float | None = getattr(radio, "header_s", None)
    return min(airtime_s, radio.frames(0).last_airtime_s if header_s is None else header_s)


def level_faults(transceiver: Transceiver, tx_power_dbm: float) -> Iterator[str]:
    """For the check of a radio: whether its transceiver can send at a level, and draws what it radiates."""
    try:
        drawn_w = transceiver.sending_w(tx_power_dbm)
    except ValueError as error:
        yield str(error)
        return
    radiated_w = float(dbm_to_w(tx_power_dbm))
    if 0.0 < drawn_w < radiated_w:
        drawn = f"the transceiver draws {drawn_w:g} W while sending: give it the watts of that level"
        yield f"{tx_power_dbm:g} dBm are {radiated_w:.3g} W, but {drawn}"


def fragments(payload_bits: int, fragment_bytes: int) -> tuple[int, int]:
    """Number of fragments of a message and bytes of the last one; an empty message is one empty fragment."""
    payload_bytes = bits_to_bytes(payload_bits)
    count = max(1, -(-payload_bytes // fragment_bytes))
    return count, payload_bytes - (count - 1) * fragment_bytes


@lru_cache(maxsize=4096)
def plain_frames(payload_bits: int, fragment_bytes: int, header_bytes: int, rate_bit_per_s: float) -> Frames:
    """Frames whose time on air is their bits, headers included, over the rate."""
    count, last_bytes = fragments(payload_bits, fragment_bytes)
    full_bits, last_bits = (BITS_PER_BYTE * (size + header_bytes) for size in (fragment_bytes, last_bytes))
    full_s, last_s = full_bits / rate_bit_per_s, last_bits / rate_bit_per_s
    return Frames(count, fragment_bytes, last_bytes, full_s, last_s, full_bits, last_bits)
