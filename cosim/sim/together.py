"""Several waits as one, and waits that do nothing while nobody waits for them."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from simpy import Event

from cosim.sim.clock import Clock


class Lazy(Protocol):
    """An event that wants to know whether somebody waits for it."""

    def sought(self) -> None:
        """Somebody waits."""
        ...

    def forsaken(self) -> None:
        """Nobody waits any more."""
        ...


class Waiters(list[Any]):
    """The callbacks of a lazy event."""

    __slots__ = ("_event",)

    def __init__(self, event: Lazy) -> None:
        super().__init__()
        self._event = event

    def append(self, callback: Callable[[Any], None]) -> None:
        """Somebody begins to wait."""
        super().append(callback)
        self._event.sought()

    def remove(self, callback: Callable[[Any], None]) -> None:
        """Somebody gives up."""
        super().remove(callback)
        if not self:
            self._event.forsaken()


class Together(Event):
    """Waits for the first of several events, or for all of them.

    It looks at them only while somebody waits for it, so that of what is given up nothing goes on behind.
    """

    def __init__(
        self, clock: Clock, waits: Iterable[Event], answer: Callable[[list[int]], Any], *, every: bool
    ) -> None:
        """Put waits together.

        Args:
            clock: of all of them.
            waits: the events.
            answer: from the positions of those that are done, in order, to what is answered.
            every: wait for all of them.
        """
        super().__init__(clock)
        self.callbacks = Waiters(self)
        self._waits = tuple(waits)
        self._enough = len(self._waits) if every else min(1, len(self._waits))
        self._answer = answer

    def sought(self) -> None:
        """Look at the events; see Lazy."""
        if self.triggered:
            return
        for wait in self._waits:
            if not wait.processed and self._look not in wait.callbacks:
                wait.callbacks.append(self._look)
        self._check()

    def forsaken(self) -> None:
        """Look away from the events; see Lazy."""
        for wait in self._waits:
            if not wait.processed and self._look in wait.callbacks:
                wait.callbacks.remove(self._look)

    def _look(self, event: Any) -> None:
        if event.ok:
            self._check()
        else:
            event.defused = True
            self.fail(event.value)

    def _check(self) -> None:
        for wait in self._waits:
            if isinstance(wait, Together):
                wait._check()
        done = [i for i, wait in enumerate(self._waits) if is_done(wait)]
        if len(done) >= self._enough and not self.triggered:
            self.succeed(self._answer(done))
            self.forsaken()


def is_done(wait: Event) -> bool:
    """Whether an event has happened; a lazy one that has its answer counts: nobody else may get it."""
    return wait.processed or (isinstance(wait.callbacks, Waiters) and wait.triggered)


def first_of(clock: Clock, waits: list[Event]) -> Together:
    """Answers with (position, result) of those done, at least one."""
    return Together(clock, waits, lambda done: [(i, waits[i].value) for i in done], every=False)


def all_of(clock: Clock, waits: list[Event]) -> Together:
    """Answers with all results."""
    return Together(clock, waits, lambda done: [wait.value for wait in waits], every=True)
