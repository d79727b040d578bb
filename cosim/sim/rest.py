"""When a station is on, asleep at its program's wish, or off."""

from collections.abc import Callable

from cosim.sim.clock import FIRST, Clock
from cosim.sim.energy import OFF, SLEEP
from cosim.sim.station import Station


class Rest:
    """Switches one station on and off, and puts it to sleep.

    Waking by the end of a sleep begins early enough to listen when it is over; who sleeps for less time than waking
    takes listens too late.
    """

    __slots__ = ("_clock", "_silence", "_station", "_until_s")

    def __init__(self, clock: Clock, station: Station, silence: Callable[[int, int], None]) -> None:
        """A station, and what tells its medium that it falls silent."""
        self._clock = clock
        self._station = station
        self._silence = silence
        self._until_s = 0.0

    def start(self) -> None:
        """Switch on, and listen."""
        now_s, station = self._clock.time_s, self._station
        station.wake(now_s)
        if station.host is not None:
            station.host.start(now_s)
        if station.sleeper is not None:
            station.sleeper.start()

    def stop(self) -> None:
        """Switch off, now."""
        self._fall_silent(OFF)
        if self._station.host is not None:
            self._station.host.stop(self._clock.time_s)

    def _fall_silent(self, state: int) -> None:
        if self._station.sleeper is not None:
            self._station.sleeper.stop()
        self._silence(self._station.id, state)

    def sleep(self, until_s: float) -> None:
        """Sleep from now on, until a time at least."""
        station, sleeper = self._station, self._station.sleeper
        ready_s = until_s if sleeper is not None else max(until_s, self._clock.time_s + station.wake_s)
        self._until_s = max(ready_s, self._until_s)
        if sleeper is None:
            # Whoever wakes at a time hears what begins at that time, hence the order.
            self._clock.watch(ready_s, self._wake, order=FIRST)
        self._fall_silent(SLEEP)
        # What another program of the peer sends meanwhile starts when the transceiver is up.
        station.free_at_s = self._until_s
        if sleeper is not None:
            sleeper.hold(self._until_s)
        else:
            station.begin_waking(self._until_s - station.wake_s, self._until_s)

    def _wake(self) -> None:
        if not self._station.off and self._clock.time_s >= self._until_s:
            self._station.wake(self._clock.time_s)
