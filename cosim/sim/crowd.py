"""Who is on the air together: what each gets of it, and what that means for all who hear.

Only those whom a change concerns are looked at again: the rivals of a transfer that begins or ends, and whom it
disturbs. What changes for their own rivals in turn is left for the next time that these are looked at.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.air_time import AirTime
from cosim.sim.budget import Budget
from cosim.sim.contending import Contending
from cosim.sim.coverage import Coverage
from cosim.sim.flow import ALWAYS_S, Flow
from cosim.sim.luck import LinkLuck
from cosim.sim.overlap import Clash, Clashes, survival_of_one
from cosim.sim.sharing import Sharing
from cosim.sim.work import Repeated

Floats = NDArray[np.float64]

ROUNDS = 8
"""Turns in which losses to hidden stations and the rates that follow from them are brought to agree."""


@final
class Crowd:
    """The active flows, by sender."""

    def __init__(self, sharing: Sharing, budget: Budget, air: AirTime, seed: int) -> None:
        self.active: dict[int, Flow] = {}
        self._sharing = sharing
        self._air = air
        self._clashes = Clashes(budget)
        self._fairness = LinkLuck(seed, "share of the air")
        self._dirty: dict[Flow, None] = {}
        self._touched: dict[Flow, None] = {}
        self._ends: list[tuple[float, int, int, Flow]] = []

    @property
    def restless(self) -> bool:
        """Whether shares must be settled again."""
        return bool(self._dirty or self._touched)

    # Coming and going

    def enter(self, flow: Flow, now_s: float) -> None:
        """A flow is on the air; its shares are settled with those of all who begin at the same time."""
        coverage, others = flow.coverage, list(self.active.values())
        others = self._join(flow, others)
        for other, clash in zip(others, self._spoiled(coverage, others, now_s), strict=True):
            if clash is not None:
                self._expose(flow, other, clash)
        mine = coverage.reach
        for other in others:
            known = other.coverage.clashes
            clash = known[mine] if mine in known else self._spoiled(other.coverage, (flow,), now_s)[0]
            if clash is not None:
                self._expose(other, flow, clash)
        self.active[flow.sender] = flow
        self._dirty[flow] = None

    def _join(self, flow: Flow, others: Sequence[Flow]) -> list[Flow]:
        """Find its rivals, and give all others of whom frames may meet its own."""
        noticed, sender = flow.coverage.noticed, flow.sender
        meeting: list[Flow] = []
        for other in others:
            near = other.sender in noticed or sender in other.coverage.noticed
            related = self._sharing.related(sender, other.sender, near)
            if related is not None:
                meeting.append(other)
            if related:
                flow.rivals[other] = other.rivals[flow] = None
                flow.linked[other] = other.linked[flow] = None
        flow.gather()
        for rival in flow.rivals:
            rival.gather()
            self._dirty[rival] = None
        return meeting

    def _spoiled(self, coverage: Coverage, others: Sequence[Flow], now_s: float) -> list[Clash | None]:
        """What others do to messages of a coverage."""
        known = coverage.clashes
        strange = [other.coverage for other in others if other.coverage.reach not in known]
        if strange:
            found = self._clashes.look(coverage, strange, now_s)
            known.update(zip([other.reach for other in strange], found, strict=True))
        return [known[other.coverage.reach] for other in others]

    def _expose(self, victim: Flow, culprit: Flow, clash: Clash) -> None:
        victim.met.append((culprit, clash, culprit in victim.rivals))
        if clash.deafening or (victim.acknowledged and clash.first > 0.0):
            victim.exposed[culprit] = clash
            victim.deafness = None
            culprit.harmed[victim] = None
            self.disturb(victim, victim.acknowledged)
            if victim.acknowledged:
                victim.linked[culprit] = culprit.linked[victim] = None

    def disturb(self, flow: Flow, speed: bool) -> None:
        """What a flow's hearers do changes, and perhaps its speed."""
        (self._dirty if speed else self._touched)[flow] = None

    def leave(self, flow: Flow, now_s: float) -> None:
        """A flow shares the air with nobody any more."""
        del self.active[flow.sender]
        flow.ceased_s = now_s
        flow.stamp += 1
        for other in flow.harmed:
            del other.exposed[flow]
            other.deafness = None
        for other in flow.exposed:
            del other.harmed[flow]
        for other in flow.rivals:
            del other.rivals[flow]
            other.gather()
        for other in flow.linked:
            del other.linked[flow]
        self._dirty.update(flow.linked)
        self._touched.update(flow.harmed)

    # Ends

    @property
    def next_end(self) -> tuple[float, int]:
        """When the next flow ends, and its sender."""
        ends = self._ends
        while ends and ends[0][3].stamp != ends[0][2]:
            heappop(ends)
        return (ends[0][0], ends[0][1]) if ends else (ALWAYS_S, 0)

    def due(self, now_s: float) -> Iterator[Flow]:
        """Flows that end by now, by the time and the sender."""
        while self.next_end[0] <= now_s:
            yield heappop(self._ends)[3]

    # Who gets what

    def settle(self, now_s: float) -> None:
        """Share the air anew among those whom something concerned."""
        active = self.active
        dirty = [flow for flow in self._dirty if active.get(flow.sender) is flow]
        living = dict.fromkeys(dirty)
        living.update(dict.fromkeys(flow for flow in self._touched if active.get(flow.sender) is flow))
        self._dirty, self._touched = {}, {}
        for flow in dirty:
            if flow.begun_s == now_s and flow.rivals:
                flow.stumble(self._sharing.first_s(flow.acknowledged))
        if dirty:
            self._share(dirty, now_s)
        if living:
            self._live(list(living), now_s)

    def _share(self, flows: list[Flow], now_s: float) -> None:
        """Give each of some flows its speed."""
        for flow in flows:
            flow.advance(now_s)
        self._agree(flows)
        sharing, ends = self._sharing, self._ends
        for flow in flows:
            work = flow.work
            if isinstance(work, Contending):
                work.refuse(sharing.refusal(flow))
            if isinstance(work, Repeated):
                work.plan(flow.loss, flow.answer_loss, flow.again)
            if flow.linked:
                failure = 1.0 - (1.0 - flow.loss) * (1.0 - flow.answer_loss) if flow.acknowledged else 0.0
                flow.speed = min(sharing.speed(flow, failure), 1.0)
            else:
                flow.speed = 1.0
            if flow.haste_s:
                work.stumble(flow.haste_s * flow.speed)
                flow.haste_s = 0.0
            flow.end_s = now_s + work.left_s / flow.speed
            flow.stamp += 1
            heappush(ends, (flow.end_s, flow.sender, flow.stamp, flow))

    def _agree(self, flows: list[Flow]) -> None:
        """Rates, and losses that follow from them, are brought to agree."""
        repeated = [flow for flow in flows if flow.acknowledged]
        for turn in range(ROUNDS if repeated and len(flows) > 1 else 1):
            for flow in flows:
                if flow.rivals and flow.spread > 0.0:
                    flow.boldness = flow.own_luck(self._fairness)
                    together = flow.boldness + sum([rival.boldness for rival in flow.rivals])
                    flow.weight = flow.boldness * (1 + len(flow.rivals)) / together
            self._sharing.share(flows)
            for flow in flows:
                flow.on = min(flow.attempts_per_s * flow.frame_s, 0.999)
            for flow in repeated:
                self._lose(flow, 1.0 if turn == 0 else 0.5)

    def _lose(self, flow: Flow, step: float) -> None:
        """How often an attempt of a unicast fails, among those who are active."""
        if not flow.present[0]:
            flow.loss, flow.error = 1.0, 1.0
            return
        hidden, sensed, again = 1.0 - flow.channel_loss, 1.0, 1.0
        for other, clash in flow.exposed.items():
            if other in flow.rivals:
                sensed *= survival_of_one(clash.first, flow.at_once(other), flow.late * other.meets * clash.first_deaf)
            else:
                overlap = self._sharing.unheard(flow, other)
                hidden *= survival_of_one(clash.first, overlap, min(other.on * clash.first_deaf, overlap.chance))
                again *= overlap.again
        flow.loss, flow.again = 1.0 - hidden * sensed, again
        # Its rivals may be bolder than it is itself, or too weak to spoil its frames.
        alike = (1.0 - flow.meets) ** len(flow.rivals)
        error = 1.0 - min(hidden * (1.0 - flow.answer_loss) * sensed / alike, 1.0)
        flow.error += step * (error - flow.error)

    def _live(self, flows: list[Flow], now_s: float) -> None:
        """What the senders and the hearers of some flows do from now on."""
        given: list[Floats] = []
        for flow in flows:
            flow.count(now_s)
            shares = self._shares(flow, now_s)
            given.append(shares - flow.shares)
            flow.shares = shares
        whom = np.concatenate([flow.coverage.everybody for flow in flows])
        self._air.change(whom, np.concatenate(given, axis=1), now_s)
        crowded = set(self._air.crowded(whom))
        if crowded:
            for flow in self.active.values():
                if flow.sender in crowded or not crowded.isdisjoint(flow.coverage.place):
                    self._make_room(flow, now_s)

    def _shares(self, flow: Flow, now_s: float) -> Floats:
        """Shares of receiving and sending of a flow's sender and of its hearers."""
        left_s, shares = flow.end_s - now_s, np.zeros_like(flow.shares)
        if left_s > 0.0:
            answered_s, sent_s = flow.seconds[:, 0].tolist()
            # What changed on the way may leave more to be sent than there is time for; that remains undone.
            sending = min(max(flow.work.air_s - sent_s, 0.0) / left_s, 1.0)
            shares[1, 0] = sending
            shares[0, 1:] = sending * flow.heard_share()
            if flow.acknowledged and flow.present[0]:
                answering = min(max(flow.work.answers_s - answered_s, 0.0) / left_s, 1.0 - sending)
                shares[0, 0] = shares[1, 1] = answering
        return shares

    def _make_room(self, flow: Flow, now_s: float) -> None:
        """Nobody receives for more than the time it has: shares are means, and chance may crowd them."""
        missed = np.zeros_like(flow.shares)
        missed[0] = np.minimum(self._air.excess(flow.coverage.everybody), flow.shares[0])
        if missed[0].any():
            flow.count(now_s)
            self._air.change(flow.coverage.everybody, -missed, now_s)
            flow.shares = flow.shares - missed
