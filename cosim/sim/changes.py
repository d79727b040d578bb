"""Programs that wait for something around them to change."""

from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from simpy import Event

from cosim.sim.clock import Clock
from cosim.sim.links import Links
from cosim.sim.supply import Supply

INFINITE_S = float("inf")
STEPS = 10
"""A battery is said to change with every tenth of its capacity."""

Ids = tuple[int, ...]


class Waiting(NamedTuple):
    """Somebody who waits for other neighbours than these."""

    peer: int
    before: Ids
    event: Event
    wanted: Callable[[], bool]


class Changes:
    """Wakes programs when the graph around their peer, or its battery, changes.

    The simulation goes on for the sake of who waits, as long as that program is `wanted`.
    """

    def __init__(self, clock: Clock, links: Links, neighbours: Callable[[int], Ids]) -> None:
        self._clock = clock
        self._links = links
        self._neighbours = neighbours
        self._waiting: list[Waiting] = []
        self._watching = False

    def graph(self, peer: int, wanted: Callable[[], bool]) -> Event:
        """Happens when a peer's neighbours are others than now."""
        event = self._clock.event()
        self._waiting.append(Waiting(peer, self._neighbours(peer), event, wanted))
        self._watch()
        return event

    def _watch(self) -> None:
        """Look again when the graph may change by itself."""
        next_s = self._links.next_change_s(self._clock.time_s)
        if self._waiting and not self._watching and next_s < INFINITE_S:
            self._watching = True
            self._clock.watch(next_s, self._look_again, wanted=self.wanted)

    def wanted(self) -> bool:
        """Whether the simulation goes on for the sake of somebody who waits for the graph."""
        return any(waiting.event.callbacks and waiting.wanted() for waiting in self._waiting)

    def _look_again(self) -> None:
        self._watching = False
        self.look()
        self._watch()

    def look(self) -> None:
        """Wake those whose neighbours have changed."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if self._neighbours(one.peer) != one.before:
                self._happen(one.event)
            else:
                self._waiting.append(one)

    def forget(self, peer: int) -> None:
        """A peer has switched off: none of its programs waits any more."""
        self._waiting = [one for one in self._waiting if one.peer != peer]

    def battery(self, supply: Supply | None, wanted: Callable[[], bool]) -> Event:
        """Happens when the charge has fallen by another tenth of the capacity; on mains, never."""
        event = self._clock.event()
        if supply is not None:
            step = ceil(supply.fraction() * STEPS - 1e-9) - 1
            level_j = step / STEPS * supply.capacity_j
            supply.call_at(level_j, lambda: self._happen(event), lambda: bool(event.callbacks) and wanted())
        return event

    def _happen(self, event: Event) -> None:
        event.succeed(self._clock.time_s)
