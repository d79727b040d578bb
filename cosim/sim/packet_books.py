"""What frames cost, and the rows of the books that a message leaves at its end."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from cosim.peer import Sent
from cosim.sim.account import PACK_TRANSMISSION, TrafficAccount
from cosim.sim.air import Received
from cosim.sim.energy import COLUMNS, PARTS, RADIO, RECEIVE, TRANSMIT, Ledger
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.radio import overheard_s
from cosim.sim.station import BUSY, Station

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]


class PacketBooks:
    """Intervals go to the ledger when frames end, rows to the tables when messages do."""

    def __init__(self, account: TrafficAccount, ledger: Ledger, stations: Sequence[Station]) -> None:
        self._account = account
        self._ledger = ledger
        self._stations = stations
        self._receive_w = np.array([station.receive_w for station in stations])
        self._batteries = any(station.supply is not None for station in stations)

    # Batteries

    def plan_sender(self, frame: FrameOnAir) -> None:
        """Tell a battery what sending a frame will draw."""
        supply = self._stations[frame.sender].supply
        if supply is not None:
            supply.draw(RADIO, frame.start_s, frame.end_s, frame.transmit_w)

    def plan_hearers(self, frame: FrameOnAir, positions: Peers) -> None:
        """Tell batteries what receiving the rest of a frame will draw."""
        peers = frame.footprint.near_ids[positions]
        for peer, until_s in zip(peers.tolist(), _until_s(frame, peers, frame.end_s).tolist(), strict=True):
            station = self._stations[peer]
            if station.supply is not None:
                station.supply.draw(RADIO, frame.lock_s, until_s, station.receive_w)

    def _clear(self, peer: int, now_s: float, end_s: float) -> None:
        supply = self._stations[peer].supply
        if supply is not None:
            supply.clear(RADIO, now_s, end_s)

    # Frames

    def heard(self, frame: FrameOnAir, received: Received, now_s: float) -> None:
        """Those who followed a frame were receiving until now."""
        peers = received.peers
        if not len(peers) or now_s <= frame.lock_s:
            return
        until_s = _until_s(frame, peers, now_s)
        rows = np.empty((len(peers), COLUMNS))
        rows[:, 0] = peers
        rows[:, 0] *= len(PARTS)
        rows[:, 0] += RADIO
        rows[:, 1] = RECEIVE
        rows[:, 2] = frame.lock_s
        rows[:, 3] = until_s
        rows[:, 4] = self._receive_w[peers]
        self._ledger.rows.frombytes(rows[until_s > frame.lock_s].tobytes())
        if now_s < frame.end_s and self._batteries:
            for peer in peers.tolist():
                self._clear(peer, now_s, frame.end_s)
        self._charge(frame, received, until_s - frame.lock_s)

    def _charge(self, frame: FrameOnAir, received: Received, seconds: Floats) -> None:
        """Seconds of receiving go to the message's hearers, or to its sender where that hears the answer."""
        outgoing = frame.outgoing
        if not frame.acknowledges:
            places = outgoing.places(frame.footprint)
            outgoing.receive_s[received.positions if places is None else places[received.positions]] += seconds
            return
        others = received.peers != outgoing.sender
        outgoing.receive_s[np.searchsorted(outgoing.ids, received.peers[others])] += seconds[others]
        outgoing.answered_s += float(seconds[~others].sum())

    def stopped(self, frame: FrameOnAir, peer: int, now_s: float, outcome: int = BUSY) -> None:
        """A station followed a frame no further than until now."""
        position = int(np.searchsorted(frame.footprint.near_ids, peer))
        frame.codes[position] = outcome
        station, itself = self._stations[peer], np.array([peer])
        until_s = _until_s(frame, itself, now_s)
        station.meter.burst(frame.lock_s, float(until_s[0]), RECEIVE, station.receive_w)
        self._charge(frame, Received(np.array([position]), itself, np.zeros(1)), until_s - frame.lock_s)
        self._clear(peer, now_s, frame.end_s)

    def sent(self, frame: FrameOnAir, now_s: float) -> None:
        """A station was sending a frame until now."""
        outgoing, seconds = frame.outgoing, now_s - frame.start_s
        self._stations[frame.sender].meter.burst(frame.start_s, now_s, TRANSMIT, frame.transmit_w)
        share = 1.0 if now_s >= frame.end_s else seconds * frame.per_s
        energy_j = seconds * frame.transmit_w
        if now_s < frame.end_s:
            self._clear(frame.sender, now_s, frame.end_s)
        if frame.acknowledges:
            outgoing.transmit_s[np.searchsorted(outgoing.ids, frame.sender)] += seconds
            outgoing.answer_j += energy_j
            outgoing.bits_on_air += int(share * outgoing.radio.ack_bits)
            if outgoing.unbooked:
                outgoing.unbooked = False
                self._enter(outgoing, now_s)
        else:
            outgoing.air_s += seconds
            outgoing.energy_j += energy_j
            outgoing.attempts += int(share)
            outgoing.bits_on_air += int(share * outgoing.frame_bits)

    # Messages

    def joules(self, outgoing: Outgoing) -> float:
        """What a message cost its sender in sending and in receiving answers."""
        return outgoing.energy_j + outgoing.answered_s * float(self._receive_w[outgoing.sender])

    def answer(self, outgoing: Outgoing, now_s: float) -> Sent | tuple[int, ...]:
        """What who asked for a message is told at its end."""
        if outgoing.destination == BROADCAST:
            return outgoing.recipients
        ok = bool(outgoing.acknowledged.all())
        return Sent(ok, outgoing.attempts, now_s - outgoing.requested_s, self.joules(outgoing))

    def delivered(self, bits: int) -> None:
        """A whole message has reached a peer it was meant for."""
        self._account.delivered(bits)

    def close(self, outgoing: Outgoing, now_s: float, on_air: Iterable[FrameOnAir]) -> None:
        """Book a message at its end, or where it breaks off; if its answer is still on the air, at the end of that."""
        outgoing.unbooked = any(frame.outgoing is outgoing for frame in on_air)
        if not outgoing.unbooked:
            self._enter(outgoing, now_s)

    def _enter(self, outgoing: Outgoing, now_s: float) -> None:
        account, bits = self._account, outgoing.content.sent_bits
        account.sent_messages += 1
        account.payload_bits += bits
        account.bits_on_air += outgoing.bits_on_air
        account.payload_bits_of[outgoing.sender] += bits
        if account.hosts is not None:
            meant = np.isin(outgoing.ids, outgoing.recipients)
            heard = outgoing.arrived.sum(axis=1)[meant].tolist()
            account.hosts.carried(outgoing.sender, outgoing.frames, outgoing.ids[meant].tolist(), heard)
        if account.keep:
            account.transmissions.frombytes(PACK_TRANSMISSION(
                outgoing.number, outgoing.start_s, now_s, outgoing.sender, outgoing.destination, outgoing.content.tag,
                bits, outgoing.bits_on_air, outgoing.attempts, outgoing.air_s, outgoing.answered_s,
                self.joules(outgoing), bool(outgoing.acknowledged.all()),
            ))  # fmt: skip
            receptions = self._receptions(outgoing)
            account.receptions.frombytes(receptions.tobytes())
            account.rows += 1 + len(receptions)

    def _receptions(self, outgoing: Outgoing) -> Floats:
        """One row per possible hearer: those meant, those in range, and whoever paid for it."""
        meant = np.isin(outgoing.ids, outgoing.recipients)
        receive_s, transmit_s = outgoing.receive_s, outgoing.transmit_s
        heard = outgoing.arrived.sum(axis=1)
        joules = receive_s * self._receive_w[outgoing.ids]
        joules[transmit_s > 0.0] += outgoing.answer_j
        fragments = np.full(len(meant), float(outgoing.frames.count))
        rows: Floats = np.column_stack([
            np.full(len(meant), float(outgoing.number)), outgoing.ids, meant, outgoing.distance_m, outgoing.snr_db,
            fragments, heard, outgoing.outcomes(), receive_s, transmit_s, joules,
        ]).astype(np.float64)  # fmt: skip
        return rows[meant | outgoing.detects | (receive_s > 0.0)]


def _until_s(frame: FrameOnAir, peers: Peers, now_s: float) -> Floats:
    """Until when stations that follow a frame till now receive it: whoever it is not for may drop it after the header.

    The frame keeps them from sending all the same, and from following another.
    """
    until_s = np.full(len(peers), now_s)
    outgoing = frame.outgoing
    if outgoing.radio.transceiver.overhearing != "full":
        header_s = overheard_s(outgoing.radio, frame.end_s - frame.start_s)
        meant = peers == outgoing.sender if frame.acknowledges else np.isin(peers, outgoing.recipients)
        until_s[~meant] = min(now_s, max(frame.start_s + header_s, frame.lock_s))
    return until_s
