"""What the way takes from a signal: the chain of the section `propagation`.

The section is a chain of parts whose losses add. Path loss depends on the distance alone; shadowing on the link or on
the places of its ends; antennas and devices on the two peers. All are the mean loss of a link; parts that fade fast are
apart (see `fading`). Draws are a pure function of the seed and the two peers.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple, Protocol, cast, final, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cosim.part import NonNegative, Positive, part
from cosim.rng import LEAST_HASHED, hashed_uniforms, philox_key
from radio_models.propagation import free_space_db, log_distance_db
from radio_models.shadowing import log_normal_db, standard_normals

Floats = float | NDArray[np.float64]
Peers = int | NDArray[np.int64]


ANY_DISTANCE_M = (0.0, float("inf"))


class Ends(NamedTuple):
    """Places of the ends of some links [m], shape (..., 2) each; they broadcast like the links' peers."""

    senders_m: NDArray[np.float64]
    receivers_m: NDArray[np.float64]


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


@runtime_checkable
class Placed(Protocol):
    """A loss that depends on where the two ends are; it has this instead of `loss_db`."""

    @property
    def fixed(self) -> bool:
        """False: peers may move."""
        ...

    def placed_loss_db(self, ends: Ends, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss of links [dB], in the broadcast shape of places and peers."""
        ...

    def steady_m(self, change_db: float) -> float:
        """How far both ends together may move until the loss has changed by so much (root mean square) [m]."""
        ...


Loss = Propagation | Placed
"""One loss of a chain."""


@runtime_checkable
class Grouped(Protocol):
    """A loss that is one for some groups of peers: it must be told who they are before it says anything."""

    def bound(self, groups: Mapping[str, Sequence[int]]) -> Propagation:
        """The loss, with the numbers of the peers of each group."""
        ...


def bound(chain: Iterable[Loss], groups: Mapping[str, Sequence[int]]) -> tuple[Loss, ...]:
    """A chain whose parts know the peers of each group."""
    return tuple(loss.bound(groups) if isinstance(loss, Grouped) else loss for loss in chain)


def least_loss_db(chain: Iterable[Loss], distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a chain takes at least from links of these lengths or longer [dB]; -inf where a part of it has no bound."""
    total = np.zeros(distance_m.shape)
    for loss in chain:
        part: object = loss
        total = total + (part.least_loss_db(distance_m) if isinstance(part, Bounded) else -np.inf)
    return total


def total_loss_db(
    chain: Iterable[Loss],
    distance_m: Floats,
    senders: Peers,
    receivers: Peers,
    seed: int,
    ends: Ends | None = None,
) -> NDArray[np.float64]:
    """Sum of the losses of a chain [dB], in the broadcast shape of distance, senders and receivers; 0 for none.

    Where a loss depends on places, `ends` must be given.
    """
    total = np.zeros(np.broadcast(distance_m, senders, receivers).shape)
    for loss in chain:
        if ends is not None and hasattr(loss, "placed_loss_db"):
            total = total + cast(Placed, loss).placed_loss_db(ends, senders, receivers, seed)
        else:
            total = total + cast(Propagation, loss).loss_db(distance_m, senders, receivers, seed)
    return total


class PathLoss(ABC):
    """A loss that follows the distance alone and never falls with it.

    `range_m` is where its formula holds; nearer or farther it is extrapolated, and the run says so.
    """

    fixed: ClassVar[bool] = False

    @property
    def range_m(self) -> tuple[float, float]:
        """Planar distances for which the model was made."""
        return ANY_DISTANCE_M

    @abstractmethod
    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by planar distance [dB]; never below 0."""

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        return self.over_m(distance_m)

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """The loss itself [dB]."""
        return self.over_m(distance_m)


@final
@part
class FreeSpace(PathLoss):
    """Free space between isotropic antennas (Friis 1946; see `radio_models.propagation.free_space_db`).

    Attributes:
        frequency_hz: carrier frequency.
    """

    source: ClassVar[str] = "H. T. Friis, Proc. IRE 34(5), 1946, equation (1) (A)"

    frequency_hz: Positive

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by distance [dB]; never below 0."""
        return free_space_db(distance_m, self.frequency_hz)


@final
@part
class LogDistance(PathLoss):
    """Log-distance path loss, flat below the reference (see `radio_models.propagation.log_distance_db`).

    Attributes:
        exponent: path-loss exponent.
        reference_loss_db: loss at the reference distance.
        reference_m: reference distance.
    """

    source: ClassVar[str] = "T. S. Rappaport, Wireless Communications, 2nd ed., 2002, equation (4.68) (A)"

    exponent: Positive
    reference_loss_db: NonNegative
    reference_m: Positive = 1.0

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        return log_distance_db(distance_m, self.exponent, self.reference_loss_db, self.reference_m)


def link_uniforms(
    seed: int, purpose: str, distance_m: Floats, senders: Peers, receivers: Peers, reciprocal: bool
) -> NDArray[np.float64]:
    """One uniform number per link, in the broadcast shape of the three; the same both ways if reciprocal."""
    _, first, second = np.broadcast_arrays(distance_m, senders, receivers)
    if reciprocal:
        first, second = np.minimum(first, second), np.maximum(first, second)
    counters = np.zeros((*first.shape, 4), dtype=np.uint64)
    counters[..., 0], counters[..., 1], counters[..., 2] = first, second, 0 if reciprocal else 1
    return hashed_uniforms(philox_key(seed, purpose), counters)


@final
@part
class LogNormalShadowing:
    """One normal draw of shadowing per link, the same for the whole run (see `radio_models.shadowing`).

    Neither motion nor distance changes it: links are independent, without correlation in space (`correlated_shadowing`
    has that).

    Attributes:
        sigma_db: standard deviation.
        reciprocal: both directions of a link share their draw.
    """

    source: ClassVar[str] = "T. S. Rappaport, Wireless Communications, 2nd ed., 2002, equation (4.69a) (A)"
    fixed: ClassVar[bool] = True

    sigma_db: NonNegative
    reciprocal: bool = True

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss by link [dB], of either sign; the mean over links is 0."""
        uniforms = link_uniforms(seed, "shadowing", distance_m, senders, receivers, self.reciprocal)
        return log_normal_db(standard_normals(uniforms), self.sigma_db)

    def least_loss_db(self, distance_m: Floats) -> NDArray[np.float64]:
        """The luckiest draw there is: -8.21 standard deviations, since the uniform numbers have 52 bits [dB]."""
        return np.full(np.shape(distance_m), log_normal_db(standard_normals(LEAST_HASHED), self.sigma_db))
