"""A network between access links: messages go up, wait until they are whole, and come down.

One event per way of a message. A message counts as ended, and stands in the books, when the last of its hearers has it.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, final

import numpy as np

from cosim.peer import Message, Sent
from cosim.sim.account import TrafficAccount
from cosim.sim.arq import Exchange
from cosim.sim.budget import Budget
from cosim.sim.clock import Alarm, Clock
from cosim.sim.energy import OFF, Ledger
from cosim.sim.legs import FloatArray
from cosim.sim.medium import Content, Fragments
from cosim.sim.repair import Repair
from cosim.sim.station import ASLEEP, BELOW, HEARD, LOST, SWITCHED_OFF, Station
from cosim.sim.terminal import Lane, Terminal, frame_bits
from cosim.sim.transfer import BROADCAST, Cut, Timeline, Transfer

if TYPE_CHECKING:
    from cosim.sim.capacity_trace import CapacityTrace


class Download:
    """A message on its way down to one hearer."""

    def __init__(self, ends_s: FloatArray, before_s: float) -> None:
        self.ends_s = ends_s
        self.before_s = before_s


class Errand:
    """One message from its request until its last hearer has it.

    Attributes:
        uploads_s: when each fragment is up; empty before it goes.
        arrived: which fragments came up.
        downloads: those under way, by hearer.
        waiting: hearers that have not got it yet.
        results: of each hearer that has ended: fragments, outcome, seconds of receiving.
    """

    def __init__(self, transfer: Transfer, answer: Alarm) -> None:
        self.transfer = transfer
        self.answer = answer
        self.uploads_s: FloatArray = np.zeros(0)
        self.arrived: Fragments = ()
        self.up = False
        self.downloads: dict[int, Download] = {}
        self.waiting = set(transfer.recipients)
        self.results: dict[int, tuple[Fragments, int, float]] = {}


@final
class NetworkMedium:
    """Messages over access links of recorded capacity."""

    label = "medium: recorded access capacity (store and forward; nothing is lost)"

    def __init__(
        self,
        part: "CapacityTrace",
        clock: Clock,
        stations: Sequence[Station],
        budget: Budget,
        account: TrafficAccount,
        ledger: Ledger,
        seed: int,
    ) -> None:
        self._clock = clock
        self._budget = budget
        self._radio = budget.radio
        self._account = account
        self._latency_s = part.latency_s
        self._terminals = [
            Terminal(station, None, None)
            if ways is None
            else Terminal(station, Lane(ways[0], ways[2]), Lane(ways[1], ways[2]))
            for station, ways in zip(stations, part.capacities(len(stations)), strict=True)
        ]
        self._errands: dict[int, Errand] = {}
        self._number = 0

    # Up

    def broadcast(self, sender: int, content: Content, recipients: tuple[int, ...]) -> Alarm:
        """Up once, and down to each; the alarm rings when it is up. See Medium."""
        return self._request(sender, BROADCAST, recipients, content, None)

    def unicast(self, sender: int, content: Content, destination: int, repair: Repair | None = None) -> Alarm:
        """The alarm rings when it is down. See Medium."""
        return self._request(sender, destination, (destination,), content, repair)

    def _request(
        self, sender: int, destination: int, recipients: tuple[int, ...], content: Content, repair: Repair | None
    ) -> Alarm:
        now_s, station = self._clock.time_s, self._terminals[sender].station
        reach = self._budget.reach(sender, recipients, now_s)
        transfer = Transfer(
            sender, destination, recipients, content, self._radio.frames(content.air_bits), reach, self._radio
        )
        transfer.number, transfer.repair, transfer.requested_s = self._number, repair, now_s
        transfer.sequence = station.next_sequence() if repair is None else repair.sequence
        self._number += 1
        errand = Errand(transfer, Alarm(self._clock, None, None, None))
        self._errands[transfer.number] = errand
        # Only sleep keeps a terminal from beginning now.
        start_s = station.ready_s(now_s)
        station.rouse(start_s)
        self._clock.at(start_s, order=sender, call=partial(self._upload, errand))
        return errand.answer

    def _upload(self, errand: Errand, alarm: Alarm) -> None:
        now_s, transfer = self._clock.time_s, errand.transfer
        if transfer.number not in self._errands:
            return
        terminal = self._terminals[transfer.sender]
        begin_s = now_s if terminal.up is None else max(now_s, terminal.up.free_at_s)
        errand.uploads_s = terminal.passed_s(terminal.up, frame_bits(transfer.frames), now_s)
        transfer.occupy(begin_s, Timeline(0.0, float(errand.uploads_s[-1]) - begin_s, 0.0))
        transfer.transmit_w = 0.0 if terminal.wired else terminal.station.transmit_w
        terminal.send(now_s, 1)
        end_s = float(errand.uploads_s[-1])
        self._clock.at(end_s, order=transfer.sender, call=partial(self._uploaded, errand))

    def _uploaded(self, errand: Errand, alarm: Alarm) -> None:
        transfer = errand.transfer
        if errand.up or transfer.number not in self._errands:
            return
        self._terminals[transfer.sender].send(self._clock.time_s, -1)
        self._forward(errand, (True,) * transfer.frames.count)

    def _forward(self, errand: Errand, arrived: Fragments) -> None:
        """Send on what came up, and tell the sender of a broadcast."""
        transfer, now_s = errand.transfer, self._clock.time_s
        errand.up, errand.arrived = True, arrived
        self._terminals[transfer.sender].station.settled()
        if transfer.destination == BROADCAST:
            errand.answer.answer(transfer.recipients)
            self._clock.hasten(errand.answer)
        if not transfer.recipients:
            self._finish(errand)
        for i, peer in enumerate(transfer.recipients):
            ways = 2 - self._terminals[transfer.sender].wired - self._terminals[peer].wired
            there_s = now_s + ways * self._latency_s
            if not transfer.reach.detects[i]:
                self._end(errand, peer, (False,) * len(arrived), BELOW)
            elif True not in arrived:
                self._end(errand, peer, arrived, LOST)
            else:
                self._clock.at(there_s, order=peer, call=partial(self._download, errand, peer))

    # Down

    def _download(self, errand: Errand, peer: int, alarm: Alarm) -> None:
        if peer not in errand.waiting:
            return
        terminal, now_s, arrived = self._terminals[peer], self._clock.time_s, errand.arrived
        if not terminal.station.listening:
            self._end(errand, peer, (False,) * len(arrived), terminal.station.absence)
            return
        ends_s = np.full(len(arrived), np.inf)
        some = np.flatnonzero(arrived)
        ends_s[some] = terminal.passed_s(terminal.down, frame_bits(errand.transfer.frames)[some], now_s)
        terminal.receive(now_s, 1)
        errand.downloads[peer] = Download(ends_s, terminal.received_s(now_s))
        end_s = float(ends_s[some[-1]])
        self._clock.at(end_s, order=peer, call=partial(self._downloaded, errand, peer))

    def _downloaded(self, errand: Errand, peer: int, alarm: Alarm) -> None:
        if peer in errand.waiting:
            self._terminals[peer].receive(self._clock.time_s, -1)
            decoded = errand.transfer.content.decoded(errand.arrived)
            self._end(errand, peer, errand.arrived, HEARD if decoded else LOST)

    def _end(self, errand: Errand, peer: int, arrived: Fragments, outcome: int) -> None:
        """A hearer has what it will get of a message."""
        now_s, terminal = self._clock.time_s, self._terminals[peer]
        download = errand.downloads.pop(peer, None)
        seconds = 0.0 if download is None else terminal.paid_s(now_s, download.before_s)
        errand.waiting.discard(peer)
        errand.results[peer] = (arrived, outcome, seconds)
        if not terminal.station.off:
            self._hand_over(errand, peer, arrived)
        if not errand.waiting:
            self._finish(errand)

    def _hand_over(self, errand: Errand, peer: int, arrived: Fragments) -> None:
        transfer, content = errand.transfer, errand.transfer.content
        handed, repair = arrived, transfer.repair
        if repair is None:
            handed = content.received(peer, arrived)
            if not content.plain and handed and False not in handed:
                self._account.delivered(content.bits)
        elif repair.note(arrived, arrived):
            handed = (True,) * self._radio.frames(repair.content.bits).count
            self._account.delivered(repair.content.bits)
        else:
            return
        if True in handed:
            message = Message(
                transfer.sender,
                content.tag,
                content.scale,
                content.payload,
                content.scalars,
                self._clock.time_s,
                handed,
            )
            self._terminals[peer].station.hearer.put(message)

    def _finish(self, errand: Errand) -> None:
        """Everybody has it: enter it into the books, and tell the sender of a unicast."""
        transfer, now_s = errand.transfer, self._clock.time_s
        if self._errands.pop(transfer.number, None) is None:
            return
        sender = self._terminals[transfer.sender]
        air_s = 0.0 if sender.wired else min(transfer.data_end_s, transfer.cut_s(transfer.sender)) - transfer.data_at_s
        air_s = max(air_s, 0.0)
        if transfer.destination != BROADCAST:
            arrived = errand.results[transfer.destination][0]
            count = transfer.frames.count
            transfer.fate = Exchange(np.ones(count, dtype=np.int64), arrived, arrived, count, 1, 0)
        transfer.end_s = now_s
        if transfer.cuts:  # It stands in the books with the time at which it is entered.
            transfer.leave(transfer.sender, transfer.cuts[transfer.sender]._replace(time_s=now_s))
        attempts = self._account.sent(transfer, self._radio, air_s, 0.0, sender.station.receive_w)
        for i, peer in enumerate(transfer.recipients):
            fragments, outcome, seconds = errand.results[peer]
            station = self._terminals[peer].station
            self._account.received(transfer, i, sum(fragments), outcome, seconds, 0.0, station)
        if transfer.fate is not None:
            ok = False not in transfer.fate.acknowledged and not transfer.cuts
            errand.answer.answer(Sent(ok, attempts, now_s - transfer.requested_s, air_s * transfer.transmit_w))
            self._clock.hasten(errand.answer)

    # Stations that stop

    def silence(self, peer: int, state: int) -> None:
        """What goes up or comes down at this instant is cut short; see Medium."""
        now_s, terminal = self._clock.time_s, self._terminals[peer]
        outcome = SWITCHED_OFF if state == OFF else ASLEEP
        terminal.station.off = terminal.station.off or state == OFF
        for errand in list(self._errands.values()):
            if errand.transfer.sender == peer and not errand.up:
                self._cut_upload(errand, outcome)
        self._cut_downloads(peer, outcome)
        terminal.stop(now_s)
        terminal.station.fall_silent(now_s, state)

    def deafen(self, peer: int) -> None:
        """End what comes down at this instant; see Medium."""
        self._cut_downloads(peer, ASLEEP)
        self._terminals[peer].deafen(self._clock.time_s)

    def _cut_downloads(self, peer: int, outcome: int) -> None:
        for errand in [errand for errand in self._errands.values() if peer in errand.downloads]:
            arrived = tuple((errand.downloads[peer].ends_s <= self._clock.time_s).tolist())
            self._end(errand, peer, arrived, outcome)

    def _cut_upload(self, errand: Errand, outcome: int) -> None:
        """The network has what came up until now, and sends that on."""
        now_s, transfer = self._clock.time_s, errand.transfer
        transfer.leave(transfer.sender, Cut(now_s, outcome, 0.0, 0.0))
        if not len(errand.uploads_s):
            transfer.occupy(now_s, Timeline(0.0, 0.0, 0.0))
            self._forward(errand, (False,) * transfer.frames.count)
        else:
            self._forward(errand, tuple((errand.uploads_s <= now_s).tolist()))

    def close(self) -> None:
        """End all that is under way; see Medium."""
        now_s = self._clock.time_s
        for errand in list(self._errands.values()):
            transfer = errand.transfer
            if not errand.up:
                transfer.leave(transfer.sender, Cut(now_s, LOST, 0.0, 0.0))
            for peer in [peer for peer in transfer.recipients if peer in errand.waiting]:
                download = errand.downloads.get(peer)
                ends_s = np.full(transfer.frames.count, np.inf) if download is None else download.ends_s
                self._end(errand, peer, tuple((ends_s <= now_s).tolist()), LOST)
        for terminal in self._terminals:
            terminal.received_s(now_s)
            terminal.station.finish(now_s, LOST)
