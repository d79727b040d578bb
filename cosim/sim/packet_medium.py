"""The medium at packet fidelity: every frame and every acknowledgement is an event on the air."""

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cosim.peer import Message
from cosim.sim.access import Access
from cosim.sim.account import TrafficAccount
from cosim.sim.air import FREE, Air
from cosim.sim.budget import Budget
from cosim.sim.capture import SINR, Capture
from cosim.sim.clock import Alarm, Clock
from cosim.sim.energy import OFF, Ledger
from cosim.sim.footprint import Footprints
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.headers import Headers
from cosim.sim.hearings import Hearings, Jitter
from cosim.sim.medium import Content
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.packet_books import PacketBooks
from cosim.sim.rates import Rates
from cosim.sim.repair import Repair
from cosim.sim.sensing import busy_ratio, header_of, least_ratio
from cosim.sim.station import ASLEEP, HEARD, LOST, SWITCHED_OFF, Station
from cosim.sim.success_table import ACKNOWLEDGEMENT
from cosim.sim.turns import ENDS, Turns

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]


class PacketMedium:
    """Stations with queues, an access strategy that says who begins when, and the air between them.

    A message's frames go out in order, each contending anew; a unicast frame is repeated until it is acknowledged or
    has been sent `max_attempts` times. Power and channel are those at the beginning of each frame.
    """

    def __init__(
        self,
        access: Access,
        clock: Clock,
        stations: Sequence[Station],
        budget: Budget,
        account: TrafficAccount,
        ledger: Ledger,
        seed: int,
        capture: Capture = SINR,
        jitter_s: float = 0.0,
    ) -> None:
        self.label = f"medium: {access.label}, packet fidelity"
        self.keeps_duty_cycle: bool = getattr(access, "keeps_duty_cycle", False)
        self._access = access
        self._clock = clock
        self._stations = stations
        self._budget = budget
        self._radio: Any = budget.radio
        self._rates = Rates(budget)
        self._footprints = Footprints(budget)
        busy = busy_ratio(self._radio, access.busy_dbm)
        self._air = Air(stations, self._rates.table, least_ratio(self._radio), busy, capture)
        self._turns = Turns(clock, access, self._air, self._send, self._fail)
        self._hearings = Hearings(budget, self._rates.table, seed)
        self._jitter = Jitter(seed, jitter_s)
        self._books = PacketBooks(account, ledger, stations)
        self._headers = Headers(clock, self._air, self._turns, self._books, header_of(self._radio))
        self._batteries = any(station.supply is not None for station in stations)
        self._queues: list[deque[Outgoing]] = [deque() for _ in stations]
        self._on_air: dict[int, FrameOnAir] = {}
        self._number = 0

    # Requests

    def broadcast(self, sender: int, content: Content, recipients: tuple[int, ...]) -> Alarm:
        """See Medium."""
        outgoing = Outgoing(sender, BROADCAST, recipients, content, self._radio)
        outgoing.sequence = self._stations[sender].next_sequence()
        return self._enqueue(outgoing)

    def unicast(self, sender: int, content: Content, destination: int, repair: Repair | None = None) -> Alarm:
        """See Medium."""
        outgoing = Outgoing(sender, destination, (destination,), content, self._radio)
        outgoing.repair = repair
        outgoing.sequence = self._stations[sender].next_sequence() if repair is None else repair.sequence
        return self._enqueue(outgoing)

    def _enqueue(self, outgoing: Outgoing) -> Alarm:
        clock, queue = self._clock, self._queues[outgoing.sender]
        outgoing.number = self._number
        self._number += 1
        outgoing.requested_s = outgoing.start_s = clock.time_s
        outgoing.alarm = Alarm(clock, None, None, None)
        queue.append(outgoing)
        station = self._stations[outgoing.sender]
        station.rouse(station.ready_s(clock.time_s))
        if len(queue) == 1:
            self._head(outgoing)
        return outgoing.alarm

    def _head(self, outgoing: Outgoing) -> None:
        """A message is at the head of its station's queue: contend for it, at once or when it may begin."""
        now_s = outgoing.start_s = self._clock.time_s
        begins_s = self._begins_s(outgoing)
        if begins_s > now_s:
            self._clock.at(begins_s, order=outgoing.sender, subject=outgoing, call=self._late)
        else:
            self._turns.request(outgoing.sender)

    def _begins_s(self, outgoing: Outgoing) -> float:
        """When a message may contend: its jitter is over, and its station up."""
        ready_s = self._stations[outgoing.sender].ready_s(self._clock.time_s)
        return max(self._jitter.begins_s(outgoing), ready_s)

    def _late(self, alarm: Any) -> None:
        outgoing: Outgoing = alarm.subject
        alarm.subject = None
        queue = self._queues[outgoing.sender]
        if queue and queue[0] is outgoing:
            self._head(outgoing)

    # Frames

    def _send(self, peer: int) -> None:
        """A station's next fragment goes on the air."""
        now_s, outgoing = self._clock.time_s, self._queues[peer][0]
        self._rates.choose(outgoing, now_s)
        footprint = self._footprints.of(outgoing.sender, now_s)
        if not outgoing.started:
            self._hearings.open(outgoing, footprint, now_s)
        elif self._budget.moving or self._budget.tunings:
            self._hearings.extend(outgoing, footprint)
        row = self._rates.table.row(outgoing.radio, outgoing.size_bytes)
        self._begin(FrameOnAir(outgoing, outgoing.sender, footprint, now_s, outgoing.airtime_s, row))

    def _answer(self, alarm: Any) -> None:
        """A recipient acknowledges a frame, unless it has left meanwhile."""
        frame: FrameOnAir = alarm.subject
        alarm.subject = None
        outgoing, now_s = frame.outgoing, self._clock.time_s
        gone = outgoing.alarm is None or not self._stations[outgoing.destination].listening
        if gone or outgoing.destination in self._on_air:
            return
        footprint = self._footprints.of(outgoing.destination, now_s)
        row = self._rates.table.row(outgoing.radio, ACKNOWLEDGEMENT)
        answer = FrameOnAir(outgoing, outgoing.destination, footprint, now_s, outgoing.radio.ack_airtime_s, row)
        answer.fragment, answer.attempt = frame.fragment, frame.attempt
        self._begin(answer)

    def _begin(self, frame: FrameOnAir) -> None:
        clock, station, now_s = self._clock, self._stations[frame.sender], self._clock.time_s
        gain_db = self._footprints.fading_db(frame.sender, frame.footprint, now_s, frame.end_s - now_s)
        if gain_db is not None:
            frame.fade(gain_db)
        frame.transmit_w = station.transmit_w
        before = self._air.begin(frame, now_s)
        if before is not None:
            self._books.stopped(before, frame.sender, now_s)
        self._on_air[frame.sender] = frame
        self._headers.begun(frame)
        if self._batteries:
            self._books.plan_sender(frame)
        self._turns.sense(np.array([frame.sender]))
        if self._access.detection_s > 0.0:
            clock.at(min(now_s + self._access.detection_s, frame.end_s), order=ENDS - 1, subject=frame, call=self._lock)
        else:
            self._follow(frame)
        clock.at(frame.end_s, order=ENDS, subject=frame, call=self._end)

    def _lock(self, alarm: Any) -> None:
        frame: FrameOnAir = alarm.subject
        alarm.subject = None
        if self._on_air.get(frame.sender) is frame:
            self._follow(frame)

    def _follow(self, frame: FrameOnAir) -> None:
        """Receivers look for the preamble."""
        now_s = self._clock.time_s
        positions = self._air.lock(frame, now_s)
        if frame.acknowledges:
            self._hearings.admit(frame.outgoing, frame.footprint.near_ids[positions], now_s)
        if self._batteries:
            self._books.plan_hearers(frame, positions)
        if frame.acknowledges and frame.outgoing.waiting is not None:
            if self._air.engaged[frame.outgoing.sender] == frame.number:
                frame.outgoing.waiting.cancel()
        if self._access.senses:
            self._turns.sense(frame.footprint.everyone)
            self._turns.arm()

    def _end(self, alarm: Any) -> None:
        frame: FrameOnAir = alarm.subject
        alarm.subject = None
        if self._on_air.get(frame.sender) is frame:
            self._finish(frame)

    def _finish(self, frame: FrameOnAir) -> None:
        """A frame has ended: who has it, what it cost, and what comes next."""
        now_s, footprint = self._clock.time_s, frame.footprint
        received = self._air.end(frame, now_s)
        del self._on_air[frame.sender]
        self._books.heard(frame, received, now_s)
        self._books.sent(frame, now_s)
        self._access.transmitted(frame.sender, frame.start_s, now_s)
        came = self._hearings.judge(frame, received)
        self._turns.heard(footprint.everyone, received.peers, came, frame.reserves_s(self._access.answer))
        if frame.acknowledges:
            self._answered(frame, bool(came[received.peers == frame.outgoing.sender].any()))
        else:
            self._arrive(frame)
        self._turns.arm()

    # What comes after a frame

    def _arrive(self, frame: FrameOnAir) -> None:
        """A data frame has ended."""
        outgoing, now_s, answer = frame.outgoing, self._clock.time_s, self._access.answer
        if outgoing.destination == BROADCAST or answer is None:
            self._over(outgoing, outgoing.destination == BROADCAST)
            return
        if frame.code_at(outgoing.destination) == HEARD:
            self._turns.hold(outgoing.destination, now_s + answer.gap_s + outgoing.radio.ack_airtime_s)
            self._clock.at(now_s + answer.gap_s, order=outgoing.destination, subject=frame, call=self._answer)
            # Who has everything has it now; what is incomplete, or to be repaired, waits for the end.
            if outgoing.repair is None and not outgoing.complete and outgoing.arrived_at(outgoing.destination).all():
                self._deliver(outgoing)
        outgoing.waiting = self._clock.at(
            now_s + answer.timeout_s, order=outgoing.sender, subject=outgoing, call=self._gave_up
        )

    def _gave_up(self, alarm: Any) -> None:
        """No acknowledgement has begun in time."""
        outgoing: Outgoing = alarm.subject
        alarm.subject = outgoing.waiting = None
        self._over(outgoing, False)
        self._turns.arm()

    def _answered(self, frame: FrameOnAir, ok: bool) -> None:
        """An acknowledgement has ended; it counts if its sender still waits for it."""
        outgoing = frame.outgoing
        waited, outgoing.waiting = outgoing.waiting, None
        if waited is None or (frame.fragment, frame.attempt) != (outgoing.fragment, outgoing.attempt):
            return
        if waited.callbacks:
            # Its preamble went unnoticed: the sender waits on.
            outgoing.waiting = waited
            return
        self._over(outgoing, ok)

    def _over(self, outgoing: Outgoing, ok: bool) -> None:
        """The exchange of a frame is over: repeat it, go on with the next, or end the message."""
        again = not ok and self._access.answer is not None and outgoing.attempt + 1 < self._radio.max_attempts
        self._rates.learn(outgoing, ok)
        self._access.finished(outgoing.sender, self._clock.time_s, ok, again)
        self._go_on(outgoing, ok, again)

    def _fail(self, peer: int) -> None:
        """The strategy gives up a frame that it could not send: nobody has heard of it, but it was asked for."""
        now_s, outgoing = self._clock.time_s, self._queues[peer][0]
        if not outgoing.started:
            self._hearings.open(outgoing, self._footprints.of(peer, now_s), now_s)
        self._go_on(outgoing, False, False)

    def _go_on(self, outgoing: Outgoing, ok: bool, again: bool) -> None:
        sender = outgoing.sender
        if again:
            outgoing.attempt += 1
        else:
            outgoing.acknowledged[outgoing.fragment] = ok and outgoing.destination != BROADCAST
            outgoing.fragment += 1
            outgoing.attempt = 0
        if outgoing.fragment < outgoing.frames.count:
            self._turns.proceed(sender)
        else:
            self._complete(outgoing)

    # The end of a message

    def _complete(self, outgoing: Outgoing) -> None:
        """A message has gone through its frames: the next one in the queue takes its place."""
        sender = outgoing.sender
        queue = self._queues[sender]
        queue.popleft()
        self._close(outgoing)
        if queue:
            queue[0].start_s = self._clock.time_s
            if self._begins_s(queue[0]) > self._clock.time_s:
                self._head(queue[0])
            else:
                self._turns.proceed(sender)

    def _close(self, outgoing: Outgoing) -> None:
        """Book a message, deliver what arrived, and tell who asked for it."""
        alarm, outgoing.alarm = outgoing.alarm, None
        assert alarm is not None
        if outgoing.started:
            if not outgoing.complete:
                self._deliver(outgoing)
            self._books.close(outgoing, self._clock.time_s, self._on_air.values())
        alarm.answer(self._books.answer(outgoing, self._clock.time_s))
        self._clock.hasten(alarm)
        self._stations[outgoing.sender].settled()

    def _deliver(self, outgoing: Outgoing) -> None:
        """Hand a message to those it was meant for, with what they have of it."""
        outgoing.complete = True
        time_s = self._clock.time_s + self._radio.latency_s
        whole = outgoing.content if outgoing.repair is None else outgoing.repair.content
        for peer, fragments in self._hearings.messages(outgoing):
            station = self._stations[peer]
            if fragments and False not in fragments:
                self._books.delivered(whole.bits)
            if True in fragments and not station.off:
                self._put(station, outgoing.message(time_s, fragments))

    def _put(self, station: Station, message: Message) -> None:
        hearer = station.hearer
        if self._radio.latency_s:
            self._clock.at(
                message.time_s, order=station.id, subject=message, call=lambda alarm: hearer.put(alarm.subject)
            )
        else:
            hearer.put(message)

    # Stations that stop

    def silence(self, peer: int, state: int) -> None:
        """See Medium."""
        now_s, station = self._clock.time_s, self._stations[peer]
        self._stop(peer, SWITCHED_OFF if state == OFF else ASLEEP)
        station.fall_silent(now_s, state)
        self._turns.sense(np.array([peer]))
        self._turns.arm()

    def deafen(self, peer: int) -> None:
        """The receiver of a station sleeps from now on; answers to what it sends itself it hears. See Medium."""
        self._end_due()
        now_s, answer = self._clock.time_s, self._on_air.get(peer)
        followed = self._air.frames.get(int(self._air.engaged[peer]))
        if followed is not None and followed.listener != peer:
            self._air.leave(peer)
            self._books.stopped(followed, peer, now_s, ASLEEP)
        if answer is not None and answer.acknowledges:
            del self._on_air[peer]
            self._cut(answer)
        self._stations[peer].deafen(now_s)
        self._turns.sense(np.array([peer]))
        self._turns.arm()

    def _stop(self, peer: int, outcome: int) -> None:
        """End what a station sends and receives; one that ends at this instant is complete."""
        now_s = self._clock.time_s
        self._end_due()
        following = self._air.leave(peer)
        if following is not None:
            self._books.stopped(following, peer, now_s, outcome)
        self._turns.withdraw(peer)
        queue = self._queues[peer]
        given_up = list(queue)
        queue.clear()
        frame = self._on_air.pop(peer, None)
        if frame is not None:
            self._cut(frame)
        for outgoing in given_up:
            if outgoing.waiting is not None:
                outgoing.waiting.cancel()
                outgoing.waiting = None
            self._close(outgoing)

    def _end_due(self) -> None:
        """What ends at this instant is complete before anybody stops."""
        for frame in [frame for frame in self._on_air.values() if frame.end_s <= self._clock.time_s]:
            self._finish(frame)

    def _cut(self, frame: FrameOnAir) -> None:
        """A frame breaks off: nobody can decode it."""
        now_s = self._clock.time_s
        received = self._air.end(frame, now_s)
        self._books.heard(frame, received, now_s)
        self._books.sent(frame, now_s)
        self._hearings.broken(frame)
        none = np.zeros(len(received.peers), dtype=np.bool_)
        self._turns.heard(frame.footprint.everyone, received.peers, none, 0.0)
        if frame.acknowledges and frame.outgoing.waiting is not None and not frame.outgoing.waiting.callbacks:
            frame.outgoing.waiting = None
            self._over(frame.outgoing, False)

    def close(self) -> None:
        """See Medium."""
        for peer, queue in enumerate(self._queues):
            if queue or peer in self._on_air or self._air.engaged[peer] != FREE:
                self._stop(peer, LOST)
        self._turns.disarm()
