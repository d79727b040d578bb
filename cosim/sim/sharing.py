"""How stations that have something to send share the air: what transfer fidelity knows of a way of access.

The fluid of `cosim.sim.fluid` asks how many attempts each active station makes in a second, and how often one starts
in the same slot as a rival's. Where nobody listens before sending there are no rivals, and each station answers
for itself.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, final

from cosim.sim.overlap import Overlap, unheard
from radio_models.dcf import Dcf, saturation
from radio_models.hidden_pair import hidden_loss

ALL_OF_IT = 0.999
"""No station and no group of rivals is on the air for more than this share of time."""
SWEEPS = 12
"""Turns in which shares of neighbours are brought to agree."""
AGREED = 2e-3
"""Largest relative change of a share in the last turn."""


class Claimant(Protocol):
    """An active station, as a way of access sees it.

    Attributes:
        frame_s: air time of its frames.
        acknowledged: whether it repeats them until they are answered.
        error: probability that an attempt fails for another reason than a start in the same slot.
        circles: its rivals, in groups of those who are each other's rivals.
        weight: how lucky it is against them, 1 on average.
        claim: mean time of keeping others from sending over that of waiting, on an air that only it uses.
        busy: share of time in which it keeps others from sending.
        on: share of time in which its data frames are on the air.
        attempts_per_s: frames it sends in a second.
        meets: probability that an attempt of a rival starts in the same slot as one of its own.
        spread: variance of what it delivers over the binomial one.
        survival: chance of its frames to survive one of a rival's that covers them.
    """

    frame_s: float
    acknowledged: bool
    error: float

    @property
    def circles(self) -> Sequence[Sequence["Claimant"]]:
        """See the class."""
        ...

    @property
    def survival(self) -> float:
        """See the class."""
        ...

    weight: float
    claim: float
    busy: float
    on: float
    attempts_per_s: float
    meets: float
    spread: float


class Sharing(Protocol):
    """A way of access; who inherits says only in what it differs from carrier sensing that never gives up.

    Attributes:
        label: for the report.
        rushes: whether a frame that finds the air idle goes out at once.
        refuses: whether a frame is given up that finds no idle air.
        late: share of the frames met by a rival's of which the rival's began first.
    """

    label: str
    rushes: bool = False
    refuses: bool = False
    late: float = 0.0

    def first_s(self, acknowledged: bool) -> float:
        """Seconds beside its air time that a first frame takes that goes out at once and is lost."""
        return 0.0

    def begins_s(self, sender: int, now_s: float, ended_s: float) -> float:
        """When a station that has something to send may turn to it, its last transfer having ended at a time."""
        return now_s

    def related(self, sender: int, other: int, noticed: bool) -> bool | None:
        """Whether two stations are rivals; None if their frames never meet. `noticed` says that one notices another."""
        return noticed

    def attempts_s(self, frame_s: float, acknowledged: bool, last: bool) -> list[float]:
        """Seconds that n attempts at a frame, the last of them answered, take on an empty air; n from 0 to the most.

        `last` says that no frame of the message follows.
        """
        ...

    def speed(self, station: Claimant, failure: float) -> float:
        """How fast a station among others gets on, 1 on an empty air, if an attempt fails with a probability."""
        ...

    @property
    def refusal_s(self) -> float:
        """Seconds it takes to find no idle air for a frame."""
        return 0.0

    def refusal(self, station: Claimant) -> float:
        """Probability that an attempt finds no idle air."""
        return 0.0

    def unheard(self, station: Claimant, other: Claimant) -> Overlap:
        """How frames of an active station that does not notice it meet its own."""
        ...

    def share(self, stations: Iterable[Claimant]) -> None:
        """Set what stations get, beside others whose shares stay."""
        ...


class Means(NamedTuple):
    """A station among so many rivals: idle seconds of a period, attempts in it, what follows a frame, collisions."""

    idle_s: float
    attempts: float
    answer_s: float
    meets: float
    spread: float


@final
class DcfSharing(Sharing):
    """IEEE 802.11 DCF: the slot model where all hear each other, the hard-core process of ideal CSMA elsewhere.

    A station s of which the rivals fall into groups c, each of rivals among themselves and none rivals of another
    group, is on the air for a share b with b / (1 - b) = w prod_c (1 - sum_c b_k / (1 - b)): the stationary law of
    ideal CSMA (Boorstyn, Kershenbaum, Maglaris, Sahin, IEEE Trans. Commun. 35(3), 1987) where groups form a tree, for
    then they are independent while s is silent. In other graphs it is taken all the same, with groups found greedily.
    The weight w is what makes a clique of as many stations as s has rivals agree with the slot model. A reconstruction
    (B).
    """

    label = "medium: csma_ca (fluid shares of the slot model)"
    rushes = True

    def __init__(self, dcf: Dcf) -> None:
        self._dcf = dcf
        self._answer_s = dcf.sifs_s + dcf.ack_s
        self._known: dict[tuple[int, bool, float], Means] = {}

    def first_s(self, acknowledged: bool) -> float:
        """See Sharing: DIFS, and the wait for an acknowledgement that does not come."""
        return self._dcf.difs_s + self._dcf.ack_timeout_s * acknowledged

    def attempts_s(self, frame_s: float, acknowledged: bool, last: bool) -> list[float]:
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

    def speed(self, station: Claimant, failure: float) -> float:
        """See Sharing."""
        return station.attempts_per_s * self.cycle_s(station.frame_s, station.acknowledged, failure)

    def cycle_s(self, frame_s: float, acknowledged: bool, loss: float) -> float:
        """Mean seconds of an attempt on an empty air, if one fails with a probability."""
        dcf = self._dcf
        if not acknowledged:
            return dcf.difs_s + 0.5 * dcf.cw_min * dcf.slot_s + frame_s
        idle_s = dcf.difs_s + saturation(1, dcf, acknowledged=True, error=loss).idle_slots * dcf.slot_s
        return idle_s + frame_s + loss * dcf.ack_timeout_s + (1.0 - loss) * self._answer_s

    def unheard(self, station: Claimant, other: Claimant) -> Overlap:
        """See Sharing."""
        gap_s = (1.0 - other.on) / other.attempts_per_s if other.attempts_per_s > 0.0 else math.inf
        overlap = unheard(station.frame_s, other.on, gap_s)
        if station.circles or other.circles or not (station.acknowledged and other.acknowledged):
            return overlap
        loss = hidden_loss(self._dcf, station.frame_s, other.frame_s)
        mean = min(other.on / loss.mean, 1.0)
        again = (1.0 - loss.again) / (1.0 - loss.first) if loss.first < 1.0 else 1.0
        return Overlap(loss.mean, max(0.0, 2.0 * mean - 1.0), min(1.0, 2.0 * mean), again)

    def share(self, stations: Iterable[Claimant]) -> None:
        """See Sharing."""
        asking = []
        for station in stations:
            rivals = sum([len(circle) for circle in station.circles])
            means = self._means(1 + rivals, station.acknowledged, station.error)
            station.meets, station.spread = means.meets, means.spread
            held_s = station.frame_s + means.answer_s
            station.claim = station.weight * held_s / ((1 + rivals) * means.idle_s)
            asking.append((station, means.attempts / held_s))
        unsettled = []
        for station, _ in asking:
            closed = _closed(station.circles)
            if closed or station.busy <= 0.0:
                others = sum([rival.claim for circle in station.circles for rival in circle])
                station.busy = station.claim / (1.0 + station.claim + others)
            if not closed:
                unsettled.append(station)
        _agree(unsettled)
        for station, per_s in asking:
            station.attempts_per_s = station.busy * per_s

    def _means(self, stations: int, acknowledged: bool, error: float) -> Means:
        known = self._known.get((stations, acknowledged, error))
        if known is None:
            if len(self._known) > 10_000:
                self._known.clear()
            mean = saturation(stations, self._dcf, acknowledged=acknowledged, error=error)
            answered = mean.attempts * (1.0 - mean.collision) if acknowledged else 0.0
            meets = 1.0 - (1.0 - mean.collision) ** (1.0 / (stations - 1)) if stations > 1 else 0.0
            idle_s = self._dcf.difs_s + mean.idle_slots * self._dcf.slot_s
            known = Means(idle_s, mean.attempts, answered * self._answer_s, meets, mean.spread)
            self._known[stations, acknowledged, error] = known
        return known


def _closed(circles: Sequence[Sequence[Claimant]]) -> bool:
    """Whether a station and its rivals are a clique that has no other rivals."""
    if len(circles) != 1:
        return not circles
    size = len(circles[0])
    return all([len(rival.circles) == 1 and len(rival.circles[0]) == size for rival in circles[0]])


def _agree(stations: Sequence[Claimant]) -> None:
    """One after the other takes the share that those of its rivals leave it, until hardly anything changes."""
    for _ in range(SWEEPS):
        change = 0.0
        for station in stations:
            before = station.busy
            station.busy = after = _share_of(station)
            change = max(change, abs(after - before) / after)
        if change < AGREED:
            break


def _share_of(station: Claimant) -> float:
    """The share of a station, given those of its rivals: with its silence y, 1 - y = w y prod_c (1 - S_c / y).

    With one group it is solved; with more, the others are taken at the last y, twice.
    """
    taken = [min(sum([rival.busy for rival in circle]), ALL_OF_IT) for circle in station.circles]
    silence, first = 1.0 - min(station.busy, ALL_OF_IT), taken[0]
    for _ in range(2 if len(taken) > 1 else 1):
        claim = station.claim
        for other in taken[1:]:
            claim *= max(1.0 - other / silence, 1.0 - ALL_OF_IT)
        silence = (1.0 + claim * first) / (1.0 + claim)
    return max(1.0 - silence, 1.0 - ALL_OF_IT)
