"""The programs of one peer: they run until they end, or until their peer stops."""

from collections.abc import Generator
from typing import Any

from simpy import Event, Interrupt

from cosim.peer import Program
from cosim.sim.clock import Clock

MANY = 16
"""So many programs are looked through for those that have ended, before another is begun."""


class Programs:
    """Runs programs side by side, from `start` to `stop`; knows whose they are, for messages about those that fail."""

    def __init__(self, clock: Clock, peer: int) -> None:
        self.peer = peer
        self._clock = clock
        self._running = False
        self._processes: list[Any] = []

    def start(self) -> None:
        """Allow programs to be run."""
        self._running = True

    def run(self, program: Program) -> Event:
        """Begin a program; happens when it ends. Of a peer that has stopped nothing begins or happens any more."""
        if not self._running:
            program.close()
            return self._clock.event()
        process = self._clock.process(self._guarded(program))
        if len(self._processes) >= MANY:
            self._processes = [other for other in self._processes if other.is_alive]
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End all programs at this instant; they may clean up."""
        self._running = False
        for process in self._processes:
            if process.is_alive:
                process.interrupt()
        self._processes.clear()

    @property
    def busy(self) -> bool:
        """Whether any program has not ended."""
        return any(process.is_alive for process in self._processes)

    def _guarded(self, program: Program) -> Generator[Any, Any, Any]:
        try:
            return (yield from program)
        except Interrupt:
            return None
