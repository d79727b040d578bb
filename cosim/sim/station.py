"""A peer's half-duplex transceiver at work: one activity at a time, first come first served."""

from collections import deque
from typing import Protocol

from cosim.peer import Message
from cosim.results.tables import OUTCOMES
from cosim.sim.energy import IDLE, OFF, RADIO, RECEIVE, SLEEP, TRANSMIT, WAKE, Meter
from cosim.sim.host import Host
from cosim.sim.radio import Radio
from cosim.sim.supply import Supply

INFINITE_S = float("inf")
HEARD, BELOW, LOST, COLLIDED, BUSY, ASLEEP, SWITCHED_OFF = range(len(OUTCOMES))


class Hearer(Protocol):
    """Who takes the messages that a station receives."""

    def put(self, message: Message) -> None:
        """Take a message."""
        ...


class Nobody:
    """Takes what a station without a peer receives."""

    def put(self, message: Message) -> None:
        """Forget it."""


class Sleeper(Protocol):
    """Who decides when a station that sleeps by a schedule is up."""

    def start(self) -> None:
        """The station has been switched on."""
        ...

    def stop(self) -> None:
        """The station is about to be switched off, or to be put to sleep by its program."""
        ...

    def hold(self, until_s: float) -> None:
        """It has been put to sleep, until a time."""
        ...

    def ready_s(self, now_s: float) -> float:
        """From when on it can send, if it is told so now."""
        ...

    def rouse(self, start_s: float) -> None:
        """It has something to send, from a time on that is not before `ready_s`."""
        ...

    def settled(self) -> None:
        """That is over at this instant."""
        ...


class Overhearing:
    """A station receiving a frame that is not for it, because it had nothing else to do.

    `outcome` is HEARD unless something kept it from listening to the end.
    """

    __slots__ = ("end_s", "outcome", "start_s")

    def __init__(self, start_s: float, end_s: float, outcome: int = HEARD) -> None:
        self.start_s = start_s
        self.end_s = end_s
        self.outcome = outcome

    def cut(self, now_s: float, outcome: int) -> float:
        """Stop listening at a time; when it would have ended otherwise."""
        end_s = self.end_s
        if end_s > now_s:
            self.end_s = max(now_s, self.start_s)
            self.outcome = outcome
        return end_s


MISSED = {outcome: Overhearing(0.0, 0.0, outcome) for outcome in (BUSY, ASLEEP, SWITCHED_OFF)}
"""What was not heard at all, and why."""


class Station:
    """The transceiver of one peer.

    It is reserved for activities, one after the other; `free_at_s` ends the last. It is `awake` unless it sleeps, is
    off, or has not woken yet, and then `listening` unless it is up only for what it sends. A medium asks for `ready_s`
    before it sends, and tells of each transfer by `rouse` and `settled`.
    """

    __slots__ = (
        "_agenda", "_wakes_from_s", "awake", "free_at_s", "hearer", "host", "id", "idle_w", "listening", "meter",
        "off", "overheard", "receive_w", "sequence", "sleep_w", "sleeper", "supply", "transmit_w", "tx_power_dbm",
        "wake_s", "wake_w",
    )  # fmt: skip

    def __init__(self, peer: int, meter: Meter, radio: Radio, tx_power_dbm: float, supply: Supply | None) -> None:
        """A station that is off."""
        self.id = peer
        self.meter = meter
        self.supply = supply
        self.tx_power_dbm = tx_power_dbm
        self.idle_w = radio.idle_w
        self.receive_w = radio.receive_w
        self.sleep_w = radio.sleep_w
        self.wake_s = radio.transceiver.wake_s
        self.wake_w = radio.transceiver.wake_w
        self.sleeper: Sleeper | None = None
        self.host: Host | None = None
        self._wakes_from_s = INFINITE_S
        self.transmit_w = radio.transmit_w(tx_power_dbm, 0.0)
        self.free_at_s = 0.0
        self.sequence = 0
        self.listening = self.awake = False
        self.off = True
        self.hearer: Hearer = Nobody()
        self.overheard: list[Overhearing] = []
        # Reservations to come, kept only where something can be overheard before they begin.
        self._agenda: deque[tuple[float, float]] | None = deque() if radio.uses_positions else None

    @property
    def absence(self) -> int:
        """The outcome at a hearer that does not listen."""
        return SWITCHED_OFF if self.off else ASLEEP

    def next_sequence(self) -> int:
        """Number of the next message; also counted where nobody is there to hear it, so that luck stays in place."""
        self.sequence += 1
        return self.sequence - 1

    # Sending in spite of a schedule of sleep

    def ready_s(self, now_s: float) -> float:
        """From when on it can send what it is asked for now."""
        start_s = max(now_s, self.free_at_s)
        return start_s if self.sleeper is None else max(start_s, self.sleeper.ready_s(now_s))

    def rouse(self, start_s: float) -> None:
        """It has something to send, from a time on that is not before `ready_s`; a medium tells it of each transfer."""
        if self.sleeper is not None:
            self.sleeper.rouse(start_s)

    def settled(self) -> None:
        """A transfer of it is over, or will not be."""
        if self.sleeper is not None:
            self.sleeper.settled()

    # Reservations

    def reserve(self, start_s: float, end_s: float, now_s: float) -> None:
        """Keep the station for an activity; what it merely overhears ends when that begins."""
        self.free_at_s = end_s
        agenda = self._agenda
        if agenda is not None:
            while agenda and agenda[0][1] <= now_s:
                agenda.popleft()
            agenda.append((start_s, end_s))
            for overhearing in self.overheard[:]:
                self._stop(overhearing, start_s, BUSY)

    def release(self, start_s: float, end_s: float, now_s: float) -> None:
        """Give back what is left of a reservation, if it is the last one, and draw no more for it."""
        resumes_s = max(start_s, now_s)
        if self.free_at_s == end_s:
            self.free_at_s = resumes_s
            if self._agenda:
                self._agenda[-1] = (start_s, resumes_s)
        if self.supply is not None:
            self.supply.clear(RADIO, resumes_s, end_s)

    # Overhearing

    def overhear(self, start_s: float, end_s: float) -> Overhearing:
        """Receive a frame for others, if nothing else is to be done at its start, until something is."""
        if not self.listening:
            return MISSED[self.absence]
        if self.overheard and self.overheard[-1].end_s > start_s:
            return MISSED[BUSY]
        free_s = INFINITE_S
        for begin_s, until_s in self._agenda or ():
            if until_s > start_s:
                if begin_s <= start_s:
                    return MISSED[BUSY]
                free_s = begin_s
                break
        overhearing = Overhearing(start_s, min(end_s, free_s), HEARD if end_s <= free_s else BUSY)
        self.overheard.append(overhearing)
        if self.supply is not None:
            self.supply.draw(RADIO, start_s, overhearing.end_s, self.receive_w)
        return overhearing

    def take_over(self, overhearing: Overhearing) -> bool:
        """Leave it to others to log what was overheard; false if it is logged already, or had to be now."""
        overheard = self.overheard
        if overheard and overheard[0] is overhearing:
            del overheard[0]
            return True
        self.flush_overheard(overhearing.end_s)
        return False

    def cut_overhearing(self, overhearing: Overhearing, now_s: float) -> None:
        """What is overheard stops, because its sender does; what was heard until then stays."""
        if overhearing in self.overheard:
            self._stop(overhearing, now_s, LOST)

    def _stop(self, overhearing: Overhearing, now_s: float, outcome: int) -> None:
        would_end_s = overhearing.cut(now_s, outcome)
        if overhearing.end_s <= overhearing.start_s:
            self.overheard.remove(overhearing)
        if self.supply is not None:
            self.supply.clear(RADIO, overhearing.end_s, would_end_s)

    def flush_overheard(self, until_s: float) -> None:
        """Log what was overheard up to a time."""
        while self.overheard and self.overheard[0].end_s <= until_s:
            overheard = self.overheard.pop(0)
            self.meter.burst(overheard.start_s, overheard.end_s, RECEIVE, self.receive_w)

    # States

    def burst(self, start_s: float, end_s: float, state: int, power_w: float) -> None:
        """Log an activity; what was overheard before it comes first."""
        if self.overheard:
            self.flush_overheard(start_s)
        self.meter.burst(start_s, end_s, state, power_w)

    def fall_silent(self, now_s: float, state: int) -> None:
        """Sleep or switch off from now on; nothing is reserved any more."""
        self.off = state == OFF
        self.listening = self.awake = False
        self.finish(now_s, self.absence)
        if self._agenda:
            self._agenda.clear()
        if self.supply is not None:
            self.supply.clear(RADIO, now_s)
        self._rest(now_s, state, self.sleep_w if state == SLEEP else 0.0)

    def deafen(self, now_s: float) -> None:
        """Listen no more, but stay up."""
        self.listening = False
        self._hear_no_more(now_s, ASLEEP)

    def finish(self, now_s: float, outcome: int) -> None:
        """Overhear nothing more, and wake no further."""
        self._hear_no_more(now_s, outcome)
        self._end_waking(now_s)

    def _hear_no_more(self, now_s: float, outcome: int) -> None:
        for overhearing in self.overheard:
            overhearing.cut(now_s, outcome)
        self.flush_overheard(float("inf"))

    def begin_waking(self, from_s: float, until_s: float) -> None:
        """Wake between two times; who asks for it calls `wake` or `rise` when it is done."""
        if until_s > from_s:
            self._wakes_from_s = from_s
            if self.supply is not None:
                self.supply.draw(RADIO, from_s, until_s, self.wake_w)

    def _end_waking(self, now_s: float) -> None:
        """Log what was done of waking."""
        from_s, self._wakes_from_s = self._wakes_from_s, INFINITE_S
        if from_s < now_s:
            self.meter.burst(from_s, now_s, WAKE, self.wake_w)

    def wake(self, now_s: float) -> None:
        """Listen from now on."""
        self.rise(now_s)
        self.listening = True

    def rise(self, now_s: float) -> None:
        """Be up from now on, but deaf."""
        self._end_waking(now_s)
        self.off, self.awake = False, True
        self.free_at_s = max(self.free_at_s, now_s)
        self._rest(now_s, IDLE, self.idle_w)

    def become(self, now_s: float, state: int) -> None:
        """Transmit, receive or listen from now on, until something else is said."""
        watts = {TRANSMIT: self.transmit_w, RECEIVE: self.receive_w, IDLE: self.idle_w}
        self._rest(now_s, state, watts[state])

    def _rest(self, now_s: float, state: int, power_w: float) -> None:
        self.meter.rest(now_s, state, power_w)
        if self.supply is not None:
            self.supply.rest(RADIO, power_w)
