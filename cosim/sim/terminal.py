"""A peer's access to a network: a way up, a way down, and one transceiver that serves both."""

from typing import final

import numpy as np

from cosim.sim.capacity import Capacity
from cosim.sim.energy import IDLE, RECEIVE, TRANSMIT
from cosim.sim.legs import FloatArray
from cosim.sim.radio import Frames
from cosim.sim.station import Station


@final
class Lane:
    """One way of an access link: frames pass in the order in which they come."""

    def __init__(self, capacity: Capacity, shift_s: float) -> None:
        """A way at rest; its trace is `shift_s` ahead of the simulation."""
        self._capacity = capacity
        self._shift_s = shift_s
        self._served = 0.0
        self.free_at_s = 0.0

    def serve(self, frame_bits: FloatArray, now_s: float) -> FloatArray:
        """When each of some frames that come now has passed."""
        waiting = max(self._served, self._capacity.count(now_s + self._shift_s))
        counts = waiting + np.cumsum(self._capacity.cost(frame_bits))
        ends_s = np.maximum(self._capacity.when_s(counts) - self._shift_s, now_s)
        self._served, self.free_at_s = float(counts[-1]), float(ends_s[-1])
        return ends_s

    def clear(self, now_s: float) -> None:
        """Everything that waits is gone."""
        self._served = self.free_at_s = 0.0


@final
class Terminal:
    """The access of one peer; with a wire everything passes at once, and its transceiver only listens."""

    def __init__(self, station: Station, up: Lane | None, down: Lane | None) -> None:
        """A terminal that does nothing yet."""
        self.station = station
        self.up = up
        self.down = down
        self._sending = self._receiving = 0
        self._state = IDLE
        self._since_s = self._received_s = 0.0
        self._marked_s = 0.0

    @property
    def wired(self) -> bool:
        """Whether it has a wire."""
        return self.up is None

    def passed_s(self, way: Lane | None, frame_bits: FloatArray, now_s: float) -> FloatArray:
        """When each of some frames has passed."""
        return np.full(len(frame_bits), now_s) if way is None else way.serve(frame_bits, now_s)

    def send(self, now_s: float, more: int) -> None:
        """One message more (1) or less (-1) waits or goes up."""
        self._sending += more
        self._become(now_s)

    def receive(self, now_s: float, more: int) -> None:
        """One message more (1) or less (-1) waits or comes down."""
        self._receiving += more
        self._become(now_s)

    def _become(self, now_s: float) -> None:
        state = TRANSMIT if self._sending else RECEIVE if self._receiving else IDLE
        if self.wired or state == self._state:
            return
        self.received_s(now_s)
        self._state = state
        self.station.become(now_s, state)

    def received_s(self, now_s: float) -> float:
        """Seconds spent receiving so far."""
        if self._state == RECEIVE:
            self._received_s += now_s - self._since_s
        self._since_s = now_s
        return self._received_s

    def paid_s(self, now_s: float, before_s: float) -> float:
        """Seconds of receiving that a message which is down now has cost, since so many were spent when it came."""
        total_s = self.received_s(now_s)
        cost_s = total_s - max(before_s, self._marked_s)
        self._marked_s = total_s
        return cost_s

    def deafen(self, now_s: float) -> None:
        """Nothing comes down any more; what goes up goes on."""
        self._receiving = 0
        if self.down is not None:
            self.down.clear(now_s)
        self._become(now_s)
        self.station.deafen(now_s)

    def stop(self, now_s: float) -> None:
        """Sleep or switch off: nothing waits any more."""
        self.received_s(now_s)
        self._sending = self._receiving = 0
        self._state = IDLE
        for lane in (self.up, self.down):
            if lane is not None:
                lane.clear(now_s)


def frame_bits(frames: Frames) -> FloatArray:
    """Bits of each frame of a message, headers included."""
    bits = np.full(frames.count, float(frames.full_bits))
    bits[-1] = frames.last_bits
    return bits
