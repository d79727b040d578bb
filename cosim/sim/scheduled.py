"""The medium without contention, at transfer fidelity: one event per transfer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cosim.peer import Message, Sent
from cosim.results.tables import OUTCOMES
from cosim.sim.account import TrafficAccount
from cosim.sim.arq import Repeated, repeat
from cosim.sim.clock import Alarm, Clock
from cosim.sim.energy import RADIO, RECEIVE, TRANSMIT
from cosim.sim.links import Budget, Links, Reach
from cosim.sim.luck import CHUNK, LinkLuck
from cosim.sim.medium import Content
from cosim.sim.radio import Radio
from cosim.sim.station import Station
from cosim.sim.transfer import BROADCAST, Transfer, broadcast_timeline, unicast_timeline

HEARD, BELOW, LOST, COLLIDED, BUSY, ASLEEP, OFF = range(len(OUTCOMES))
Floats = NDArray[np.float64]
NOBODY: tuple[int, ...] = ()


class ScheduledMedium:
    """Transfers reserve their sender and intended hearers, first come first served."""

    label = "medium: scheduled (no contention; optimistic)"

    def __init__(
        self, clock: Clock, stations: Sequence[Station], links: Links, budget: Budget, account: TrafficAccount, seed: int
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._links = links
        self._budget = budget
        self._radio: Radio = budget.radio
        self._latency_s = budget.radio.latency_s
        self._adapts_power = budget.radio.transmit_w(0.0, 1.0) != budget.radio.transmit_w(0.0, 2.0)
        self._account = account
        self._luck = LinkLuck(seed, "delivery")
        self._answers = LinkLuck(seed, "acknowledgement")
        self._still = not (budget.moving and budget.radio.uses_positions)
        self._under_way: dict[int, Transfer] = {}
        self._number = 0

    # Requests

    def broadcast(self, sender: int, content: Content, recipients: tuple[int, ...]) -> Alarm:
        """Reserve one transmission to all recipients; see Medium."""
        frames = self._radio.frames(content.bits)
        transfer = Transfer(sender, BROADCAST, recipients, content, frames)
        transfer.plan(self._earliest(sender, recipients), broadcast_timeline(frames, self._radio))
        if self._still and not self._links.overheard:
            transfer.reach = self._links.reach(sender, recipients, transfer.start_s)
        return self._reserve(transfer, recipients)

    def unicast(self, sender: int, content: Content, destination: int) -> Alarm:
        """Reserve frames with acknowledgements to one peer; see Medium.

        The fate of the frames is drawn at once, from the link as it will be: mobility is known ahead.
        """
        radio, frames = self._radio, self._radio.frames(content.bits)
        transfer = Transfer(sender, destination, (destination,), content, frames)
        start_s = self._earliest(sender, transfer.recipients)
        transfer.sequence = self._stations[sender].sequence
        transfer.plan(start_s, broadcast_timeline(frames, radio))
        transfer.fate = self._fate(transfer)
        transfer.plan(start_s, unicast_timeline(frames, radio, transfer.fate))
        return self._reserve(transfer, transfer.recipients)

    def _earliest(self, sender: int, recipients: tuple[int, ...]) -> float:
        stations = self._stations
        start_s = max(self._clock.time_s, stations[sender].free_at_s)
        for peer in recipients:
            free_at_s = stations[peer].free_at_s
            if free_at_s > start_s and stations[peer].listening:
                start_s = free_at_s
        return start_s

    def _reserve(self, transfer: Transfer, recipients: tuple[int, ...]) -> Alarm:
        stations, start_s = self._stations, transfer.start_s
        end_s = transfer.end_s
        sender = stations[transfer.sender]
        transfer.number = self._number
        self._number += 1
        transfer.sequence = sender.sequence
        sender.sequence += 1
        transfer.requested_s = self._clock.time_s
        transfer.transmit_w = self._transmit_w(transfer) if self._adapts_power else sender.transmit_w
        sender.reserve(start_s, end_s)
        for peer in recipients:
            station = stations[peer]
            if station.listening:
                station.free_at_s = end_s
                if station.overheard is not None:
                    station.reserve(start_s, end_s)
        self._plan_draws(transfer, recipients)
        self._under_way[transfer.number] = transfer
        transfer.alarm = self._clock.at(end_s, order=transfer.sender, subject=transfer, call=self._finish)
        if self._links.overheard:
            if start_s > self._clock.time_s:
                self._clock.at(start_s, order=transfer.sender, subject=transfer, call=self._begin)
            else:
                self._overhear(transfer)
        return transfer.alarm

    def _transmit_w(self, transfer: Transfer) -> float:
        """Power of a radio that adapts it to the distance of the farthest recipient."""
        recipients = np.asarray(transfer.recipients, dtype=np.int64)
        distance = self._budget.quality(transfer.sender, recipients, transfer.start_s)[1]
        return self._radio.transmit_w(self._stations[transfer.sender].tx_power_dbm, float(distance.max(initial=0.0)))

    def _plan_draws(self, transfer: Transfer, recipients: tuple[int, ...]) -> None:
        """Tell batteries what the transfer will cost their owners."""
        idle_s, data_s, acknowledgement_s = transfer.timeline
        data_at = transfer.start_s + idle_s
        acknowledged_at = data_at + data_s
        supply = self._stations[transfer.sender].supply
        if supply is not None:
            sender = self._stations[transfer.sender]
            supply.draw(RADIO, data_at, acknowledged_at, transfer.transmit_w)
            supply.draw(RADIO, acknowledged_at, acknowledged_at + acknowledgement_s, sender.receive_w)
        for peer in recipients:
            station = self._stations[peer]
            if station.supply is not None and station.listening:
                station.supply.draw(RADIO, data_at, acknowledged_at, station.receive_w)
                station.supply.draw(RADIO, acknowledged_at, acknowledged_at + acknowledgement_s, station.transmit_w)

    def _begin(self, alarm: Alarm) -> None:
        if alarm.subject.number in self._under_way:
            self._overhear(alarm.subject)

    def _overhear(self, transfer: Transfer) -> None:
        """Those within earshot who are idle receive what is not meant for them."""
        reach = transfer.reach = self._links.reach(transfer.sender, transfer.recipients, transfer.start_s)
        start_s = transfer.start_s + transfer.timeline.idle_s
        for peer in reach.ids[len(transfer.recipients) :]:
            overhearing = self._stations[peer].overhear(start_s, start_s + transfer.timeline.data_s)
            if overhearing is not None:
                transfer.overhearers[peer] = overhearing

    # The fate of frames

    def _fate(self, transfer: Transfer) -> Repeated:
        """Draw attempts, deliveries and acknowledgements of a unicast."""
        radio, frames, link = self._radio, transfer.frames, (transfer.sender, transfer.destination)
        hearer = np.asarray([transfer.destination], dtype=np.int64)
        loss = self._losses(transfer, hearer)[:, 0]
        back_db, back_m = self._quality(transfer.destination, transfer.sender, transfer.start_s)
        if radio.uses_positions and not bool(np.all(radio.hears(back_db, back_m))):
            return _unanswered(self._luck.draws(*link, transfer.sequence, frames.count) >= loss)
        answer_loss = float(np.max(radio.ack_error_rate(back_db)))
        draws = [luck.draws(*link, transfer.sequence, frames.count) for luck in (self._luck, self._answers)]
        # The first draw is reflected so that, as for a broadcast, a low draw means a loss.
        return repeat(np.stack([1.0 - draws[0], draws[1]]), loss, answer_loss, radio.max_attempts)

    def _quality(self, source: int, destination: int, time_s: float) -> tuple[Floats, Floats]:
        if not self._radio.uses_positions:
            return np.asarray([np.nan]), np.asarray([np.nan])
        return self._budget.quality(source, np.asarray([destination], dtype=np.int64), time_s)

    def _losses(self, transfer: Transfer, hearers: NDArray[np.int64]) -> Floats:
        """Probability that each fragment is lost at each hearer, shape (fragments, hearers)."""
        radio, frames = self._radio, transfer.frames
        if not radio.uses_positions:
            snr = np.full((1, len(hearers)), np.nan)
        else:
            snr = self._budget.along(transfer.sender, hearers, transfer.start_s, transfer.end_s)
        full = np.broadcast_to(radio.frame_error_rate(snr, frames.full_bytes), snr.shape)
        last = np.broadcast_to(radio.frame_error_rate(snr, frames.last_bytes), snr.shape)
        segment = np.arange(frames.count) * len(snr) // frames.count
        losses = np.array(full[segment])
        losses[-1] = last[segment[-1]]
        if radio.uses_positions:
            unheard = ~np.broadcast_to(
                radio.hears(*self._budget.quality(transfer.sender, hearers, transfer.start_s)), (len(hearers),)
            )
            losses[:, unheard] = 1.0
        return losses

    # The end of a transfer

    def _finish(self, alarm: Alarm) -> None:
        transfer: Transfer | None = alarm.subject
        if transfer is None or self._under_way.pop(transfer.number, None) is None:
            return
        # The two refer to each other; cut, so that payloads are freed at once and not by the cycle collector.
        alarm.subject = transfer.alarm = None
        if transfer.reach is None:
            transfer.reach = self._links.reach(transfer.sender, transfer.recipients, transfer.start_s)
        self._log_sender(transfer)
        if transfer.destination == BROADCAST:
            self._finish_broadcast(transfer, transfer.reach)
            alarm.answer(transfer.recipients)
        else:
            alarm.answer(self._finish_unicast(transfer, transfer.reach))

    def _log_sender(self, transfer: Transfer) -> None:
        station = self._stations[transfer.sender]
        idle_s, data_s, acknowledgement_s = transfer.timeline
        data_at = transfer.start_s + idle_s
        acknowledged_at = data_at + data_s
        end_s = acknowledged_at + acknowledgement_s
        cut_s = transfer.cuts.get(transfer.sender) if transfer.cuts else None
        if cut_s is not None:
            data_at, acknowledged_at, end_s = min(data_at, cut_s), min(acknowledged_at, cut_s), min(end_s, cut_s)
        station.burst(data_at, acknowledged_at, TRANSMIT, transfer.transmit_w)
        if acknowledgement_s:
            station.burst(acknowledged_at, end_s, RECEIVE, station.receive_w)
        self._account.sent(transfer, self._radio, acknowledged_at - data_at, end_s - acknowledged_at, station.receive_w)

    def _finish_broadcast(self, transfer: Transfer, reach: Reach) -> None:
        """Deal out what arrived. This loop is what large runs spend their time on."""
        content, end_s, stations, received = transfer.content, transfer.end_s, self._stations, self._account.received
        data_at = transfer.start_s + transfer.timeline.idle_s
        intended, detects, troubled = len(transfer.recipients), reach.detects, bool(transfer.cuts)
        count, deliver = transfer.frames.count, self._deliver
        whole = Message(transfer.sender, content.tag, content.scale, content.payload, content.scalars, end_s,
                        (True,) * count)  # fmt: skip
        for i, arrived in enumerate(self._arrivals(transfer, reach)):
            fragments = whole.fragments if arrived is None else arrived
            if i >= intended:
                self._overheard(transfer, reach, i, fragments)
                continue
            station = stations[reach.ids[i]]
            if troubled or not station.listening or not detects[i]:
                listened = self._receive_part(transfer, reach, i, fragments)
            else:
                log = station.meter.burst if station.overheard is None else station.burst
                log(data_at, end_s, RECEIVE, station.receive_w)
                heard = count if arrived is None else sum(arrived)
                received(transfer, reach, i, heard, HEARD if heard == count else LOST, end_s - data_at, 0.0, station)
                listened = True
            if listened and (arrived is None or True in arrived):
                deliver(station, whole if arrived is None else whole._replace(fragments=arrived))

    def _arrivals(self, transfer: Transfer, reach: Reach) -> list[tuple[bool, ...] | None]:
        """Which fragments arrive, at each hearer; None for all of them."""
        count = transfer.frames.count
        steady = self._still or self._budget.steady(reach.distance_m, transfer.timeline.total_s)
        if count > CHUNK or transfer.cuts or not steady:
            return [*self._arrived(transfer, reach.ids)]
        # The common case, short and at rest: without arrays.
        losses = reach.losses(self._radio, transfer.frames)
        lows, draws = self._luck.short(transfer.sender, reach.ids, transfer.sequence, count)
        arrivals: list[tuple[bool, ...] | None] = [None] * len(lows)
        for i, low in enumerate(lows):
            full, last = losses[0][i], losses[1][i]
            if low < full or low < last:
                row = draws.values[transfer.sequence - draws.first, i, :count].tolist()
                arrivals[i] = (*[draw >= full for draw in row[:-1]], row[-1] >= last)
        return arrivals

    def _arrived(self, transfer: Transfer, hearers: tuple[int, ...]) -> list[tuple[bool, ...]]:
        """Which fragments arrive at each hearer, motion and deaths on the way included."""
        losses = self._losses(transfer, np.asarray(hearers, dtype=np.int64))
        arrived: list[tuple[bool, ...]] = []
        for i, peer in enumerate(hearers):
            draws = self._luck.draws(transfer.sender, peer, transfer.sequence, transfer.frames.count)
            arrived.append(self._before_cuts(transfer, peer, draws >= losses[:, i]))
        return arrived

    def _before_cuts(self, transfer: Transfer, peer: int, arrived: NDArray[np.bool_]) -> tuple[bool, ...]:
        if transfer.cuts:
            cut_s = min(transfer.cuts.get(transfer.sender, np.inf), transfer.cuts.get(peer, np.inf))
            arrived = arrived & (transfer.frame_ends_s(self._radio) <= cut_s)
        return tuple(arrived.tolist())

    def _receive_part(self, transfer: Transfer, reach: Reach, i: int, arrived: tuple[bool, ...]) -> bool:
        """Log an intended hearer when it, the sender or the link may have failed; whether it listened."""
        peer = reach.ids[i]
        station = self._stations[peer]
        absent = OFF if station.off else ASLEEP
        if not station.listening and peer not in transfer.cuts:
            self._account.missed(transfer, reach, i, absent)
            return False
        if not reach.detects[i]:
            self._account.missed(transfer, reach, i, BELOW)
            return False
        receive_s, transmit_s = self._log_hearer(transfer, peer)
        outcome = HEARD if all(arrived) else absent if peer in transfer.cuts else LOST
        self._account.received(transfer, reach, i, sum(arrived), outcome, receive_s, transmit_s, station)
        return peer not in transfer.cuts

    def _log_hearer(self, transfer: Transfer, peer: int) -> tuple[float, float]:
        """Log what an intended hearer does up to the first cut; seconds of receiving and of acknowledging."""
        station = self._stations[peer]
        idle_s, data_s, _ = transfer.timeline
        cut_s = min(transfer.cuts.get(transfer.sender, np.inf), transfer.cuts.get(peer, np.inf))
        data_at = min(transfer.start_s + idle_s, cut_s)
        acknowledged_at = min(transfer.start_s + idle_s + data_s, cut_s)
        end_s = min(transfer.end_s, cut_s)
        if peer not in transfer.cuts or self._clock.time_s == transfer.cuts[peer]:
            station.burst(data_at, acknowledged_at, RECEIVE, station.receive_w)
            station.burst(acknowledged_at, end_s, TRANSMIT, station.transmit_w)
        return acknowledged_at - data_at, end_s - acknowledged_at

    def _overheard(self, transfer: Transfer, reach: Reach, i: int, arrived: tuple[bool, ...]) -> None:
        """Log a hearer for whom the transmission was not meant."""
        peer = reach.ids[i]
        station = self._stations[peer]
        overhearing = transfer.overhearers.get(peer)
        if overhearing is None:
            self._account.missed(transfer, reach, i, OFF if station.off else BUSY if station.listening else ASLEEP)
            return
        overhearing.end_s = min(overhearing.end_s, transfer.cuts.get(transfer.sender, np.inf))
        if station.overheard is overhearing:
            station.flush_overheard()
        outcome = BUSY if not overhearing.whole else HEARD if all(arrived) else LOST
        receive_s = max(overhearing.end_s - overhearing.start_s, 0.0)
        self._account.received(transfer, reach, i, sum(arrived), outcome, receive_s, 0.0, station)

    def _finish_unicast(self, transfer: Transfer, reach: Reach) -> Sent:
        fate = transfer.fate
        assert fate is not None
        content, peer = transfer.content, transfer.destination
        arrived = self._before_cuts(transfer, peer, fate.delivered)
        if self._receive_part(transfer, reach, 0, arrived) and any(arrived):
            message = Message(transfer.sender, content.tag, content.scale, content.payload, content.scalars,
                              self._clock.time_s, arrived)  # fmt: skip
            self._deliver(self._stations[peer], message)
        for i, overheard in enumerate(self._arrived(transfer, reach.ids[1:]), 1):
            self._overheard(transfer, reach, i, overheard)
        station = self._stations[transfer.sender]
        energy_j = transfer.timeline.data_s * transfer.transmit_w + transfer.timeline.acknowledgement_s * station.receive_w
        ok = bool(fate.acknowledged.all()) and not transfer.cuts
        return Sent(ok, int(fate.attempts.sum()), self._clock.time_s - transfer.requested_s, energy_j)

    def _deliver(self, station: Station, message: Message) -> None:
        """Hand a message to the peer of a station, after the radio's latency."""
        hearer = station.hearer
        assert hearer is not None
        if self._latency_s:
            later = self._clock.time_s + self._latency_s
            self._clock.at(later, order=station.id, subject=message, call=lambda alarm: hearer.put(alarm.subject))
        else:
            hearer.put(message)

    # Stations that stop

    def silence(self, peer: int) -> None:
        """Cut short what a station sends or receives at this instant; see Medium."""
        now_s = self._clock.time_s
        for transfer in list(self._under_way.values()):
            if transfer.sender == peer:
                self._cut_sender(transfer, now_s)
            elif peer in transfer.recipients and transfer.start_s < now_s:
                transfer.cuts[peer] = now_s
                self._log_hearer(transfer, peer)

    def _cut_sender(self, transfer: Transfer, now_s: float) -> None:
        """End a transfer whose sender stops; one that has not begun never happens."""
        assert transfer.alarm is not None
        transfer.cuts[transfer.sender] = now_s
        if transfer.start_s < now_s:
            self._finish(transfer.alarm)
        else:
            del self._under_way[transfer.number]
            transfer.alarm.answer(Sent(False, 0, 0.0, 0.0) if transfer.fate is not None else ())


def _unanswered(arrived: NDArray[np.bool_]) -> Repeated:
    """A link without a way back: each frame once, never acknowledged."""
    nothing = np.zeros(len(arrived), dtype=np.int64)
    return Repeated(nothing + 1, arrived, np.zeros(len(arrived), dtype=np.bool_), nothing)
