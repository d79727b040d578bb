"""The programs of one peer: they run until they end, or until their peer stops."""

from typing import Any

from simpy import Event

from cosim.peer import Program
from cosim.sim.clock import URGENT, Clock

MANY = 16
"""So many programs are looked through for those that have ended, before another is begun."""


class Process(Event):
    """A program that runs from one wait to the next; as an event, it happens when the program ends.

    It does what SimPy's own process does with less around it: turns of programs are what a run consists of.
    """

    def __init__(self, clock: Clock, peer: int, program: Program) -> None:
        """A program that has not begun; `peer` is whose it is, for messages about its errors."""
        super().__init__(clock)
        self.peer = peer
        self._program = program
        self._waits_for: Any = None

    def go_on(self, wait: Any) -> None:
        """Hand the program what has happened, and let it run until it waits for something to come."""
        callbacks = None
        while callbacks is None:
            try:
                wait = self._program.send(wait._value) if wait._ok else self._fail_in_program(wait)
            except StopIteration as end:
                self._waits_for = None
                self.succeed(end.value)
                return
            except Exception as error:
                self._waits_for = None
                self.fail(error)
                return
            try:
                callbacks = wait.callbacks
            except AttributeError:
                wait = self._no_wait(wait)
        self._waits_for = wait
        callbacks.append(self.go_on)

    def _fail_in_program(self, wait: Any) -> Any:
        wait.defused = True
        return self._program.throw(wait.value)

    def _no_wait(self, yielded: Any) -> Event:
        """What the program gets for something that cannot be waited for: an error, in its own line."""
        failed = Event(self.env)
        failed._ok = False
        failed._value = TypeError(f"a program yields what its peer's verbs return, not {yielded!r}")
        return failed

    def stop(self) -> None:
        """End the program, which may clean up; of its end nobody hears."""
        if self._waits_for is not None:
            self._waits_for.callbacks.remove(self.go_on)
            self._waits_for = None
        try:
            self._program.throw(GeneratorExit)
            self._program.throw(RuntimeError("the peer has switched off: nothing can be waited for any more"))
        except (GeneratorExit, StopIteration):
            pass


class Programs:
    """Runs programs side by side, from `start` to `stop`."""

    def __init__(self, clock: Clock, peer: int) -> None:
        self.peer = peer
        self._clock = clock
        self._running = False
        self._processes: list[Process] = []

    def start(self) -> None:
        """Allow programs to be run."""
        self._running = True

    def run(self, program: Program) -> Event:
        """Begin a program; happens when it ends. Of a peer that has stopped nothing begins or happens any more."""
        if not self._running:
            program.close()
            return self._clock.event()
        process = Process(self._clock, self.peer, program)
        self._clock.at(self._clock.time_s, order=URGENT, call=process.go_on)
        if len(self._processes) >= MANY:
            self._processes = [other for other in self._processes if not other.triggered]
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End all programs at this instant; they may clean up."""
        self._running = False
        ending, self._processes = self._processes, []
        for process in ending:
            if not process.triggered:
                self._clock.at(self._clock.time_s, order=URGENT, subject=process, call=_stop)

    @property
    def busy(self) -> bool:
        """Whether any program has not ended."""
        return any(not process.triggered for process in self._processes)


def _stop(alarm: Any) -> None:
    alarm.subject.stop()
