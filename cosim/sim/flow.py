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
from cosim.sim.overlap import NEVER, Clash, Overlap, survival, unheard
from cosim.sim.repair import Repair
from cosim.sim.transfer import BROADCAST
from cosim.sim.work import Work

Floats = NDArray[np.float64]

ALWAYS_S = float("inf")
NORMAL = NormalDist()
LEAST_DRAW = 2.0**-53
FINENESS = 0.002
"""Smaller changes of a probability are not followed."""
NOBODY: Mapping[int, tuple[float, int]] = MappingProxyType({})


@final
class Record:
    """Overlaps with one interferer for as long as they stay what they are."""

    __slots__ = ("clash", "end_s", "overlap", "start_s")

    def __init__(self, start_s: float, overlap: Overlap, clash: Clash) -> None:
        self.start_s = start_s
        self.end_s = ALWAYS_S
        self.overlap = overlap
        self.clash = clash


@final
class Flow:
    """A transfer, from its request to its end.

    Attributes:
        gone: hearers who left or were not there, with the time and the outcome.
        rivals: active flows it shares the air with.
        exposed: active flows whose frames may spoil its own, and what they do.
        harmed: active flows whose frames it may spoil.
        linked: flows whose shares depend on its own.
        error: probability that an attempt fails for another reason than a start in the same slot.
        loss: probability that an attempt does not arrive; 0 for broadcasts, who do not care.
        speed: work done in a second.
        on: share of time in which its data frames are on the air.
        gap_s: mean time between them.
        meets: probability that an attempt starts in the same slot as one of a given rival.
        shares: of receiving and sending, shape (2, sender and hearers), and `seconds` what has become of them.
        since_s: when it was last looked at.
    """

    __slots__ = (
        "alarm", "answer_loss", "begun_s", "channel_loss", "content", "counted_s", "coverage", "destination", "end_s", "error",
        "exposed", "gap_s", "gone", "harmed", "linked", "loss", "luck", "meets", "number", "on", "opened", "present",
        "recipients", "records", "repair", "requested_s", "rivals", "seconds", "sender", "sequence", "shares", "since_s",
        "speed", "spread", "stamp", "transmit_w", "work",
    )  # fmt: skip

    coverage: Coverage
    work: Work

    def __init__(
        self, sender: int, destination: int, recipients: tuple[int, ...], content: Content, alarm: Alarm
    ) -> None:
        self.sender = sender
        self.destination = destination
        self.recipients = recipients
        self.content = content
        self.alarm = alarm
        self.repair: Repair | None = None
        self.number = self.sequence = self.stamp = 0
        self.requested_s = self.begun_s = self.since_s = self.counted_s = 0.0
        self.end_s = ALWAYS_S
        self.transmit_w = 0.0
        self.gone = NOBODY
        self.rivals: dict[Flow, None] = {}
        self.exposed: dict[Flow, Clash] = {}
        self.harmed: dict[Flow, None] = {}
        self.linked: dict[Flow, None] = {}
        self.opened: dict[Flow, Record] = {}
        self.records: list[Record] = []
        self.channel_loss = self.answer_loss = self.error = self.loss = 0.0
        self.speed = self.on = self.gap_s = self.meets = self.spread = 0.0
        self.luck: float | None = None

    def cover(self, coverage: Coverage, now_s: float) -> None:
        """It is on the air from now on."""
        self.coverage = coverage
        self.begun_s = self.since_s = self.counted_s = now_s
        self.present = coverage.detects
        self.shares: Floats = np.zeros((2, len(coverage.everybody)))
        self.seconds: Floats = np.zeros((2, len(coverage.everybody)))

    @property
    def acknowledged(self) -> bool:
        """Whether frames are repeated until they are answered."""
        return self.destination != BROADCAST

    def leave(self, peer: int, time_s: float, outcome: int) -> None:
        """A hearer has no part in it any more."""
        self.gone = {**self.gone, peer: (time_s, outcome)}
        self.present = self.present.copy()
        self.present[self.coverage.place[peer]] = False

    def advance(self, now_s: float) -> None:
        """Work goes on until now; a unicast must be planned again."""
        if now_s > self.since_s:
            self.work.advance(self.since_s, (now_s - self.since_s) * self.speed, self.speed)
            self.since_s = now_s

    def count(self, now_s: float) -> None:
        """Its shares have been what they are until now."""
        if now_s > self.counted_s:
            self.seconds += self.shares * (now_s - self.counted_s)
            self.counted_s = now_s

    def takes(self, attempts_per_s: float) -> None:
        """So many of its frames are on the air in a second."""
        frame_s = self.coverage.frame_s
        self.on = min(attempts_per_s * frame_s, 0.999)
        self.gap_s = (1.0 - self.on) / attempts_per_s

    def weight(self, luck: LinkLuck, spread: float) -> float:
        """How well it does against its rivals: log-normal around 1, as uneven as a station of theirs would be.

        The share of n equals in m frames varies by `spread` times the binomial variance; weights of equals that vary by
        spread / m each, taken relative to their mean, give shares that vary as much.
        """
        if spread <= 0.0:
            return 1.0
        if self.luck is None:
            draw = float(luck.draws(self.sender, self.sender, self.sequence, 1)[0])
            self.luck = NORMAL.inv_cdf(max(draw, LEAST_DRAW))
        variance = spread / self.coverage.frames.count
        return math.exp(self.luck * math.sqrt(variance) - 0.5 * variance)

    # Interference

    def overlap(self, other: "Flow") -> Overlap:
        """How frames of another active flow meet its own."""
        if other in self.rivals:
            part = min(other.coverage.frame_s / self.coverage.frame_s, 1.0)
            return Overlap(self.meets, part, part)
        return unheard(self.coverage.frame_s, other.on, other.gap_s)

    def note(self, other: "Flow", now_s: float, overlap: Overlap) -> None:
        """From now on frames of another flow meet its own like that."""
        known = self.opened.get(other)
        if known is not None:
            was = known.overlap
            if abs(was.chance - overlap.chance) < FINENESS and abs(was.low - overlap.low) < FINENESS:
                return
            known.end_s = now_s
        if overlap is NEVER:
            self.opened.pop(other, None)
            return
        record = self.opened[other] = Record(now_s, overlap, self.exposed[other])
        self.records.append(record)

    def heard_share(self) -> Floats:
        """Share of its frames that each hearer who is there follows."""
        share = self.present.astype(np.float64)
        for other, clash in self.exposed.items():
            chance = self.meets if other in self.rivals else other.on
            share *= 1.0 - chance * clash.deafens
        return share

    def undamaged(self, ends_s: Floats, hearers: int) -> Floats | None:
        """How much of the chances of each fragment interference leaves, (fragments, hearers); None for all of it."""
        records = [record for record in self.records if record.end_s > record.start_s]
        if not records:
            return None
        chance, low, high = np.asarray([record.overlap for record in records]).T[..., np.newaxis]
        theta = np.stack([record.clash.theta[:hearers] for record in records])
        left = 1.0 - chance * (1.0 - survival(theta, low, high))
        times = np.asarray([(record.start_s, record.end_s) for record in records])
        during = (ends_s[:, np.newaxis] > times[:, 0]) & (ends_s[:, np.newaxis] <= times[:, 1])
        return np.exp(during.astype(np.float64) @ np.log(np.maximum(left, 1e-300)))
