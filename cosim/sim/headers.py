"""Receivers that cannot read the PHY header of a frame, because another one began during it.

They give the frame up where its header ends (IEEE Std 802.11-2012, 18.3.12): the channel stays busy by its energy, no
error of a frame is reported, so that EIFS does not follow, and they may find the next preamble. As ns-3.37 has it
(`OfdmPhy`, L-SIG failure). A header counts as read if that is likelier than not, at the ratio where it ends.
"""

from collections import deque
from typing import final

import numpy as np

from cosim.sim.air import Air, Peers
from cosim.sim.clock import Alarm, Clock
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.packet_books import PacketBooks
from cosim.sim.sensing import Header
from cosim.sim.station import COLLIDED
from cosim.sim.turns import ENDS, Turns


@final
class Headers:
    """Looks at headers that something disturbs, and only at those."""

    def __init__(self, clock: Clock, air: Air, turns: Turns, books: PacketBooks, header: Header | None) -> None:
        """Nothing happens for radios without `header`."""
        self._clock, self._air, self._turns, self._books, self._header = clock, air, turns, books, header
        self._recent: deque[FrameOnAir] = deque()
        self._expected: set[int] = set()

    def begun(self, frame: FrameOnAir) -> None:
        """A frame begins: it disturbs the headers on the air, and is disturbed by what is there already."""
        header = self._header
        if header is None:
            return
        recent, since_s = self._recent, frame.start_s - header.seconds
        while recent and recent[0].start_s <= since_s:
            recent.popleft()
        for other in recent:
            self._expect(other, header.seconds)
        if len(self._air.frames) > 1:
            self._expect(frame, header.seconds)
        recent.append(frame)

    def _expect(self, frame: FrameOnAir, seconds: float) -> None:
        if frame.number not in self._expected:
            self._expected.add(frame.number)
            self._clock.at(frame.start_s + seconds, order=ENDS, subject=frame, call=self._ends)

    def _ends(self, alarm: Alarm) -> None:
        frame: FrameOnAir = alarm.subject
        alarm.subject = None
        self._expected.discard(frame.number)
        assert self._header is not None
        if self._air.frames.get(frame.number) is not frame:
            return
        near = frame.footprint.near_ids
        others = np.maximum(self._air.total[near] - frame.near_ratio, 0.0) + 1.0
        unread = (self._air.engaged[near] == frame.number) & (frame.near_ratio < self._header.least_ratio * others)
        if unread.any():
            self._give_up(frame, near[unread])

    def _give_up(self, frame: FrameOnAir, peers: Peers) -> None:
        for peer in peers.tolist():
            self._air.leave(peer)
            self._books.stopped(frame, peer, self._clock.time_s, COLLIDED)
        self._turns.sense(peers)
        self._turns.arm()
