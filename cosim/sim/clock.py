"""Simulated time: SimPy's event queue, with absolute times and ties broken by peer."""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any, NoReturn

from simpy import Environment, Event

URGENT = -2
"""Order of events that come before everything else of the same time: programs that begin or are ended."""
FIRST = -1
"""Order of events that come before all peers' events of the same time."""
LAST = 1 << 40
"""Order of events that come after all peers' events of the same time."""


NEW = object.__new__
"""Makes an object that is not initialised yet."""


class Alarm(Event):
    """An event that happens at a known time. Its answer may still be set by its first callbacks."""

    # Slots in place of what an event keeps in its dictionary: that lies elsewhere in memory.
    __slots__ = ("_ok", "_value", "callbacks", "env", "subject")

    subject: Any

    def __init__(self, clock: "Clock", answer: Any, subject: Any, call: Callable[[Any], None] | None) -> None:
        self.env = clock
        self.callbacks = [] if call is None else [call]
        self._ok = True
        self._value = answer
        self.subject = subject

    def answer(self, value: Any) -> None:
        """Set what those who wait for the alarm receive."""
        self._value = value

    def cancel(self) -> None:
        """Forget an alarm for which no program waits."""
        self.callbacks = []
        self.subject = None


def _nobody() -> bool:
    return False


class Watch(Alarm):
    """An alarm that is no reason to go on with the simulation, unless somebody wants it when its time comes."""

    __slots__ = ("wanted",)

    wanted: Callable[[], bool]

    def cancel(self) -> None:
        """Forget it, and whom it would have called: it stays in the queue until its time."""
        self.callbacks = []
        self.subject = None
        self.wanted = _nobody


class Clock(Environment):
    """An event queue in which events of equal time follow the peers' numbers.

    SimPy schedules by delay; the sum `now + delay` differs in the last bit between peers that mean
    the same time, so everything here is scheduled at an absolute time. Time does not pass for an event
    that nobody waits for: a time-out whose message has come does not prolong a run.
    """

    def __init__(self) -> None:
        super().__init__(0.0)
        self.time_s = 0.0
        """The same as `now`, without the call."""
        self._asked = 0

    def at(
        self,
        time_s: float,
        *,
        order: int,
        answer: Any = None,
        subject: Any = None,
        call: Callable[[Any], None] | None = None,
    ) -> Alarm:
        """An alarm at an absolute time; `call` runs first, with the alarm as its argument.

        Raises:
            ValueError: the time lies in the past, or is not a number.
        """
        if not time_s >= self.time_s:
            self._refuse(time_s)
        # What Alarm.__init__ does, without the call: an event loop mostly makes alarms.
        alarm: Any = NEW(Alarm)
        alarm.env = self
        alarm.callbacks = [] if call is None else [call]
        alarm._ok = True
        alarm._value = answer
        alarm.subject = subject
        queue: list[Any] = self._queue
        heappush(queue, (time_s, order + 2, next(self._eid), alarm))
        return alarm

    def later(self) -> Alarm:
        """An alarm whose time is not known yet: it rings when it is told to."""
        return Alarm(self, None, None, None)

    def ring(self, alarm: Alarm, order: int) -> None:
        """Let such an alarm ring at this time."""
        self._push(self.time_s, order, alarm)

    def _refuse(self, time_s: float) -> NoReturn:
        raise ValueError(f"it is {self.time_s} s: nothing can happen at {time_s} s any more")

    def _push(self, time_s: float, order: int, event: Event) -> None:
        queue: list[Any] = self._queue
        heappush(queue, (time_s, order + 2, next(self._eid), event))

    def soon(self, call: Callable[[], None]) -> None:
        """Call after everything that peers do at this time."""
        self.at(self.time_s, order=LAST, subject=call, call=_ring)

    def watch(
        self,
        time_s: float,
        call: Callable[[], None],
        *,
        order: int = LAST,
        wanted: Callable[[], bool] = _nobody,
    ) -> Watch:
        """Call at a time, if the simulation comes so far or the call is wanted then.

        Raises:
            ValueError: the time lies in the past, or is not a number.
        """
        if not time_s >= self.time_s:
            self._refuse(time_s)
        watch = Watch(self, None, call, _ring)
        watch.wanted = wanted
        self._push(time_s, order, watch)
        return watch

    def hasten(self, alarm: Alarm) -> None:
        """Let an alarm ring at this time instead of later."""
        self._push(self.time_s, FIRST, alarm)

    def advance(self, until_s: float) -> None:
        """Run until nothing but unwanted watches is left, or until a time (then it is that time)."""
        queue: list[Any] = self._queue
        while queue:
            entry = heappop(queue)
            time_s, _, _, event = entry
            callbacks = event.callbacks
            if not callbacks and event._ok:
                event.callbacks = None
                continue
            if event.__class__ is Watch and not event.wanted() and not self._anything_else():
                heappush(queue, entry)
                break
            if time_s > until_s:
                heappush(queue, entry)
                self._now = self.time_s = until_s
                break
            # What Environment.step does, in place: a call saved per event.
            self._now = self.time_s = time_s
            event.callbacks = None
            for callback in callbacks:
                callback(event)
            if not event._ok and not event.defused:
                raise event._value

    def _anything_else(self) -> bool:
        """Whether anything but unwanted watches is to come."""
        events: Iterator[Any] = (entry[3] for entry in self._queue)
        return any(event.callbacks and not (isinstance(event, Watch) and not event.wanted()) for event in events)

    @property
    def events(self) -> int:
        """Events scheduled so far."""
        self._asked += 1
        return next(self._eid) - self._asked + 1


def _ring(alarm: Any) -> None:
    alarm.subject()
