"""The erasure radio: every frame is lost with one constant probability, wherever the peers are."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.part import Count, Fraction, Index, NonNegative, PartOf, Positive, part
from cosim.sim.device import domain_faults
from cosim.sim.radio import Floats, Frames, Sizes, plain_frames
from radio_models.transceivers import Transceiver, ideal


@final
@part
class Erasure:
    """A packet erasure channel (P. Elias, "Coding for two noisy channels", 1955) with link ARQ.

    Everybody hears everybody. Air time is bits over rate, without gaps; acknowledgements take no time and no energy.

    Attributes:
        rate_bit_per_s: rate on air.
        loss: probability that one transmission of a frame is lost.
        latency_s: delay from the end on air to the delivery.
        header_bytes: bytes added to each frame.
        fragment_bytes: payload bytes of a full frame.
        max_attempts: transmissions of a unicast frame in all.
        ack_loss: probability that an acknowledgement is lost; without one, `loss`.
        transceiver: state powers.
    """

    source: ClassVar[str] = 'packet erasure channel: P. Elias, "Coding for two noisy channels", 1955'

    prices: ClassVar[frozenset[str]] = frozenset({"transceiver"})
    """Parameters that set watts and nothing else."""

    rate_bit_per_s: Positive
    loss: Fraction = 0.0
    latency_s: NonNegative = 0.0
    header_bytes: Index = 0
    fragment_bytes: Count = 1472
    max_attempts: Count = 7
    ack_loss: Annotated[float, Field(ge=0, le=1)] | None = None
    transceiver: Annotated[Transceiver, PartOf("transceiver")] = ideal

    @property
    def tx_power_dbm(self) -> float:
        """0; it changes nothing."""
        return 0.0

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The watts of the transceiver must add up with those of every device."""
        return domain_faults(scenario, self.transceiver.domain, self.idle_w)

    @property
    def noise_dbm(self) -> float:
        """Not a number: the model knows no noise."""
        return float("nan")

    def adapted(self, snr_db: float) -> Self:
        """Itself: there is one rate."""
        return self

    @property
    def uses_positions(self) -> bool:
        """Places change nothing."""
        return False

    @property
    def adapts_power(self) -> bool:
        """Distances change nothing."""
        return False

    @property
    def gap_s(self) -> float:
        """0."""
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

    @property
    def idle_w(self) -> float:
        """Power while listening."""
        return self.transceiver.idle_w

    @property
    def receive_w(self) -> float:
        """Power while receiving."""
        return self.transceiver.receive_w

    @property
    def sleep_w(self) -> float:
        """Power while asleep."""
        return self.transceiver.sleep_w

    def transmit_w(self, tx_power_dbm: float, reach_m: float) -> float:
        """Power while sending."""
        return self.transceiver.transmit_w

    def frames(self, payload_bits: int) -> Frames:
        """The frames of a message."""
        return plain_frames(payload_bits, self.fragment_bytes, self.header_bytes, self.rate_bit_per_s)

    def snr_db(self, loss_db: Floats, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """Not a number: there is neither signal nor noise."""
        return np.full(np.broadcast(loss_db, tx_power_dbm).shape, np.nan)

    def hears(self, snr_db: Floats, distance_m: Floats) -> NDArray[np.bool_]:
        """Always."""
        return np.ones(np.broadcast(snr_db, distance_m).shape, dtype=np.bool_)

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """`loss`, whatever the size."""
        return np.full(np.broadcast(snr_db, payload_bytes).shape, self.loss)

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """`ack_loss`, or `loss` without one."""
        return np.full(np.shape(snr_db), self.loss if self.ack_loss is None else self.ack_loss)
