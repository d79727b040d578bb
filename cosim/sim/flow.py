"""One transfer under way in the fluid: what it gets of the air, and whom it disturbs or is disturbed by."""

import math
from collections.abc import Mapping
from statistics import NormalDist
from types import MappingProxyType
from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.clock import Alarm
from cosim.sim.coverage import Coverage
from cosim.sim.luck import LinkLuck
from cosim.sim.medium import Content
from cosim.sim.overlap import Clash, Overlap, survival
from cosim.sim.repair import Repair
from cosim.sim.transfer import BROADCAST
from cosim.sim.work import Work

Floats = NDArray[np.float64]

ALWAYS_S = float("inf")
NORMAL = NormalDist()
LEAST_DRAW = 2.0**-53
NOBODY: Mapping[int, tuple[float, int]] = MappingProxyType({})


@final
class Flow:
    """A transfer, from its request to its end; while it is on the air its sender is active.

    Attributes:
        fresh: whether its sender found the air idle and had not just sent: its first frame then goes without backoff.
        survives: see `survival`, and how many it had met then.
        stumbled: what frames that began with its first one do to that.
        haste_s: seconds that this first frame of a broadcast takes, until they are put into its work.
        gone: hearers who left or were not there, with the time and the outcome.
        rivals: active flows it shares the air with, and `circles` the same in groups of each other's rivals.
        met: all flows whose frames may have spoiled its own, what they did where, and whether they were rivals.
        boldness: how well it does against its rivals.
        deafness: whom each of those it is exposed to keeps from hearing it, (exposed, hearers); None if not known.
        exposed: those of them that are active and matter at once.
        harmed: active flows that are exposed to it.
        headed_s: since when nothing of its own station's is before it.
        late: share of the frames met by a rival's of which the rival's began first.
        linked: active flows whose shares depend on its own.
        error: probability that an attempt fails for another reason than a start in the same slot.
        loss: probability that an attempt does not arrive; 0 for broadcasts, who do not care.
        speed: work done in a second.
        again: chances of a repetition to arrive over those of a first attempt.
        claim: see `cosim.sim.sharing`.
        busy: share of time in which it keeps others from sending.
        on: share of time in which its data frames are on the air.
        meets: probability that an attempt of a rival starts in the same slot as one of its own.
        shares: of receiving and sending, shape (2, sender and hearers), and `seconds` what has become of them.
        since_s: until when its work is counted, and `counted_s` its seconds.
    """

    __slots__ = (
        "acknowledged", "again", "alarm", "answer_loss", "attempts_per_s", "begun_s", "boldness", "busy", "ceased_s",
        "channel_loss", "circles", "claim", "content", "counted_s", "coverage", "deafness", "destination", "end_s",
        "error", "exposed", "frame_s", "fresh", "gone", "harmed", "haste_s", "headed_s", "late", "linked", "loss",
        "luck", "meets", "met", "number", "on", "present", "recipients", "repair", "requested_s", "rivals",
        "seconds", "sender", "sequence", "shares", "since_s", "speed", "spread", "stamp", "stumbled", "survives",
        "transmit_w", "weight", "work",
    )  # fmt: skip

    coverage: Coverage
    work: Work
    present: NDArray[np.bool_]
    shares: Floats
    seconds: Floats
    frame_s: float

    def __init__(
        self, sender: int, destination: int, recipients: tuple[int, ...], content: Content, alarm: Alarm
    ) -> None:
        self.sender = sender
        self.destination = destination
        self.acknowledged = destination != BROADCAST
        self.recipients = recipients
        self.content = content
        self.alarm = alarm
        self.repair: Repair | None = None
        self.number = self.sequence = self.stamp = 0
        self.requested_s = self.begun_s = self.since_s = self.counted_s = 0.0
        self.end_s = self.ceased_s = ALWAYS_S
        self.transmit_w = 0.0
        self.gone = NOBODY
        self.rivals: dict[Flow, None] = {}
        self.circles: list[list[Flow]] = []
        self.met: list[tuple[Flow, Clash, bool]] = []
        self.exposed: dict[Flow, Clash] = {}
        self.harmed: dict[Flow, None] = {}
        self.linked: dict[Flow, None] = {}
        self.channel_loss = self.answer_loss = self.error = self.loss = 0.0
        self.speed = self.claim = self.busy = self.on = self.attempts_per_s = self.meets = self.spread = 0.0
        self.weight = self.boldness = self.again = 1.0
        self.late, self.headed_s = 0.0, -1.0
        self.survives = 0, 1.0
        self.deafness: Floats | None = None
        self.luck: float | None = None
        self.fresh = False
        self.stumbled: list[Clash] = []
        self.haste_s = 0.0

    def cover(self, coverage: Coverage, now_s: float) -> None:
        """It is on the air from now on."""
        self.coverage = coverage
        self.frame_s = coverage.frame_s
        self.begun_s = self.since_s = self.counted_s = now_s
        self.present = coverage.detects
        self.shares = np.zeros((2, len(coverage.everybody)))
        self.seconds = np.zeros((2, len(coverage.everybody)))

    def forget(self) -> None:
        """It is over: those it met refer to it, and must not keep alive what it carried and whom it met."""
        del self.content, self.alarm
        self.met, self.exposed, self.harmed, self.rivals, self.linked, self.circles = [], {}, {}, {}, {}, []

    def leave(self, peer: int, time_s: float, outcome: int) -> None:
        """A hearer has no part in it any more."""
        self.gone = {**self.gone, peer: (time_s, outcome)}
        self.present = self.present.copy()
        self.present[self.coverage.place[peer]] = False

    def advance(self, now_s: float) -> None:
        """Work goes on until now; a unicast must be planned again."""
        if now_s > self.since_s:
            if self.speed > 0.0:
                self.work.advance(self.since_s, (now_s - self.since_s) * self.speed, self.speed)
            self.since_s = now_s

    def count(self, now_s: float) -> None:
        """Its shares have been what they are until now."""
        if now_s > self.counted_s:
            self.seconds += self.shares * (now_s - self.counted_s)
            self.counted_s = now_s

    def stumble(self, first_s: float) -> None:
        """Collide with those who found the air idle at the same instant: after DIFS all of them send."""
        rivals = self.rivals
        if self.fresh and all(rival.begun_s == self.begun_s for rival in rivals):
            self.stumbled = [clash for other, clash, _ in self.met if other in rivals and other.fresh]
            # All of them lose the same time, while each gets a part of what passes.
            if self.acknowledged and any(clash.first > 1.0 for clash in self.stumbled):
                self.work.stumble((first_s + self.frame_s) / (1 + len(rivals)))
            elif self.stumbled and not self.acknowledged:
                self.haste_s = first_s + self.frame_s

    def gather(self) -> None:
        """Put its rivals into groups of which all are each other's rivals: the first group that fits takes each."""
        self.circles = circles = []
        for rival in self.rivals:
            theirs = rival.rivals
            for circle in circles:
                if all([other in theirs for other in circle]):
                    circle.append(rival)
                    break
            else:
                circles.append([rival])

    def own_luck(self, luck: LinkLuck) -> float:
        """How well it does against its rivals: log-normal around 1, as uneven as a station of theirs would be.

        The share of n equals in m frames varies by `spread` times the binomial variance; weights of equals that vary by
        spread / m each, taken relative to their mean, give shares that vary as much.
        """
        if self.luck is None:
            draw = float(luck.draws(self.sender, self.sender, self.sequence, 1)[0])
            self.luck = NORMAL.inv_cdf(max(draw, LEAST_DRAW))
        variance = max(self.spread - self.loss, 0.0) / self.coverage.frames.count
        return math.exp(self.luck * math.sqrt(variance) - 0.5 * variance)

    # Interference

    def at_once(self, rival: "Flow") -> Overlap:
        """How frames of a rival that begin in the same slot meet its own."""
        part = min(rival.frame_s / self.frame_s, 1.0)
        return Overlap(rival.meets, part, part)

    @property
    def survival(self) -> float:
        """Chance of its frames to survive one of a rival's that covers them: the mean over those it is meant for."""
        if self.rivals and len(self.met) != self.survives[0]:
            meant = 1 if self.acknowledged else self.coverage.intended
            theta = np.asarray([clash.theta[:meant] for _, clash, rival in self.met if rival])
            self.survives = len(self.met), float(np.exp(-theta).mean()) if theta.size else 1.0
        return self.survives[1]

    def drowned(self, clash: Clash) -> Floats:
        """Share of the frames met by a rival's that each hearer does not follow."""
        return clash.drowns if self.late == 0.0 else np.maximum(clash.drowns, self.late * clash.deafens)

    def heard_share(self) -> Floats:
        """Share of its frames that each hearer who is there follows."""
        share = self.present.astype(np.float64)
        if self.exposed:
            rivals = self.rivals
            chance = np.array([other.meets if other in rivals else other.on for other in self.exposed])
            if self.deafness is None:
                self.deafness = np.array([
                    self.drowned(clash) if other in rivals else clash.deafens for other, clash in self.exposed.items()
                ])  # fmt: skip
            share *= (1.0 - chance[:, np.newaxis] * self.deafness).prod(axis=0)
        if self.stumbled and self.work.air_s > 0.0:
            # Nobody follows a first frame that it does not notice, or during which it sends its own.
            missed = np.max([clash.drowns for clash in self.stumbled], axis=0)
            share *= 1.0 - missed * min(self.frame_s / self.work.air_s, 1.0)
        return share

    def aired_s(self, now_s: float) -> float:
        """Seconds of data frames it has sent."""
        return float(self.seconds[1, 0] + self.shares[1, 0] * (now_s - self.counted_s))

    def undamaged(self, now_s: float, ends_s: Floats, hearers: int) -> Floats | None:
        """How much of the chances of each fragment interference leaves, (fragments, hearers); None for all of it.

        Each interferer counts with what it has done on average, as long as both were active.
        """
        met = [each for each in self.met if each[0].ceased_s > each[0].begun_s < now_s]
        if not met:
            return None
        frame_s = self.frame_s
        until_s = np.minimum([other.ceased_s for other, _, _ in met], now_s)
        figures = [
            (other.begun_s, other.aired_s(min(other.ceased_s, now_s)), other.frame_s, other.meets if rival else -1.0)
            for other, _, rival in met
        ]
        since_s, aired_s, length_s, meets = np.asarray(figures, dtype=np.float64).T
        theta = np.asarray([clash.theta[:hearers] for _, clash, _ in met])
        on = np.minimum(aired_s / (until_s - since_s), 0.999)
        chance = 1.0 - (1.0 - on) * np.exp(-frame_s * on / np.maximum((1.0 - on) * length_s, 1e-300))
        mean = np.divide(on, chance, out=np.ones_like(on), where=chance > 0.0)
        part = np.minimum(length_s / frame_s, 1.0)
        together = meets >= 0.0
        chance = np.where(together, meets, chance)
        low = np.where(together, part, np.clip(2.0 * mean - 1.0, 0.0, 1.0))
        high = np.where(together, part, np.minimum(2.0 * mean, 1.0))
        followed = np.asarray([clash.deafens[:hearers] for _, clash, _ in met])
        followed = followed * np.where(together, self.late * chance, np.minimum(on, chance))[:, np.newaxis]
        lost = 1.0 - survival(theta, low[:, np.newaxis], high[:, np.newaxis])
        left = 1.0 - followed - (chance[:, np.newaxis] - followed) * lost
        during = (ends_s[:, np.newaxis] > since_s) & (ends_s[:, np.newaxis] <= until_s)
        logarithms = during.astype(np.float64) @ np.log(np.maximum(left, 1e-300))
        for clash in self.stumbled:
            logarithms[0] -= clash.theta[:hearers]
        return np.exp(logarithms)
