"""What the way takes from a signal: the parts of the section `propagation`.

The section is a chain of parts whose losses add. Path loss depends on the distance alone; shadowing on the link,
through draws that are a pure function of the seed and the two peers.
"""

from collections.abc import Iterable
from typing import ClassVar, Protocol, final, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cosim.part import NonNegative, Positive, part
from cosim.rng import LEAST_HASHED, hashed_uniforms, philox_key
from radio_models.propagation import free_space_db, log_distance_db
from radio_models.shadowing import log_normal_db, standard_normals

Floats = float | NDArray[np.float64]
Peers = int | NDArray[np.int64]


class Propagation(Protocol):
    """One loss of a chain; `fixed` if it depends on the two peers alone, so that it need not be computed again."""

    @property
    def fixed(self) -> bool:
        """Whether neither distance nor time changes the loss of a link."""
        ...

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss of links [dB]; the arguments broadcast.

        Args:
            distance_m: lengths of the links.
            senders: sending peers.
            receivers: receiving peers.
            seed: the world seed.
        """
        ...


@runtime_checkable
class Bounded(Protocol):
    """A loss that can say below what it never falls: then peers that are out of reach need not be looked at."""

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """No link of this length or longer loses less, whoever is at its ends [dB]; it never falls with the length."""
        ...


def least_loss_db(chain: Iterable[Propagation], distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a chain takes at least from links of these lengths or longer [dB]; -inf where a part of it has no bound."""
    total = np.zeros(distance_m.shape)
    for loss in chain:
        total = total + (loss.least_loss_db(distance_m) if isinstance(loss, Bounded) else -np.inf)
    return total


def total_loss_db(
    chain: Iterable[Propagation], distance_m: Floats, senders: Peers, receivers: Peers, seed: int
) -> NDArray[np.float64]:
    """Sum of the losses of a chain [dB], in the broadcast shape of distance, senders and receivers; 0 for none."""
    total = np.zeros(np.broadcast(distance_m, senders, receivers).shape)
    for loss in chain:
        total = total + loss.loss_db(distance_m, senders, receivers, seed)
    return total


@final
@part
class FreeSpace:
    """Free space between isotropic antennas (Friis 1946; see `radio_models.propagation.free_space_db`).

    Attributes:
        frequency_hz: carrier frequency.
    """

    fixed: ClassVar[bool] = False

    frequency_hz: Positive

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss by distance [dB]; never below 0."""
        return free_space_db(distance_m, self.frequency_hz)

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """The loss itself [dB]."""
        return free_space_db(distance_m, self.frequency_hz)


@final
@part
class LogDistance:
    """Log-distance path loss, flat below the reference (see `radio_models.propagation.log_distance_db`).

    Attributes:
        exponent: path-loss exponent.
        reference_loss_db: loss at the reference distance.
        reference_m: reference distance.
    """

    fixed: ClassVar[bool] = False

    exponent: Positive
    reference_loss_db: NonNegative
    reference_m: Positive = 1.0

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        return log_distance_db(distance_m, self.exponent, self.reference_loss_db, self.reference_m)

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """The loss itself [dB]."""
        return log_distance_db(distance_m, self.exponent, self.reference_loss_db, self.reference_m)


@final
@part
class LogNormalShadowing:
    """One normal draw of shadowing per link, the same for the whole run (see `radio_models.shadowing`).

    Neither motion nor distance changes it: links are independent, without correlation in space.

    Attributes:
        sigma_db: standard deviation.
        reciprocal: both directions of a link share their draw.
    """

    fixed: ClassVar[bool] = True

    sigma_db: NonNegative
    reciprocal: bool = True

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss by link [dB], of either sign; the mean over links is 0."""
        _, first, second = np.broadcast_arrays(distance_m, senders, receivers)
        if self.reciprocal:
            first, second = np.minimum(first, second), np.maximum(first, second)
        counters = np.zeros((*first.shape, 4), dtype=np.uint64)
        counters[..., 0], counters[..., 1], counters[..., 2] = first, second, 0 if self.reciprocal else 1
        uniforms = hashed_uniforms(philox_key(seed, "shadowing"), counters)
        return log_normal_db(standard_normals(uniforms), self.sigma_db)

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """The luckiest draw there is: -8.21 standard deviations, since the uniform numbers have 52 bits [dB]."""
        return np.full(np.shape(distance_m), log_normal_db(standard_normals(LEAST_HASHED), self.sigma_db))
