"""Messages under a duty cycle: trains of frames, each a transmission of its own, with silence between them.

A transfer that is one event cannot be cut up: its station would be reserved for hours of which it sends a hundredth.
So each frame goes to the medium by itself when the duty cycle allows it, and between two frames its sender listens,
sleeps or sends something else. That costs an event or two per frame, which the duty cycle keeps rare: at 1 % a frame of
350 ms every 35 s. What arrived is gathered, and the hearer is handed the message when it is complete, or with the last
frame, if it hears that, what it has of it.
"""

from collections.abc import Callable, Sequence
from typing import Any, final

from simpy import Event

from cosim.peer import Sent
from cosim.sim.budget import Budget
from cosim.sim.clock import Alarm, Clock
from cosim.sim.duty_cycle import DutyCycle
from cosim.sim.medium import Content, Fragments, Medium
from cosim.sim.radio import Frames
from cosim.sim.repair import Repair
from radio_models.units import BITS_PER_BYTE

Send = Callable[[Content], Any]
"""Gives one frame to the medium; the alarm it answers with rings at the frame's end."""


def within_duty_cycle(medium: Medium, clock: Clock, budget: Budget) -> Medium:
    """The medium, or one that keeps the radio's duty cycle on it.

    A medium that sends frame by frame may do so itself, and says so by a true attribute `keeps_duty_cycle`.
    """
    share = getattr(budget.radio, "duty_cycle", 1.0)
    kept = share >= 1.0 or getattr(medium, "keeps_duty_cycle", False)
    return medium if kept else FrameTrains(medium, clock, budget, share)


@final
class Train:
    """One message on its way, frame by frame."""

    def __init__(self, trains: "FrameTrains", sender: int, content: Content, send: Send) -> None:
        self.done = Event(trains.clock)
        self.sent: list[Any] = []
        self._trains = trains
        self._sender = sender
        self._content = content
        self._send = send
        self._frames: Frames = trains.frames(content.air_bits)
        self._has: dict[int, list[bool]] = {}
        self._complete: set[int] = set()
        self._waiting: Alarm | None = None
        self._on_air = self._over = False
        self._asked_s = trains.clock.time_s
        self.answer: Callable[[Train], Any] = _recipients(())

    @property
    def waited_s(self) -> float:
        """Seconds since the message was asked for."""
        return self._trains.clock.time_s - self._asked_s

    @property
    def complete(self) -> bool:
        """Whether all frames have been on the air."""
        return len(self.sent) == self._frames.count

    def go_on(self) -> None:
        """Ask for the next frame's turn."""
        clock = self._trains.clock
        start_s = self._trains.duty_cycle(self._sender).next_start_s(clock.time_s, self._airtime_s)
        if start_s > clock.time_s:
            self._waiting = clock.at(start_s, order=self._sender, call=self._start)
        else:
            self._start(None)

    @property
    def _number(self) -> int:
        return len(self.sent)

    @property
    def _last(self) -> bool:
        return self._number == self._frames.count - 1

    @property
    def _airtime_s(self) -> float:
        return self._frames.last_airtime_s if self._last else self._frames.full_airtime_s

    def _start(self, _: Alarm | None) -> None:
        self._waiting = None
        frames, last = self._frames, self._last
        before = BITS_PER_BYTE * frames.full_bytes * self._number
        air_bits = self._content.air_bits - before if last else BITS_PER_BYTE * frames.full_bytes
        payload_bits = max(0, min(air_bits, self._content.sent_bits - before))
        piece = self._content.carried(payload_bits, air_bits, self._take(self._number, last))
        piece.continues = self._number > 0
        self._on_air = True
        self._send(piece).callbacks.append(self._ended)

    def _take(self, number: int, last: bool) -> Callable[[int, Fragments], Fragments]:
        def take(hearer: int, fragments: Fragments) -> Fragments:
            if hearer in self._complete:
                return ()
            has = self._has.setdefault(hearer, [False] * self._frames.count)
            has[number] |= False not in fragments
            if self._content.decoded(tuple(has)):
                self._complete.add(hearer)
            elif not last:
                return ()
            return self._content.received(hearer, tuple(has))

        return take

    def _ended(self, alarm: Any) -> None:
        trains = self._trains
        trains.duty_cycle(self._sender).sent(trains.clock.time_s, self._airtime_s)
        self._on_air = False
        self.sent.append(alarm.value)
        if self._over or self.complete:
            self._finish()
        else:
            self.go_on()

    def stop(self) -> None:
        """No frame follows the one on the air."""
        self._over = True
        if self._waiting is not None:
            self._waiting.cancel()
        if not self._on_air:
            self._finish()

    def _finish(self) -> None:
        self._trains.forget(self._sender, self)
        self.done.succeed(self.answer(self))


@final
class FrameTrains:
    """A medium that keeps a duty cycle on another one, per peer; a peer's messages go one after the other."""

    def __init__(self, medium: Medium, clock: Clock, budget: Budget, share: float) -> None:
        self.label = f"{medium.label}; duty cycle {100 * share:g} %"
        self.clock = clock
        self.frames = budget.radio.frames
        self._medium = medium
        self._share = share
        self._cycles: dict[int, DutyCycle] = {}
        self._under_way: dict[int, list[Train]] = {}

    def duty_cycle(self, peer: int) -> DutyCycle:
        """That of one peer."""
        return self._cycles.setdefault(peer, DutyCycle(self._share))

    def broadcast(self, sender: int, content: Content, recipients: tuple[int, ...]) -> Any:
        """Frame by frame to all recipients; see Medium."""
        train = Train(self, sender, content, lambda piece: self._medium.broadcast(sender, piece, recipients))
        train.answer = _recipients(recipients)
        return self._begin(sender, train)

    def unicast(self, sender: int, content: Content, destination: int, repair: Repair | None = None) -> Any:
        """Frame by frame to one peer; see Medium.

        Raises:
            ValueError: a reliable send needs acknowledgements.
        """
        if repair is not None:
            raise ValueError("a reliable send needs acknowledgements, which a radio with a duty cycle does not have")
        train = Train(self, sender, content, lambda piece: self._medium.unicast(sender, piece, destination))
        train.answer = _outcome
        return self._begin(sender, train)

    def _begin(self, sender: int, train: Train) -> Event:
        queue = self._under_way.setdefault(sender, [])
        queue.append(train)
        if len(queue) == 1:
            train.go_on()
        return train.done

    def forget(self, sender: int, train: Train) -> None:
        """A train has ended, and the peer's next one begins."""
        queue = self._under_way[sender]
        was_first = queue[0] is train
        queue.remove(train)
        if queue and was_first:
            queue[0].go_on()

    def _stop(self, trains: Sequence[Train]) -> None:
        for train in trains[::-1]:
            train.stop()

    def deafen(self, peer: int) -> None:
        """See Medium."""
        self._medium.deafen(peer)

    def silence(self, peer: int, state: int) -> None:
        """A station stops, and with it its trains; see Medium."""
        self._stop(self._under_way.get(peer, ()))
        self._medium.silence(peer, state)

    def close(self) -> None:
        """The run ends; see Medium."""
        for trains in self._under_way.values():
            self._stop(trains)
        self._medium.close()


def _recipients(recipients: tuple[int, ...]) -> Callable[[Train], tuple[int, ...]]:
    """What a broadcast answers: to whom it went, if any of it did."""
    return lambda train: recipients if train.sent else ()


def _outcome(train: Train) -> Sent:
    """What a unicast answers: how its frames ended, together."""
    outcomes: list[Sent] = train.sent
    attempts = sum(sent.attempts for sent in outcomes)
    energy_j = sum(sent.energy_j for sent in outcomes)
    return Sent(train.complete and all(sent.ok for sent in outcomes), attempts, train.waited_s, energy_j)
