"""Antennas that gain, and devices that differ from each other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.fault import suggestion
from cosim.part import NonNegative, Real, part
from cosim.rng import hashed_uniforms, philox_key
from cosim.sim.propagation import Floats, Peers, Propagation
from radio_models.shadowing import standard_normals

MOST_SIGMAS = 5.0
"""Devices farther from the mean than so many standard deviations, 6 in 10 million, are taken to be sorted out."""
EXTREMES_DBI = 60.0
Gain = Annotated[Real, Field(ge=-EXTREMES_DBI, le=EXTREMES_DBI)]


@final
class Gains:
    """Gains of antennas, peer by peer."""

    fixed = True

    def __init__(self, transmit_dbi: NDArray[np.float64], receive_dbi: NDArray[np.float64]) -> None:
        """Take the gain of each peer in sending and in receiving [dBi]."""
        self._transmit_dbi = transmit_dbi
        self._receive_dbi = receive_dbi
        self._most_db = float(transmit_dbi.max(initial=0.0) + receive_dbi.max(initial=0.0))

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Minus the gains at both ends [dB]."""
        loss_db = -(self._transmit_dbi[senders] + self._receive_dbi[receivers])
        return np.broadcast_to(loss_db, np.broadcast_shapes(np.shape(distance_m), np.shape(loss_db)))

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """Minus the two largest gains [dB]."""
        return np.full(np.shape(distance_m), -self._most_db)


@final
@part
class AntennaGain:
    """Gain of an antenna in the direction of the other end, the same in all directions of the plane.

    The loss of a link is less by the sender's gain and by the receiver's (Friis 1946). Give the part once per group, or
    once for all; gains of several add. Leave it out where the transmit power includes the antenna's gain already.

    Attributes:
        transmit_dbi: gain over an isotropic antenna in sending; negative for a loss in cable or body.
        receive_dbi: the same in receiving.
        groups: names of the groups that have this antenna; null for all peers.
    """

    source: ClassVar[str] = "H. T. Friis, Proc. IRE 34(5), 1946 (A); gains are the scenario's"

    transmit_dbi: Gain = 0.0
    receive_dbi: Gain = 0.0
    groups: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] | None = None

    @property
    def fixed(self) -> bool:
        """Neither distance nor time counts."""
        return True

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The groups must be there."""
        for index, group in enumerate(self.groups or ()):
            if group not in scenario.peers:
                yield ("groups", index), f"there is no group '{group}'{suggestion(group, scenario.peers)}"

    def bound(self, groups: Mapping[str, Sequence[int]]) -> Propagation:
        """The gains of each peer."""
        having = np.zeros(sum(map(len, groups.values())))
        for name, peers in groups.items():
            having[list(peers)] = self.groups is None or name in self.groups
        return Gains(self.transmit_dbi * having, self.receive_dbi * having)


@final
@part
class DeviceVariation:
    """Devices of one type differ: each peer sends and hears somewhat better or worse than the radio's figures.

    Normal in dB and independent, one draw of each per peer for the whole run, cut off at five standard deviations.
    Links become directed: even where the way between is the same, the two directions differ by
    sqrt(2 (power^2 + sensitivity^2)) dB (standard deviation). Motes are known for it (M. Zuniga, B. Krishnamachari, "An
    analysis of unreliability and asymmetry in low-power wireless links", ACM Trans. Sensor Networks 3(2), 2007, who
    give the normal law).

    Attributes:
        power_sd_db: standard deviation of the transmit power.
        sensitivity_sd_db: standard deviation of the receiver's noise.
    """

    source: ClassVar[str] = "M. Zuniga, B. Krishnamachari, ACM Trans. Sensor Networks 3(2), 2007 (B)"
    fixed: ClassVar[bool] = True

    power_sd_db: NonNegative = 0.0
    sensitivity_sd_db: NonNegative = 0.0

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """What the receiver lacks, less what the sender has more [dB]; of either sign."""
        power = self.power_sd_db * _normals(seed, senders, 0)
        loss_db = self.sensitivity_sd_db * _normals(seed, receivers, 1) - power
        return np.broadcast_to(loss_db, np.broadcast_shapes(np.shape(distance_m), np.shape(loss_db)))

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """The best sender and the best receiver there can be [dB]."""
        return np.full(np.shape(distance_m), -MOST_SIGMAS * (self.power_sd_db + self.sensitivity_sd_db))


def _normals(seed: int, peers: Peers, role: int) -> NDArray[np.float64]:
    """One normal deviate per peer and role."""
    counters = np.zeros((*np.shape(peers), 4), dtype=np.uint64)
    counters[..., 0], counters[..., 1] = peers, role
    drawn = standard_normals(hashed_uniforms(philox_key(seed, "device"), counters))
    return np.clip(drawn, -MOST_SIGMAS, MOST_SIGMAS)
