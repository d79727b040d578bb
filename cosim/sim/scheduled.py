"""The medium without contention, at transfer fidelity: one event per transfer."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from cosim.peer import Message, Sent
from cosim.sim.account import TrafficAccount
from cosim.sim.arq import Counts, Exchange
from cosim.sim.budget import MOST_REACHES, Budget, Reach
from cosim.sim.clock import Alarm, Clock
from cosim.sim.course import Course
from cosim.sim.delivery import Delivery
from cosim.sim.energy import OFF, RADIO, RECEIVE, TRANSMIT, Ledger
from cosim.sim.fates import Fragments
from cosim.sim.journal import Journal
from cosim.sim.medium import Content
from cosim.sim.radio import Radio
from cosim.sim.repair import Repair
from cosim.sim.station import ASLEEP, BELOW, HEARD, LOST, SWITCHED_OFF, Station
from cosim.sim.transfer import BROADCAST, Cut, Transfer, overheard_until_s, unicast_timeline

NONE_HEARD: Counts = np.zeros(0, dtype=np.int64)
"""Where only sums are kept, nobody asks what bystanders heard."""


class ScheduledMedium:
    """Transfers reserve their sender and intended hearers, first come first served.

    What a transfer meets is settled when it is asked for: its recipients, powers, channels, and the links as
    they will be when it is on the air. Who else hears it is seen when it starts.
    """

    label = "medium: scheduled (no contention; optimistic)"

    def __init__(
        self,
        clock: Clock,
        stations: Sequence[Station],
        budget: Budget,
        account: TrafficAccount,
        ledger: Ledger,
        seed: int,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._budget = budget
        self._radio: Radio = budget.radio
        self._latency_s = budget.radio.latency_s
        self._adapts_power = budget.radio.adapts_power
        self._placed = budget.radio.uses_positions
        self._account = account
        self._journal = Journal(account, ledger, budget.radio.receive_w)
        self._delivery = Delivery(budget, seed)
        self._batteries = any(station.supply is not None for station in stations)
        self._under_way: dict[int, Transfer] = {}
        self._courses: dict[Reach, Course] = {}
        self._number = 0

    # Requests

    def broadcast(self, sender: int, content: Content, recipients: tuple[int, ...]) -> Alarm:
        """Reserve one transmission to all recipients; see Medium."""
        start_s = self._earliest(sender, recipients)
        course = self._course(sender, recipients, content.air_bits, start_s)
        transfer = Transfer(sender, BROADCAST, recipients, content, course.frames, course.reach, course.radio)
        transfer.course = course
        transfer.occupy(start_s, course.timeline)
        transfer.sequence = self._stations[sender].next_sequence()
        if self._delivery.varying:
            self._delivery.foresee(transfer)
        return self._reserve(transfer)

    def _course(self, sender: int, recipients: tuple[int, ...], bits: int, start_s: float) -> Course:
        """The course of a broadcast; where nothing moves the same one, until somebody tunes."""
        reach = self._budget.reach(sender, recipients, start_s)
        course = self._courses.get(reach)
        if course is None or course.bits != bits:
            course = Course(sender, [self._stations[peer].hearer for peer in recipients], bits, reach, self._radio)
            if not self._budget.moving:
                if len(self._courses) >= MOST_REACHES:
                    self._courses.clear()
                self._courses[reach] = course
        return course

    def unicast(self, sender: int, content: Content, destination: int, repair: Repair | None = None) -> Alarm:
        """Reserve frames with acknowledgements to one peer; see Medium."""
        recipients = (destination,)
        start_s = self._earliest(sender, recipients)
        course = self._course(sender, recipients, content.air_bits, start_s)
        transfer = Transfer(sender, destination, recipients, content, course.frames, course.reach, course.radio)
        transfer.repair = repair
        transfer.sequence = self._stations[sender].next_sequence() if repair is None else repair.sequence
        if self._delivery.varying:
            transfer.occupy(start_s, course.timeline)
            self._delivery.foresee(transfer)
        lasting = course if repair is None or not repair.turn else None
        transfer.fate = self._delivery.fate(transfer, self._stations[destination].listening, lasting)
        transfer.occupy(start_s, unicast_timeline(course.frames, course.radio, transfer.fate))
        return self._reserve(transfer)

    def _earliest(self, sender: int, recipients: tuple[int, ...]) -> float:
        stations = self._stations
        start_s = stations[sender].ready_s(self._clock.time_s)
        for peer in recipients:
            free_at_s = stations[peer].free_at_s
            if free_at_s > start_s and stations[peer].listening:
                start_s = free_at_s
        return start_s

    def _reserve(self, transfer: Transfer) -> Alarm:
        stations, start_s, end_s, now_s = self._stations, transfer.start_s, transfer.end_s, self._clock.time_s
        sender = stations[transfer.sender]
        transfer.number = self._number
        self._number += 1
        transfer.requested_s = now_s
        transfer.transmit_w = self._adapted_w(transfer) if self._adapts_power else sender.transmit_w
        if transfer.fate is not None:
            transfer.answer_w = stations[transfer.destination].transmit_w
        sender.reserve(start_s, end_s, now_s)
        for peer in transfer.recipients:
            station = stations[peer]
            if not station.listening:
                transfer.leave(peer, Cut(now_s, station.absence, 0.0, 0.0))
            elif self._placed:
                station.reserve(start_s, end_s, now_s)
            else:
                station.free_at_s = end_s
        if self._batteries:
            self._plan_draws(transfer)
        self._under_way[transfer.number] = transfer
        sender.rouse(start_s)
        if len(transfer.reach.ids) > len(transfer.recipients):
            if start_s > now_s:
                self._clock.watch(start_s, partial(self._begin, transfer), order=transfer.sender)
            else:
                self._overhear(transfer)
        transfer.alarm = self._clock.at(end_s, order=transfer.sender, subject=transfer, call=self._finish)
        return transfer.alarm

    def _adapted_w(self, transfer: Transfer) -> float:
        """Power of a radio that adapts it to the distance of the farthest recipient."""
        farthest_m = max(transfer.reach.distance_m[: len(transfer.recipients)])
        return self._radio.transmit_w(self._stations[transfer.sender].tx_power_dbm, farthest_m)

    def _plan_draws(self, transfer: Transfer) -> None:
        """Tell batteries what the transfer will cost their owners."""
        data_at_s, data_end_s, end_s = transfer.data_at_s, transfer.data_end_s, transfer.end_s
        sender = self._stations[transfer.sender]
        if sender.supply is not None:
            sender.supply.draw(RADIO, data_at_s, data_end_s, transfer.transmit_w)
            sender.supply.draw(RADIO, data_end_s, end_s, sender.receive_w)
        for peer, detects in zip(transfer.recipients, transfer.reach.detects, strict=False):
            station = self._stations[peer]
            if station.supply is not None and detects and peer not in transfer.cuts:
                station.supply.draw(RADIO, data_at_s, data_end_s, station.receive_w)
                station.supply.draw(RADIO, data_end_s, end_s, transfer.answer_w or 0.0)

    def _begin(self, transfer: Transfer) -> None:
        if transfer.number in self._under_way:
            self._overhear(transfer)

    def _overhear(self, transfer: Transfer) -> None:
        """Those within earshot who are idle receive what is not meant for them."""
        end_s = overheard_until_s(transfer, self._radio)
        transfer.overhearers = [
            self._stations[peer].overhear(transfer.data_at_s, end_s)
            for peer in transfer.reach.ids[len(transfer.recipients) :]
        ]

    # The end of a transfer

    def _finish(self, alarm: Alarm) -> None:
        transfer: Transfer | None = alarm.subject
        if transfer is None or self._under_way.pop(transfer.number, None) is None:
            return
        # The two refer to each other; cut, so that payloads are freed at once and not by the cycle collector.
        alarm.subject = transfer.alarm = None
        if len(transfer.overhearers) < len(transfer.reach.ids) - len(transfer.recipients):
            self._overhear(transfer)
        course = transfer.course
        if course is not None:
            if course.steady and not transfer.cuts and transfer.content.plain:
                self._finish_undisturbed(transfer, course)
            else:
                self._finish_broadcast(transfer, course)
            alarm.answer(transfer.recipients)
        else:
            attempts, energy_j = self._log_sender(transfer)
            fate = self._finish_unicast(transfer)
            ok = False not in fate.acknowledged and not transfer.cuts
            alarm.answer(Sent(ok, attempts, self._clock.time_s - transfer.requested_s, energy_j))
        self._stations[transfer.sender].settled()

    def _finish_undisturbed(self, transfer: Transfer, course: Course) -> None:
        """Deal out a broadcast that all it was meant for listened to, from beginning to end."""
        fates = self._delivery.fates(transfer, course)
        damage = fates.damage(transfer.sequence, course.intended)
        if self._placed:
            stations = self._stations
            stations[transfer.sender].flush_overheard(transfer.data_at_s)
            for peer in transfer.recipients:
                stations[peer].flush_overheard(transfer.data_at_s)
        self._journal.enter(transfer, course, damage)
        if self._account.hosts is not None:
            self._account.hosts.broadcast(course, damage)
        self._account.broadcast(course, len(damage))
        if transfer.overhearers:
            self._log_bystanders(transfer, lambda: fates.counts(transfer.sequence)[course.intended :])
        self._hand_out(transfer, course, damage)

    def _hand_out(self, transfer: Transfer, course: Course, damage: dict[int, Fragments]) -> None:
        """Give a message to all it was meant for, with what arrived of it."""
        message = self._message(transfer, course.whole)
        if not damage and not self._latency_s:
            for hearer in course.hearers:
                hearer.put(message)
            return
        for i, peer in enumerate(transfer.recipients):
            if i not in damage:
                self._deliver(self._stations[peer], message)
            elif True in damage[i]:
                self._deliver(self._stations[peer], message._replace(fragments=damage[i]))

    def _finish_broadcast(self, transfer: Transfer, course: Course) -> None:
        """Deal out what arrived of a broadcast from which somebody was missing."""
        self._log_sender(transfer)
        fates = self._delivery.fates(transfer, course)
        damage = fates.damage(transfer.sequence, course.intended)
        arrivals = [damage.get(i, course.whole) for i in range(course.intended)]
        listened = [self._receive_part(transfer, i, arrived) for i, arrived in enumerate(arrivals)]
        if transfer.overhearers:
            self._log_bystanders(transfer, lambda: fates.counts(transfer.sequence)[course.intended :])
        for peer, arrived, there in zip(transfer.recipients, arrivals, listened, strict=True):
            if there:
                self._hand_over(transfer, peer, arrived)

    def _hand_over(self, transfer: Transfer, peer: int, arrived: Fragments) -> None:
        """Give one peer what it gets of what has arrived."""
        content = transfer.content
        handed = content.received(peer, arrived)
        if not content.plain and handed and False not in handed:
            self._account.delivered(content.bits)
        if True in handed:
            self._deliver(self._stations[peer], self._message(transfer, handed))

    def _message(self, transfer: Transfer, fragments: Fragments) -> Message:
        content = transfer.content
        time_s = self._clock.time_s + self._latency_s
        fields = (transfer.sender, content.tag, content.scale, content.payload, content.scalars, time_s, fragments)
        return tuple.__new__(Message, fields)  # what Message(...) does, without a call in between

    def _log_bystanders(self, transfer: Transfer, heard: Callable[[], Counts]) -> None:
        """Log those for whom a transmission was not meant; `heard` counts what would arrive at each."""
        others = transfer.reach.ids[len(transfer.recipients) :]
        unlogged = [
            overhearing.end_s > overhearing.start_s and self._stations[peer].take_over(overhearing)
            for peer, overhearing in zip(others, transfer.overhearers, strict=True)
        ]
        self._journal.enter_bystanders(transfer, heard() if self._account.keep else NONE_HEARD, unlogged)

    def _log_sender(self, transfer: Transfer) -> tuple[int, float]:
        """Log what the sender did; frames sent, and joules it cost."""
        station = self._stations[transfer.sender]
        data_at_s, data_end_s, end_s = transfer.data_at_s, transfer.data_end_s, transfer.end_s
        if transfer.cuts:
            cut_s = transfer.cut_s(transfer.sender)
            data_at_s, data_end_s = min(data_at_s, cut_s), min(data_end_s, cut_s)
            # Nobody answers any more when the other end has gone.
            end_s = max(min(end_s, cut_s, transfer.cut_s(*transfer.recipients)), data_end_s)
        station.burst(data_at_s, data_end_s, TRANSMIT, transfer.transmit_w)
        air_s, acknowledgement_s = data_end_s - data_at_s, 0.0
        if transfer.fate is not None:
            acknowledgement_s = end_s - data_end_s
            station.burst(data_end_s, end_s, RECEIVE, station.receive_w)
        attempts = self._account.sent(transfer, self._radio, air_s, acknowledgement_s, station.receive_w)
        return attempts, air_s * transfer.transmit_w + acknowledgement_s * station.receive_w

    def _finish_unicast(self, transfer: Transfer) -> Exchange:
        fate, repair, peer = transfer.fate, transfer.repair, transfer.destination
        assert fate is not None
        arrived = fate.delivered if not transfer.cuts else self._delivery.before_cuts(transfer, peer, fate.delivered)
        if self._receive_part(transfer, 0, arrived):
            known = [a and b for a, b in zip(arrived, fate.acknowledged, strict=True)]
            complete = repair is not None and repair.note(arrived, known)
            if repair is not None and complete:
                arrived = (True,) * self._radio.frames(repair.content.bits).count
                self._account.delivered(repair.content.bits)
            if complete or repair is None:
                self._hand_over(transfer, peer, arrived)
        elif repair is not None:
            nothing = (False,) * len(arrived)
            repair.note(nothing, nothing)
        if transfer.overhearers:
            self._log_bystanders(transfer, lambda: self._delivery.overheard(transfer))
        return fate

    def _receive_part(self, transfer: Transfer, i: int, arrived: Fragments) -> bool:
        """Log an intended hearer when it, the sender or the link may have failed; whether it is still there."""
        peer = transfer.reach.ids[i]
        station, cut = self._stations[peer], transfer.cuts.get(peer)
        if not transfer.reach.detects[i]:
            self._account.missed(transfer, i, BELOW if cut is None else cut.outcome)
            return False
        if cut is None:
            receive_s, transmit_s = self._log_hearer(transfer, peer, transfer.cut_s(transfer.sender))
            outcome = HEARD if transfer.content.decoded(arrived) else LOST
        else:
            _, outcome, receive_s, transmit_s = cut
            outcome = HEARD if transfer.content.decoded(arrived) else outcome
        self._account.received(transfer, i, sum(arrived), outcome, receive_s, transmit_s, station)
        return not station.off

    def _log_hearer(self, transfer: Transfer, peer: int, until_s: float) -> tuple[float, float]:
        """Log what an intended hearer does up to a time; seconds of receiving and of acknowledging."""
        station = self._stations[peer]
        data_at_s, data_end_s = min(transfer.data_at_s, until_s), min(transfer.data_end_s, until_s)
        end_s = min(transfer.end_s, until_s)
        station.burst(data_at_s, data_end_s, RECEIVE, station.receive_w)
        station.burst(data_end_s, end_s, TRANSMIT, transfer.answer_w or 0.0)
        return data_end_s - data_at_s, end_s - data_end_s

    def _deliver(self, station: Station, message: Message) -> None:
        """Hand a message to the peer of a station, after the radio's latency."""
        hearer = station.hearer
        if self._latency_s:
            self._clock.at(
                message.time_s, order=station.id, subject=message, call=lambda alarm: hearer.put(alarm.subject)
            )
        else:
            hearer.put(message)

    # Stations that stop

    def silence(self, peer: int, state: int) -> None:
        """Cut short what a station sends or receives at this instant; see Medium."""
        now_s, station = self._clock.time_s, self._stations[peer]
        if station.free_at_s >= now_s:
            # The latest first, so that stations get back one reservation after the other.
            for transfer in list(self._under_way.values())[::-1]:
                if transfer.sender == peer or peer in transfer.recipients:
                    self._leave(transfer, peer, SWITCHED_OFF if state == OFF else ASLEEP)
        station.fall_silent(now_s, state)

    def part(self, transfer: Transfer, peer: int) -> None:
        """The link of a transfer to one of its hearers ends at this instant; what has arrived stays."""
        if self._under_way.get(transfer.number) is transfer:
            self._leave(transfer, peer, LOST)

    def deafen(self, peer: int) -> None:
        """End what a station receives at this instant; see Medium."""
        for transfer in list(self._under_way.values())[::-1]:
            if peer in transfer.recipients:
                self._leave(transfer, peer, ASLEEP)
        self._stations[peer].deafen(self._clock.time_s)

    def _leave(self, transfer: Transfer, peer: int, outcome: int) -> None:
        """A peer leaves a transfer under way; one that ends at this instant is complete."""
        assert transfer.alarm is not None
        if transfer.end_s <= self._clock.time_s:
            self._finish(transfer.alarm)
        elif transfer.sender == peer:
            self._cut_sender(transfer, outcome)
        elif peer not in transfer.cuts:
            self._cut_hearer(transfer, peer, outcome)

    def _cut_hearer(self, transfer: Transfer, peer: int, outcome: int) -> None:
        """An intended hearer stops; the sender cannot know, and goes on without answers."""
        now_s, sender = self._clock.time_s, self._stations[transfer.sender]
        seconds = (0.0, 0.0)
        if transfer.reach.detects[transfer.recipients.index(peer)]:
            seconds = self._log_hearer(transfer, peer, now_s)
        transfer.leave(peer, Cut(now_s, outcome, *seconds))
        self._stations[peer].release(transfer.start_s, transfer.end_s, now_s)
        if sender.supply is not None:
            sender.supply.clear(RADIO, max(transfer.data_end_s, now_s), transfer.end_s)

    def _cut_sender(self, transfer: Transfer, outcome: int) -> None:
        """End a transfer whose sender stops; one that has not begun never happens."""
        now_s, alarm = self._clock.time_s, transfer.alarm
        assert alarm is not None
        for peer in (transfer.sender, *transfer.recipients):
            if peer not in transfer.cuts:
                self._stations[peer].release(transfer.start_s, transfer.end_s, now_s)
        transfer.leave(transfer.sender, Cut(now_s, outcome, 0.0, 0.0))
        others = transfer.reach.ids[len(transfer.recipients) :]
        for peer, overhearing in zip(others, transfer.overhearers, strict=False):
            self._stations[peer].cut_overhearing(overhearing, now_s)
        if transfer.start_s < now_s:
            self._finish(alarm)
        else:
            del self._under_way[transfer.number]
            alarm.subject = transfer.alarm = None
            waited_s = now_s - transfer.requested_s
            alarm.answer(Sent(False, 0, waited_s, 0.0) if transfer.fate is not None else ())
            self._stations[transfer.sender].settled()
        self._clock.hasten(alarm)

    def close(self) -> None:
        """End all that is under way; see Medium."""
        for transfer in list(self._under_way.values()):
            self._leave(transfer, transfer.sender, LOST)
        for station in self._stations:
            station.finish(self._clock.time_s, LOST)
        self._journal.post()
