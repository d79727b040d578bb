"""Simulated time: SimPy's event queue, with absolute times and ties broken by peer."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from simpy import Environment, Event

FIRST = -1
"""Order of events that come before all peers' events of the same time."""
LAST = 1 << 40
"""Order of events that come after all peers' events of the same time."""


class Alarm(Event):
    """An event that happens at a known time. Its answer may still be set by its first callbacks."""

    __slots__ = ("subject",)

    def __init__(self, clock: "Clock", answer: Any, subject: Any, call: Callable[[Any], None] | None) -> None:
        # What Event.__init__ does, without the call: alarms are what the event loop mostly makes.
        self.env = clock
        self.callbacks = [] if call is None else [call]
        self._ok = True
        self._value = answer
        self.subject = subject

    def answer(self, value: Any) -> None:
        """Set what those who wait for the alarm receive."""
        self._value = value


class Clock(Environment):
    """An event queue in which events of equal time follow the peers' numbers.

    SimPy schedules by delay; the sum `now + delay` differs in the last bit between peers that mean
    the same time, so everything here is scheduled at an absolute time.
    """

    def __init__(self) -> None:
        super().__init__(0.0)
        self.time_s = 0.0
        self.daemons = 0

    def at(
        self,
        time_s: float,
        *,
        order: int,
        answer: Any = None,
        subject: Any = None,
        call: Callable[[Any], None] | None = None,
    ) -> Alarm:
        """An alarm at an absolute time; `call` runs first, with the alarm as its argument."""
        alarm = Alarm(self, answer, subject, call)
        heappush(self._queue, (time_s, order + 2, next(self._eid), alarm))
        return alarm

    def soon(self, call: Callable[[], None]) -> None:
        """Call after everything that peers do at this time."""
        self.at(self.time_s, order=LAST, subject=call, call=lambda alarm: alarm.subject())

    def watch(self, time_s: float, call: Callable[[], None]) -> None:
        """Call at a time, without keeping the simulation alive for it."""
        self.daemons += 1
        self.at(time_s, order=LAST, subject=call, call=self._ring)

    def dismiss(self, alarm: Alarm) -> None:
        """Nobody waits for this alarm any more: keep the simulation alive for it no longer."""
        if not alarm.processed:
            self.daemons += 1
            alarm.callbacks = [self._forget]
            alarm.subject = None

    def _forget(self, alarm: Event) -> None:
        self.daemons -= 1

    def _ring(self, alarm: Alarm) -> None:
        self.daemons -= 1
        alarm.subject()

    def advance(self, until_s: float) -> None:
        """Run until nothing but watches is left, or until a time (then it is that time)."""
        queue = self._queue
        while len(queue) > self.daemons:
            if queue[0][0] > until_s:
                self._now = self.time_s = until_s
                break
            # What Environment.step does, in place: a call saved per event.
            self._now, _, _, event = heappop(queue)
            self.time_s = self._now
            callbacks: list[Callable[[Any], None]] = event.callbacks
            event.callbacks = None  # pyright: ignore[reportAttributeAccessIssue]  # how SimPy marks the past
            for callback in callbacks:
                callback(event)
            if not event.ok and not event.defused:
                failure: Any = event.value
                raise failure

    @property
    def events(self) -> int:
        """Events scheduled so far."""
        return next(self._eid)
