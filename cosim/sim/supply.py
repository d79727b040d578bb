"""A battery in use: what the parts of a peer will draw, and when that empties it."""

from collections.abc import Callable

from cosim.sim.battery import depletion_time_s
from cosim.sim.clock import Alarm, Clock

Plan = list[tuple[float, float]]
"""Piecewise constant power: (until [s], power [W]), in order; the last piece lasts for ever."""


def overlay(plan: Plan, start_s: float, end_s: float, power_w: float) -> Plan:
    """The plan with another power between two times."""
    before = [piece for piece in plan if piece[0] <= start_s]
    at_start = next((w for until, w in plan if until > start_s), 0.0)
    after = [piece for piece in plan if piece[0] > end_s]
    return [*before, (start_s, at_start), (end_s, power_w), *after]


def energy_j(plan: Plan, start_s: float, end_s: float) -> float:
    """Energy drawn between two times under a plan [J]."""
    total, since = 0.0, start_s
    for until, power in plan:
        if until <= since:
            continue
        stop = min(until, end_s)
        total += power * (stop - since)
        since = stop
        if since >= end_s:
            break
    return total


class Supply:
    """The charge of one peer's battery, integrated exactly along its parts' plans."""

    def __init__(
        self, clock: Clock, peer: int, capacity_j: float, initial_j: float, depleted: Callable[[int], None]
    ) -> None:
        self.capacity_j = capacity_j
        self._clock = clock
        self._peer = peer
        self._remaining_j = initial_j
        self._at_s = 0.0
        self._plans: dict[int, Plan] = {}
        self._depleted = depleted
        self._alarm: Alarm | None = None
        self.dead = False

    def rest(self, part: int, power_w: float) -> None:
        """From now on a part draws constant power, whatever was planned."""
        self._settle()
        self._plans[part] = [(float("inf"), power_w)]
        self._predict()

    def draw(self, part: int, start_s: float, end_s: float, power_w: float) -> None:
        """A part will draw this power between two times, now or later."""
        if end_s <= start_s or self.dead:
            return
        self._settle()
        self._plans[part] = overlay(self._plans[part], start_s, end_s, power_w)
        self._predict()

    def remaining_j(self) -> float:
        """Charge left now [J]."""
        self._settle()
        return self._remaining_j

    def fraction(self) -> float:
        """Charge left of capacity."""
        return self.remaining_j() / self.capacity_j

    def time_when_s(self, remaining_j: float) -> float:
        """When the charge will have fallen to this level, if nothing else is planned; inf for never."""
        self._settle()
        now_s = self._clock.time_s
        left = self._remaining_j - remaining_j
        return now_s if left <= 0.0 else depletion_time_s(left, now_s, list(self._plans.values()))

    def _settle(self) -> None:
        now_s = self._clock.time_s
        if now_s > self._at_s:
            for part, plan in self._plans.items():
                self._remaining_j -= energy_j(plan, self._at_s, now_s)
                self._plans[part] = [piece for piece in plan if piece[0] > now_s]
            self._at_s = now_s

    def _predict(self) -> None:
        if self.dead:
            return
        when_s = self.time_when_s(0.0)
        alarm = self._alarm
        if alarm is not None and alarm.subject == when_s:
            return
        if alarm is not None:
            alarm.subject = None
            self._alarm = None
        if when_s < float("inf"):
            # A depletion alone is no reason to go on simulating, hence a daemon; so is a cancelled alarm.
            self._clock.daemons += 1
            self._alarm = self._clock.at(when_s, order=self._peer, subject=when_s, call=self._ring)

    def _ring(self, alarm: Alarm) -> None:
        self._clock.daemons -= 1
        if alarm.subject is None:
            return
        self._alarm = None
        self._remaining_j, self._at_s, self.dead = 0.0, self._clock.time_s, True
        self._plans = {part: [(float("inf"), 0.0)] for part in self._plans}
        self._depleted(self._peer)
