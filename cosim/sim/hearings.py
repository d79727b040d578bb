"""Who hears what of a message: hearers, their draws, and what becomes of each frame at each of them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cosim.rng import Family, uniforms
from cosim.sim.air import Received
from cosim.sim.budget import Budget
from cosim.sim.fates import Fragments
from cosim.sim.footprint import Footprint
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.luck import LinkLuck
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.station import COLLIDED, HEARD, LOST
from cosim.sim.success_table import SuccessTable

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]
Truths = NDArray[np.bool_]

OVERHEARD_SUCCESS = 0.5
"""Whoever is not meant reads an acknowledgement if that is likelier than not: it matters for EIFS alone."""


class Hearings:
    """Judges frames. A frame arrives if its draw is not below its probability of being lost."""

    def __init__(self, budget: Budget, table: SuccessTable, seed: int) -> None:
        self._budget = budget
        self._table = table
        self._seed = seed
        self._lucks: dict[tuple[str, int, int], LinkLuck] = {}

    def luck(self, purpose: str, turn: int, attempt: int) -> LinkLuck:
        """The draws of the attempts of one number, in one turn of a repair; the first ones are those of any medium."""
        known = self._lucks.get((purpose, turn, attempt))
        if known is None:
            name = (*(("repair", turn) if turn else ()), *(("attempt", attempt) if attempt else ()))
            known = self._lucks[purpose, turn, attempt] = LinkLuck(self._seed, purpose, *name)
        return known

    # Hearers

    def open(self, outgoing: Outgoing, footprint: Footprint, now_s: float) -> None:
        """A message begins: its hearers are those near, and those it is meant for."""
        outgoing.meet(footprint.near_ids, footprint.snr_db, footprint.distance_m, footprint.detects)
        self.admit(outgoing, np.array(sorted(outgoing.recipients), dtype=np.int64), now_s)

    def extend(self, outgoing: Outgoing, footprint: Footprint) -> None:
        """Those who have come near since the message began hear it, too."""
        new = outgoing.strangers(footprint.near_ids)
        if new.any():
            snr_db, distance_m = footprint.snr_db[new], footprint.distance_m[new]
            outgoing.add(footprint.near_ids[new], snr_db, distance_m, footprint.detects[new])

    def admit(self, outgoing: Outgoing, peers: Peers, now_s: float) -> None:
        """More possible hearers, in rising order: those meant, or those who notice acknowledgements."""
        new = peers[outgoing.strangers(peers) & (peers != outgoing.sender)]
        if len(new):
            snr_db, distance_m = self._budget.quality(outgoing.sender, new, now_s)
            same = self._budget.channels[new] == self._budget.channels[outgoing.sender]
            outgoing.add(new, snr_db, distance_m, self._budget.radio.hears(snr_db, distance_m) & same)

    # Frames

    def judge(self, frame: FrameOnAir, received: Received) -> Truths:
        """Whether a frame arrived at each who followed it to its end; of a message's frame it is noted."""
        if frame.acknowledges:
            return self._judge_answer(frame, received)
        outgoing, (positions, _, log_success) = frame.outgoing, received
        places = outgoing.places(frame.footprint)
        draws = self._draws(outgoing)[positions if places is None else places[positions], frame.fragment]
        came = draws >= -np.expm1(log_success)
        if not came.all():
            failed = positions[~came]
            alone = self._table.log_success(frame.row, frame.near_ratio[failed])
            frame.codes[failed] = np.where(draws[~came] >= -np.expm1(alone), COLLIDED, LOST)
        outgoing.note(places, frame.codes, frame.fragment)
        return came

    def _draws(self, outgoing: Outgoing) -> Floats:
        """The draws of the attempt under way, at all hearers."""
        known = outgoing.draws.get(outgoing.attempt)
        if known is None:
            turn = 0 if outgoing.repair is None else outgoing.repair.turn
            luck = self.luck("delivery", turn, outgoing.attempt)
            known = outgoing.draws[outgoing.attempt] = outgoing.drawn(luck)
        return known

    def _judge_answer(self, frame: FrameOnAir, received: Received) -> Truths:
        """The same of an acknowledgement."""
        outgoing = frame.outgoing
        success = np.exp(received.log_success)
        came = success >= OVERHEARD_SUCCESS
        mine = received.peers == outgoing.sender
        if mine.any():
            turn = 0 if outgoing.repair is None else outgoing.repair.turn
            luck = self.luck("acknowledgement", turn, frame.attempt)
            draws = luck.draws(outgoing.sender, outgoing.destination, outgoing.sequence, frame.fragment + 1)
            came[mine] = draws[-1] >= 1.0 - success[mine]
        return came

    def broken(self, frame: FrameOnAir) -> None:
        """A message's frame broke off."""
        if not frame.acknowledges:
            frame.codes[frame.codes == HEARD] = LOST
            frame.outgoing.note(frame.outgoing.places(frame.footprint), frame.codes, frame.fragment)

    # Messages

    def messages(self, outgoing: Outgoing) -> Iterator[tuple[int, Fragments]]:
        """Each it was meant for to whom anything of it is to be given, with what that is."""
        if outgoing.repair is not None:
            yield from self._repaired(outgoing)
            return
        for peer in outgoing.recipients:
            yield peer, outgoing.content.received(peer, tuple(outgoing.arrived_at(peer).tolist()))

    def _repaired(self, outgoing: Outgoing) -> Iterator[tuple[int, Fragments]]:
        """A repaired message is given once it is whole."""
        repair = outgoing.repair
        assert repair is not None
        arrived = outgoing.arrived_at(outgoing.destination)
        if repair.note(arrived.tolist(), (arrived & outgoing.acknowledged).tolist()):
            yield outgoing.destination, (True,) * self._budget.radio.frames(repair.content.bits).count


class Jitter:
    """Random waits before broadcasts, uniform up to a maximum: a draw by sender and message."""

    def __init__(self, seed: int, most_s: float) -> None:
        self._streams = Family(seed, "jitter")
        self._most_s = most_s

    def begins_s(self, outgoing: Outgoing) -> float:
        """When a message may begin."""
        if not self._most_s or outgoing.destination != BROADCAST:
            return outgoing.requested_s
        draw = float(uniforms(self._streams.key(outgoing.sender), outgoing.sequence, 1)[0])
        return outgoing.requested_s + draw * self._most_s
