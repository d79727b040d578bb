"""A battery in use: what the parts of a peer will draw, and when that empties it."""

from bisect import insort
from collections.abc import Callable
from typing import NamedTuple

from cosim.sim.battery import depletion_time_s, total
from cosim.sim.charge import Charge, Reached
from cosim.sim.clock import Clock, Watch

INFINITE_S = float("inf")
NEAR = 0.02
"""Share of the capacity within which a level is predicted exactly; farther off, at the highest power known."""
EMPTY = 1e-12
"""Share of the capacity below which a battery found at a level is empty."""
LEAK = -1
"""What a battery draws from itself, as a part."""
MOST_ACTIVITIES = 64
"""A plan with more activities is cleared of those that are past."""


class Plan:
    """What one part will draw: a power at rest, and activities in the order of time that do not overlap."""

    __slots__ = ("activities", "highest_w", "rest_w")

    def __init__(self) -> None:
        self.rest_w = 0.0
        self.highest_w = 0.0
        self.activities: list[tuple[float, float, float]] = []

    def clear(self, start_s: float, end_s: float) -> None:
        """Rest between two times instead of what was planned."""
        kept: list[tuple[float, float, float]] = []
        for begins_s, ends_s, power_w in self.activities:
            kept += [
                (since_s, until_s, power_w)
                for since_s, until_s in ((begins_s, min(ends_s, start_s)), (max(begins_s, end_s), ends_s))
                if since_s < until_s
            ]
        self.activities = kept

    def energy_j(self, start_s: float, end_s: float) -> float:
        """Energy drawn between two times [J]."""
        total = self.rest_w * (end_s - start_s)
        for begins_s, ends_s, power_w in self.activities:
            overlap_s = min(ends_s, end_s) - max(begins_s, start_s)
            if overlap_s > 0.0:
                total += (power_w - self.rest_w) * overlap_s
        return total

    def steps(self) -> list[tuple[float, float]]:
        """The same as piecewise constant power: (until [s], power [W])."""
        pieces: list[tuple[float, float]] = []
        for begins_s, ends_s, power_w in self.activities:
            pieces += [(begins_s, self.rest_w), (ends_s, power_w)]
        return [*pieces, (INFINITE_S, self.rest_w)]


class Level(NamedTuple):
    """Whom to tell when the charge has fallen to a level."""

    level_j: float
    call: Callable[[], None]
    wanted: Callable[[], bool] | None


class Supply:
    """The charge of one peer's battery, integrated exactly along its parts' plans.

    A depletion is predicted from the plans when it is near. Long before, an alarm at the time when the
    highest power seen would come near it does, so that most draws are only noted.
    """

    def __init__(
        self,
        clock: Clock,
        peer: int,
        capacity_j: float,
        initial_j: float,
        depleted: Callable[[int], None],
        leak_w: float = 0.0,
        charge: Charge | None = None,
    ) -> None:
        self.capacity_j = capacity_j
        self.dead = False
        self._clock = clock
        self._peer = peer
        self._remaining_j = initial_j
        self._at_s = 0.0
        self.plans: dict[int, Plan] = {}
        self._depleted = depleted
        self._levels: list[Level] = []
        self._watch: Watch | None = None
        self._exact = True
        self._charge = charge
        self._leak_w = leak_w
        self._empties = False
        if leak_w > 0.0:
            self.rest(LEAK, leak_w)

    # What is drawn

    def rest(self, part: int, power_w: float) -> None:
        """From now on a part draws this power between its activities."""
        if not self.dead:
            self._settle()
            plan = self.plans.setdefault(part, Plan())
            plan.rest_w = power_w
            self._planned(plan, power_w)

    def draw(self, part: int, start_s: float, end_s: float, power_w: float) -> None:
        """A part will be active between two times, in which nothing is planned for it."""
        if end_s <= start_s or self.dead:
            return
        plan = self.plans[part]
        if plan.activities and plan.activities[-1][0] > start_s:
            insort(plan.activities, (start_s, end_s, power_w))
        else:
            plan.activities.append((start_s, end_s, power_w))
        if len(plan.activities) > MOST_ACTIVITIES:
            self._settle()
        self._planned(plan, power_w)

    def clear(self, part: int, start_s: float, end_s: float = INFINITE_S) -> None:
        """A part will rest between two times, whatever was planned."""
        if end_s > start_s and not self.dead:
            self._settle()
            self.plans[part].clear(start_s, end_s)
            self._planned(self.plans[part], 0.0)

    def spend(self, energy_j: float) -> float:
        """Take an amount at once; what was there of it. A battery that it empties dies at this instant."""
        if self.dead:
            return 0.0
        self._settle()
        spent_j = min(energy_j, self._remaining_j if self._charge is None else self._charge.available_j)
        self._remaining_j -= spent_j
        if self._charge is not None:
            self._charge.take(spent_j)
        self._predict()
        return spent_j

    def _planned(self, plan: Plan, power_w: float) -> None:
        """A plan has changed: predict anew, unless the alarm is set for any power up to the highest."""
        if self._exact or power_w > plan.highest_w:
            plan.highest_w = max(power_w, plan.highest_w)
            self._predict()

    # What is left

    def remaining_j(self) -> float:
        """Charge left now [J]."""
        self._settle()
        return self._remaining_j

    def fraction(self) -> float:
        """Charge left of capacity."""
        return self.remaining_j() / self.capacity_j

    def call_at(self, level_j: float, call: Callable[[], None], wanted: Callable[[], bool] | None = None) -> None:
        """Call once, when the charge has fallen to a level [J]; never, if the battery is empty.

        The simulation goes on for the call's sake as long as it is wanted.
        """
        if not self.dead:
            self._levels.append(Level(level_j, call, wanted))
            self._predict()

    def _settle(self) -> None:
        now_s = self._clock.time_s
        if now_s > self._at_s and not self.dead:
            if self._charge is not None:
                self._advance(self._charge, now_s)
            for plan in self.plans.values():
                if self._charge is None:
                    self._remaining_j -= plan.energy_j(self._at_s, now_s)
                plan.activities = [activity for activity in plan.activities if activity[1] > now_s]
            self._at_s = now_s

    def _advance(self, charge: Charge, now_s: float) -> None:
        since_s = self._at_s
        for until_s, watts in total(since_s, [plan.steps() for plan in self.plans.values()]):
            charge.advance(since_s, min(until_s, now_s), watts)
            since_s = until_s
            if until_s >= now_s:
                break
        self._remaining_j = charge.remaining_j

    # What came and went beside the parts

    @property
    def leaked_j(self) -> float:
        """Energy lost by self-discharge up to now, or up to its end [J]."""
        self._settle()
        return self._leak_w * self._at_s

    @property
    def harvested_j(self) -> float:
        """Energy that came in, spilled or not [J]."""
        self._settle()
        return 0.0 if self._charge is None else self._charge.harvested_j

    @property
    def spilled_j(self) -> float:
        """Energy that came in when the battery was full [J]."""
        self._settle()
        return 0.0 if self._charge is None else self._charge.spilled_j

    # What is to come

    def _predict(self) -> None:
        """Set the alarm for the next level: exactly, or for the time when it may come near."""
        self._settle()
        level_j = self._next_level_j()
        left_j = max(self._remaining_j - level_j, 0.0)
        if self._charge is not None:
            left_j = min(left_j, self._charge.available_j)
        highest_w = sum(plan.highest_w for plan in self.plans.values())
        self._exact = self._empties = left_j <= NEAR * self.capacity_j
        if self._exact and self._charge is not None:
            when_s, self._empties = self._foreseen(self._charge.copy(), level_j)
        elif self._exact:
            when_s = depletion_time_s(left_j, self._at_s, [plan.steps() for plan in self.plans.values()])
        else:
            when_s = self._at_s + left_j / highest_w if highest_w > 0.0 else INFINITE_S
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if when_s < INFINITE_S:
            call = self._reached if self._empties else self._predict
            self._watch = self._clock.watch(when_s, call, order=self._peer, wanted=self._wanted)

    def _foreseen(self, charge: Charge, level_j: float) -> Reached:
        """When the charge falls to a level or is empty, or until when it is known not to."""
        since_s = self._at_s
        for until_s, watts in total(since_s, [plan.steps() for plan in self.plans.values()]):
            when_s, there = charge.reached(level_j, since_s, until_s, watts)
            if there or when_s < until_s:
                return when_s, there
            if until_s < INFINITE_S:
                charge.advance(since_s, until_s, watts)
            since_s = until_s
        return INFINITE_S, False

    def _next_level_j(self) -> float:
        return max((level.level_j for level in self._levels), default=0.0)

    def _wanted(self) -> bool:
        return any(level.wanted is not None and level.wanted() for level in self._levels)

    def _reached(self) -> None:
        """The charge is at the next level."""
        self._settle()
        self._watch = None
        level_j = self._next_level_j()
        reached = [level for level in self._levels if level.level_j >= level_j]
        self._levels = [level for level in self._levels if level.level_j < level_j]
        if self._charge is not None and self._charge.available_j <= EMPTY * self.capacity_j and level_j > 0.0:
            self._die()
        elif reached:
            self._predict()
            for level in reached:
                level.call()
        else:
            self._die()

    def _die(self) -> None:
        self._remaining_j, self._at_s, self.dead = 0.0, self._clock.time_s, True
        if self._charge is not None:
            self._charge.drain()
            self._remaining_j = self._charge.remaining_j
        self.plans = {}
        self._depleted(self._peer)
