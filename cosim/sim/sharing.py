"""How stations that have something to send share the air: what transfer fidelity knows of a way of access.

The fluid of `cosim.sim.fluid` asks how many attempts each active station makes in a second, and how often one starts in
the same slot as a neighbour's. A way of access in which nobody listens before sending answers that for each by itself.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, final

from radio_models.dcf import Dcf, saturation


class Claim(NamedTuple):
    """An active station.

    Attributes:
        frame_s: air time of its frames.
        acknowledged: whether it repeats them until they are answered.
        error: probability that an attempt fails for another reason than a start in the same slot.
        rivals: active stations it shares the air with, as bits of their places among the claims.
        weight: how lucky it is against them, 1 on average.
    """

    frame_s: float
    acknowledged: bool
    error: float
    rivals: int
    weight: float


class Grant(NamedTuple):
    """What an active station gets.

    Attributes:
        attempts_per_s: frames it sends in a second.
        meets: probability that an attempt starts in the same slot as one of a given rival.
        spread: variance of what it delivers over the binomial one.
    """

    attempts_per_s: float
    meets: float
    spread: float


class Sharing(Protocol):
    """A way of access."""

    label: str
    senses: bool
    """Whether stations keep quiet while they notice others."""

    def attempts_s(self, frame_s: float, acknowledged: bool) -> list[float]:
        """Seconds that n attempts at a frame, the last of them answered, take on an empty air; n from 0 to the most."""
        ...

    def cycle_s(self, frame_s: float, acknowledged: bool, loss: float) -> float:
        """Mean seconds of an attempt on an empty air, if one fails with a probability."""
        ...

    def grants(self, claims: Sequence[Claim]) -> list[Grant]:
        """What each of some stations gets; stations that are not listed do not keep them from sending."""
        ...


@final
class DcfSharing:
    """IEEE 802.11 DCF: the slot model where all hear each other, the hard-core process of ideal CSMA elsewhere.

    In a clique of n stations each is on the air as the slot model says. In other graphs the stationary law of
    ideal CSMA (Boorstyn, Kershenbaum, Maglaris, Sahin, IEEE Trans. Commun. 35(3), 1987, eqs. 1-3) is taken, with weights
    that make it agree with the slot model in a clique of as many stations as each one has rivals; a reconstruction (B).
    """

    label = "medium: csma_ca (fluid shares of the slot model)"
    senses = True

    def __init__(self, dcf: Dcf) -> None:
        self._dcf = dcf
        self._answer_s = dcf.sifs_s + dcf.ack_s

    def attempts_s(self, frame_s: float, acknowledged: bool) -> list[float]:
        """See Sharing: DIFS and mean backoff before each attempt, the window doubled after each that failed."""
        dcf, total_s = self._dcf, 0.0
        if not acknowledged:
            return [0.0, dcf.difs_s + 0.5 * dcf.cw_min * dcf.slot_s + frame_s]
        sums_s = [0.0]
        for attempt in range(dcf.max_attempts):
            window = min((dcf.cw_min + 1 << attempt) - 1, dcf.cw_max)
            total_s += dcf.difs_s + 0.5 * window * dcf.slot_s + frame_s
            sums_s.append(total_s + self._answer_s)
            total_s += dcf.ack_timeout_s
        return sums_s

    def cycle_s(self, frame_s: float, acknowledged: bool, loss: float) -> float:
        """See Sharing."""
        dcf = self._dcf
        idle_s = dcf.difs_s + saturation(1, dcf, acknowledged=acknowledged, error=loss).idle_slots * dcf.slot_s
        answer_s = loss * dcf.ack_timeout_s + (1.0 - loss) * self._answer_s if acknowledged else 0.0
        return idle_s + frame_s + answer_s

    def grants(self, claims: Sequence[Claim]) -> list[Grant]:
        """See Sharing."""
        everybody = (1 << len(claims)) - 1
        clique = all(claim.rivals | 1 << i == everybody for i, claim in enumerate(claims))
        means, busy_s, weights = [], [], []
        for claim in claims:
            stations = 1 + claim.rivals.bit_count()
            mean = saturation(stations, self._dcf, acknowledged=claim.acknowledged, error=claim.error)
            answered = mean.attempts * (1.0 - mean.collision) if claim.acknowledged else 0.0
            held_s = claim.frame_s + answered * self._answer_s
            means.append(mean)
            busy_s.append(held_s)
            idle_s = self._dcf.difs_s + mean.idle_slots * self._dcf.slot_s
            weights.append(claim.weight * held_s / (stations * idle_s))
        shares = _of_clique(weights) if clique else _of_graph([claim.rivals for claim in claims], weights)
        return [
            Grant(share / held_s * mean.attempts, _with_one(mean.collision, claim.rivals.bit_count()), mean.spread)
            for claim, mean, held_s, share in zip(claims, means, busy_s, shares, strict=True)
        ]


def _of_clique(weights: Sequence[float]) -> list[float]:
    total = 1.0 + sum(weights)
    return [weight / total for weight in weights]


def _of_graph(rivals: Sequence[int], weights: Sequence[float]) -> list[float]:
    from radio_models.air_share import air_shares

    return list(air_shares(rivals, weights))


def _with_one(collision: float, rivals: int) -> float:
    """Probability to meet one given rival, if that to meet any of them is known and they are alike."""
    return 1.0 - (1.0 - collision) ** (1.0 / rivals) if rivals else 0.0
