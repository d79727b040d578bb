"""The air: what every receiver gets of all frames that overlap at it.

A receiver locks on a frame if, when the preamble has been looked at for a while, it is free and the frame's power over
noise and all others' power is enough. It then follows that frame to its end, whatever else comes: a later frame,
however strong, is but interference. What stations know of the air is kept in arrays by station, so that a frame that
begins or ends costs a few operations on all whom it meets.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim.sim.capture import Capture
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.station import BELOW, COLLIDED, HEARD, Station
from cosim.sim.success_table import SuccessTable

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]

FREE, SENDING = -1, -2
"""What a station does that follows no frame."""


class Received(NamedTuple):
    """Who followed a frame to its end, by position among those near it and by id, and ln S of each."""

    positions: Peers
    peers: Peers
    log_success: Floats


class Air:
    """Powers over noise, and what each receiver follows.

    `engaged` has the number of the frame that a station follows, FREE or SENDING.
    """

    def __init__(
        self, stations: Sequence[Station], table: SuccessTable, least_ratio: float, busy_ratio: float, capture: Capture
    ) -> None:
        """Make it empty.

        Args:
            stations: all of them.
            table: success over ratio and size.
            least_ratio: power over noise and interference at which a preamble is found.
            busy_ratio: total power over noise from which on the channel counts as busy, whatever it is.
            capture: what a frame survives that others overlap.
        """
        count = len(stations)
        self._stations = stations
        self._table = table
        self._least_ratio = least_ratio
        self._busy_ratio = busy_ratio
        self._capture = capture
        self._strongest = capture.margin_db is not None
        self.engaged = np.full(count, FREE, dtype=np.int64)
        self.total = np.zeros(count)
        self.log_success = np.zeros(count)
        self.signal = np.ones(count)
        self._since_s = np.zeros(count)
        self._per_s = np.zeros(count)
        self._row = np.zeros(count, dtype=np.int64)
        # Mean power of interference since a receiver follows its frame, where the rule of capture asks for it.
        self._energy = np.zeros(count) if capture.averaged else None
        self.frames: dict[int, FrameOnAir] = {}
        self._numbers = 0

    # Frames

    def begin(self, frame: FrameOnAir, now_s: float) -> FrameOnAir | None:
        """A frame begins; what its sender was receiving until now, if anything."""
        footprint, engaged = frame.footprint, self.engaged
        frame.number = self._numbers
        self._numbers += 1
        self.frames[frame.number] = frame
        before = self.leave(frame.sender)
        engaged[frame.sender] = SENDING
        frame.ready = self._ready(frame, engaged[footprint.near_ids] == FREE)
        self._advance(footprint.ids, now_s)
        self.total[footprint.ids] += frame.ratio
        self._capture.disturb(self, frame)
        return before

    def _ready(self, frame: FrameOnAir, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Who of those near is free and listens; of the others it is noted why not."""
        stations = self._stations
        up = frame.listener
        listening = [stations[peer].listening or peer == up for peer in frame.footprint.near_list]
        if False in listening:
            there = np.array(listening)
            for i in np.flatnonzero(~there).tolist():
                frame.codes[i] = stations[frame.footprint.near_list[i]].absence
            free = free & there
        return free

    def lock(self, frame: FrameOnAir, now_s: float) -> Peers:
        """Receivers that find the preamble follow the frame from now on; their positions among those near it."""
        footprint, engaged, ready = frame.footprint, self.engaged, frame.ready
        near, codes = footprint.near_ids, frame.codes
        assert ready is not None
        state = engaged[near]
        taken = ready & (state >= 0)
        if taken.any():
            codes[taken] = COLLIDED
        ready = ready & (state == FREE)
        others = self.total[near]
        others -= frame.near_ratio
        others += 1.0
        found = frame.near_ratio >= self._least_ratio * others
        if self._strongest:
            # A receiver that despreads takes the strongest of several preambles.
            others -= 1.0
            found &= frame.near_ratio >= others
        found &= ready
        missed = ready > found
        if missed.any():
            codes[missed] = np.where(frame.near_ratio[missed] >= self._least_ratio, COLLIDED, BELOW)
        (positions,) = np.nonzero(found)
        peers = near[positions]
        codes[positions] = HEARD
        engaged[peers] = frame.number
        self.signal[peers] = frame.near_ratio[positions]
        self.log_success[peers] = 0.0
        if self._energy is not None:
            self._energy[peers] = 0.0
        self._since_s[peers] = frame.start_s
        self._per_s[peers] = frame.per_s
        self._row[peers] = frame.row
        frame.lock_s = now_s
        self._capture.follow(self, frame, peers)
        return positions

    def end(self, frame: FrameOnAir, now_s: float) -> Received:
        """A frame ends, or is cut: who had followed it is free again."""
        footprint, engaged = frame.footprint, self.engaged
        self._advance(footprint.ids, now_s)
        near = footprint.near_ids
        (positions,) = np.nonzero(engaged[near] == frame.number)
        peers = near[positions]
        engaged[peers] = FREE
        engaged[frame.sender] = FREE
        del self.frames[frame.number]
        if self.frames:
            rest = self.total[footprint.ids] - frame.ratio
            self.total[footprint.ids] = np.maximum(rest, 0.0, out=rest)
        else:
            self.total[:] = 0.0
        log_success = self.log_success[peers]
        if self._energy is not None:
            log_success = self._capture.outlast(log_success, self.signal[peers], self._energy[peers])
        return Received(positions, peers, log_success)

    def leave(self, peer: int) -> FrameOnAir | None:
        """A station follows its frame no further; which one that was."""
        number = int(self.engaged[peer])
        if number < 0:
            return None
        self.engaged[peer] = FREE
        return self.frames[number]

    def _advance(self, ids: Peers, now_s: float) -> None:
        """Add up what receivers among these went through since they were last looked at."""
        following = ids[self.engaged[ids] >= 0]
        if not len(following):
            return
        signal = self.signal[following]
        ratio = self.total[following]
        ratio -= signal
        np.maximum(ratio, 0.0, out=ratio)
        share = now_s - self._since_s[following]
        share *= self._per_s[following]
        if self._energy is not None:
            self._energy[following] += ratio * share
        ratio += 1.0
        np.divide(signal, ratio, out=ratio)
        term = self._table.log_success(self._row[following], ratio)
        term *= share
        self.log_success[following] += term
        self._since_s[following] = now_s

    # What stations sense

    def busy(self, peers: Peers) -> NDArray[np.bool_]:
        """Who senses a busy channel: by sending, by following a frame, or by energy."""
        return (self.engaged[peers] != FREE) | (self.total[peers] >= self._busy_ratio)
