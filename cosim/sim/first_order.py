"""The first-order radio: a disc of reach, and joules per bit that grow with the distance."""

from typing import ClassVar, Self, final

import numpy as np
from numpy.typing import NDArray

from cosim.part import Count, Index, NonNegative, Positive, part
from cosim.sim.radio import Floats, Frames, Sizes, plain_frames
from radio_models import first_order
from radio_models.transceivers import Transceiver

_SOURCE = "joules per bit of Heinzelman et al. 2002 times the rate"


@final
@part
class FirstOrder:
    """Heinzelman's radio (2002; see `radio_models.first_order`) with perfect reception within a range.

    The sender adapts its amplifier to the farthest hearer it means to reach. Listening, sleeping and acknowledgements
    cost nothing: compare it with other radios only by name.

    Attributes:
        rate_bit_per_s: rate on air; watts are joules per bit times this rate, so joules do not depend on it.
        range_m: all frames arrive up to this distance, none beyond.
        e_elec_j_per_bit: energy of the circuits of sender or receiver.
        e_fs_j_per_bit_m2: amplifier below the crossover distance.
        e_mp_j_per_bit_m4: amplifier from the crossover distance on.
        header_bytes: bytes added to each frame.
        fragment_bytes: payload bytes of a full frame.
        max_attempts: transmissions of a unicast frame in all; within range the first one arrives.
    """

    source: ClassVar[str] = (
        "first-order radio: W. Heinzelman et al., IEEE Trans. Wireless Communications 1(4), 2002 (A)"
    )

    prices: ClassVar[frozenset[str]] = frozenset({"e_elec_j_per_bit", "e_fs_j_per_bit_m2", "e_mp_j_per_bit_m4"})
    """Parameters that set joules and nothing else."""

    rate_bit_per_s: Positive
    range_m: Positive
    e_elec_j_per_bit: NonNegative = first_order.ELECTRONICS_J_PER_BIT
    e_fs_j_per_bit_m2: Positive = first_order.FREE_SPACE_J_PER_BIT_M2
    e_mp_j_per_bit_m4: Positive = first_order.MULTIPATH_J_PER_BIT_M4
    header_bytes: Index = 0
    fragment_bytes: Count = 1472
    max_attempts: Count = 7

    @property
    def transceiver(self) -> Transceiver:
        """Watts of the states; those of sending at full reach."""
        return Transceiver(
            idle_w=self.idle_w,
            receive_w=self.receive_w,
            transmit_w=self.transmit_w(self.tx_power_dbm, self.range_m),
            sleep_w=self.sleep_w,
            source=_SOURCE,
        )

    @property
    def tx_power_dbm(self) -> float:
        """0; the amplifier follows the distance instead."""
        return 0.0

    @property
    def noise_dbm(self) -> float:
        """Not a number: the model knows no noise."""
        return float("nan")

    def adapted(self, snr_db: float) -> Self:
        """Itself: there is one rate."""
        return self

    @property
    def uses_positions(self) -> bool:
        """Reach and joules follow distances."""
        return True

    @property
    def adapts_power(self) -> bool:
        """The amplifier follows the distance."""
        return True

    @property
    def latency_s(self) -> float:
        """0."""
        return 0.0

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
        """0: the model knows no idle listening."""
        return 0.0

    @property
    def receive_w(self) -> float:
        """E_elec times the rate."""
        return self.rate_bit_per_s * float(first_order.receive_j(1, self.e_elec_j_per_bit))

    @property
    def sleep_w(self) -> float:
        """0: the model knows no sleep."""
        return 0.0

    def transmit_w(self, tx_power_dbm: float, reach_m: float) -> float:
        """Joules per bit to reach so far, times the rate."""
        return float(self.transmit_watts(reach_m))

    def transmit_watts(self, reach_m: Floats) -> NDArray[np.float64]:
        """The same for many reaches at once; what adapts its power and has this can be priced after a run."""
        amplifier = (self.e_fs_j_per_bit_m2, self.e_mp_j_per_bit_m4)
        return self.rate_bit_per_s * first_order.transmit_j(1, reach_m, self.e_elec_j_per_bit, *amplifier)

    def frames(self, payload_bits: int) -> Frames:
        """The frames of a message."""
        return plain_frames(payload_bits, self.fragment_bytes, self.header_bytes, self.rate_bit_per_s)

    def snr_db(self, loss_db: Floats, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """Not a number: the model knows no noise."""
        return np.full(np.broadcast(loss_db, tx_power_dbm).shape, np.nan)

    def hears(self, snr_db: Floats, distance_m: Floats) -> NDArray[np.bool_]:
        """Whether the distance is within range."""
        _, distance = np.broadcast_arrays(snr_db, np.asarray(distance_m, dtype=np.float64))
        return distance <= self.range_m

    @property
    def farthest_m(self) -> float:
        """The range."""
        return self.range_m

    def most_loss_db(self, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """Only the distance counts."""
        return np.full(np.shape(tx_power_dbm), np.inf)

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """0: what is heard arrives. Beyond the range nothing is heard."""
        return np.zeros(np.broadcast(snr_db, payload_bytes).shape)

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """0."""
        return np.zeros(np.shape(snr_db))
