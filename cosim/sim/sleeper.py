"""A station that sleeps by a schedule."""

from collections.abc import Callable

from cosim.sim.clock import FIRST, Clock, Watch
from cosim.sim.energy import SLEEP
from cosim.sim.sleep_schedule import SleepSchedule
from cosim.sim.station import Station

INFINITE_S = float("inf")
ROUNDING = 1e-6
"""Share of the time of waking by which it may be shorter."""
DOWN, ASLEEP, WAKING, UP = range(4)


class Sleeper:
    """Drives one station: listening in its windows, up for what it sends, asleep otherwise.

    It wakes early enough to listen when a window opens, unless there is no time for it. A program's own sleep holds it
    down until that is over.
    """

    def __init__(
        self, clock: Clock, station: Station, schedule: SleepSchedule, phase_s: float, deafen: Callable[[int], None]
    ) -> None:
        self._clock = clock
        self._station = station
        self._schedule = schedule
        self._phase_s = phase_s
        self._deafen = deafen
        self._state = DOWN
        self._sending = 0
        self._ready_s = self._held_until_s = 0.0
        self._up_by_s = INFINITE_S
        self._watch: Watch | None = None

    # What the peer says

    def start(self) -> None:
        """The station has been switched on."""
        self._state, self._sending, self._held_until_s = UP, 0, 0.0
        self._review()

    def stop(self) -> None:
        """The station is off."""
        self._state = DOWN
        self._cancel()

    def hold(self, until_s: float) -> None:
        """The station has fallen asleep, for its program wants it to until a time; nothing is sent any more."""
        self._held_until_s = max(until_s, self._held_until_s)
        self._state, self._sending, self._up_by_s = ASLEEP, 0, INFINITE_S
        self._review()

    # What the medium says

    def ready_s(self, now_s: float) -> float:
        """See Sleeper."""
        if self._state == WAKING:
            return self._ready_s
        return now_s + self._station.wake_s if self._state == ASLEEP else now_s

    def rouse(self, start_s: float) -> None:
        """See Sleeper."""
        self._sending += 1
        self._up_by_s = min(start_s, self._up_by_s)
        self._review()

    def settled(self) -> None:
        """See Sleeper."""
        if self._sending:
            self._sending -= 1
            self._review()

    # What follows

    def _review(self) -> None:
        """Be what one should be now, and look again when that may change."""
        self._cancel()
        now_s = self._clock.time_s
        if self._state == WAKING:
            if now_s < self._ready_s:
                self._look_at(self._ready_s)
                return
            self._state = UP
            self._station.rise(now_s)
        if self._state == UP:
            self._stay_up(now_s)
        if self._state == ASLEEP:
            self._sleep_on(now_s)

    def _stay_up(self, now_s: float) -> None:
        opens_s, closes_s = self._schedule.window_s(self._phase_s, now_s)
        station = self._station
        if opens_s <= now_s and self._held_until_s <= now_s:
            station.listening = True
            self._look_at(closes_s)
            return
        if station.listening:
            self._deafen(station.id)
            station.deafen(now_s)
        if self._sending:
            self._look_at(max(opens_s, self._held_until_s) if self._held_until_s < closes_s else closes_s)
            return
        self._up_by_s = INFINITE_S
        self._state = ASLEEP
        station.fall_silent(now_s, SLEEP)

    def _sleep_on(self, now_s: float) -> None:
        wake_s = self._station.wake_s
        after_s = max(now_s + wake_s, self._held_until_s)
        opens_s, _ = self._schedule.window_s(self._phase_s, after_s)
        wanted_s = min(max(opens_s, self._held_until_s), self._up_by_s)
        if wanted_s - wake_s > now_s:
            self._look_at(wanted_s - wake_s)
            return
        # A difference that is only rounding must not make it late.
        late = now_s + wake_s - wanted_s > ROUNDING * wake_s
        self._state, self._ready_s = WAKING, now_s + wake_s if late else max(wanted_s, now_s)
        self._station.begin_waking(now_s, self._ready_s)
        self._review()

    def _look_at(self, time_s: float) -> None:
        if time_s < INFINITE_S:
            self._watch = self._clock.watch(time_s, self._review, order=FIRST)

    def _cancel(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
