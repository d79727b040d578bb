"""What radios of one chip with one channel have in common: places, noise, watts by level."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cosim.part import PartOf, PowerDbm, part
from cosim.sim.device import domain_faults
from cosim.sim.radio import Floats, Frames, Sizes, level_faults
from radio_models.transceivers import Transceiver, ideal


@part
class ChipRadio(ABC):
    """A transceiver that hears what is strong enough for it, and sends at levels its chip knows.

    Attributes:
        tx_power_dbm: transmit power, antenna gain included.
        transceiver: state powers.
    """

    source: ClassVar[str]
    """Where the model comes from, in one line."""
    prices: ClassVar[frozenset[str]] = frozenset({"transceiver"})
    """Parameters that set watts and nothing else."""

    tx_power_dbm: PowerDbm = 0.0
    transceiver: Annotated[Transceiver, PartOf("transceiver")] = ideal

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The watts of the transceiver must add up with those of every device, and cover what is radiated."""
        yield from domain_faults(scenario, self.transceiver.domain, self.idle_w)
        for path, level_dbm in self._levels(scenario):
            for fault in (*level_faults(self.transceiver, level_dbm), *self._rules(level_dbm)):
                yield path, fault

    def _levels(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], float]]:
        yield ("radio", "tx_power_dbm"), self.tx_power_dbm
        for name, group in scenario.peers.items():
            if group.tx_power_dbm is not None:
                yield ("peers", name, "tx_power_dbm"), group.tx_power_dbm

    def _rules(self, tx_power_dbm: float) -> Iterator[str]:
        """What forbids a level, beside the chip."""
        yield from ()

    @property
    @abstractmethod
    def noise_dbm(self) -> float:
        """Noise level of the receiver."""

    @property
    @abstractmethod
    def detection_snr_db(self) -> float:
        """Ratio below which nothing is noticed."""

    @property
    @abstractmethod
    def fragment_bytes(self) -> int:
        """Payload bytes of a full frame."""

    @abstractmethod
    def frames(self, payload_bits: int) -> Frames:
        """The frames of a message."""

    @abstractmethod
    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that one transmission of a frame is not decoded."""

    def adapted(self, snr_db: float) -> Self:
        """Itself: there is one rate."""
        return self

    @property
    def uses_positions(self) -> bool:
        """Losses follow distances."""
        return True

    @property
    def adapts_power(self) -> bool:
        """Watts are the same at any distance."""
        return False

    @property
    def latency_s(self) -> float:
        """None beyond the time on air."""
        return 0.0

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
        """Power while sending, by the levels of the transceiver."""
        return self.transceiver.sending_w(tx_power_dbm)

    def snr_db(self, loss_db: Floats, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """Mean ratio of signal to noise in the channel."""
        return np.asarray(tx_power_dbm) - np.asarray(loss_db) - self.noise_dbm

    def hears(self, snr_db: Floats, distance_m: Floats) -> NDArray[np.bool_]:
        """Whether a frame is noticed."""
        snr, _ = np.broadcast_arrays(np.asarray(snr_db, dtype=np.float64), distance_m)
        return snr >= self.detection_snr_db

    @property
    def farthest_m(self) -> float:
        """Only the loss counts."""
        return float("inf")

    def most_loss_db(self, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """What leaves just enough to be noticed."""
        return np.asarray(tx_power_dbm, dtype=np.float64) - (self.noise_dbm + self.detection_snr_db)
