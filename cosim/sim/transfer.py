"""One transmission under way, and the times of its frames.

The ledger orders the seconds of a transfer by state: the gaps first, then the frames, then the
acknowledgements. Sums per state are exact; only an instant of death inside a transfer sees that order.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim.sim.arq import Repeated
from cosim.sim.clock import Alarm
from cosim.sim.links import Reach
from cosim.sim.medium import Content
from cosim.sim.radio import Frames, Radio
from cosim.sim.station import Overhearing

BROADCAST = -1


class Timeline(NamedTuple):
    """Seconds of a transfer by what the sender does: waiting, sending frames, receiving acknowledgements."""

    idle_s: float
    data_s: float
    acknowledgement_s: float

    @property
    def total_s(self) -> float:
        """Whole duration."""
        return self.idle_s + self.data_s + self.acknowledgement_s


class Transfer:
    """A transmission from its reservation to its end."""

    __slots__ = (
        "alarm", "content", "cuts", "destination", "end_s", "fate", "frames", "number", "overhearers", "reach",
        "recipients", "requested_s", "sender", "sequence", "start_s", "timeline", "transmit_w",
    )  # fmt: skip

    def __init__(
        self, sender: int, destination: int, recipients: tuple[int, ...], content: Content, frames: Frames
    ) -> None:
        self.sender = sender
        self.destination = destination
        self.recipients = recipients
        self.content = content
        self.frames = frames
        self.number = self.sequence = 0
        self.requested_s = self.start_s = 0.0
        self.end_s = 0.0
        self.timeline: Timeline = Timeline(0.0, 0.0, 0.0)
        self.transmit_w = 0.0
        self.reach: Reach | None = None
        self.fate: Repeated | None = None
        self.overhearers: dict[int, Overhearing] = {}
        self.cuts: dict[int, float] = {}
        self.alarm: Alarm | None = None

    def plan(self, start_s: float, timeline: Timeline) -> None:
        """Set when it begins and what it does; the end is the sum in the order of the ledger, to the last bit."""
        self.start_s = start_s
        self.timeline = timeline
        self.end_s = start_s + timeline.idle_s + timeline.data_s + timeline.acknowledgement_s

    def frame_ends_s(self, radio: Radio) -> NDArray[np.float64]:
        """When each fragment's last attempt ends, in the true order of events."""
        frames = self.frames
        air = np.full(frames.count, frames.full_airtime_s)
        air[-1] = frames.last_airtime_s
        if self.fate is None:
            return self.start_s + np.cumsum(radio.gap_s + air)
        cycle = radio.gap_s + air + exchange_s(radio)
        return self.start_s + np.cumsum(self.fate.attempts * cycle) - exchange_s(radio)


def exchange_s(radio: Radio) -> float:
    """From the end of a frame to the end of its acknowledgement, or of the wait for it."""
    return radio.ack_gap_s + radio.ack_airtime_s if radio.ack_bits else 0.0


def broadcast_timeline(frames: Frames, radio: Radio) -> Timeline:
    """Each fragment once, without acknowledgement."""
    return Timeline(frames.count * radio.gap_s, (frames.count - 1) * frames.full_airtime_s + frames.last_airtime_s, 0.0)


def unicast_timeline(frames: Frames, radio: Radio, fate: Repeated) -> Timeline:
    """Each fragment as often as its fate says; a missing acknowledgement is waited for as long as one takes."""
    attempts = int(fate.attempts.sum())
    last = int(fate.attempts[-1])
    data_s = (attempts - last) * frames.full_airtime_s + last * frames.last_airtime_s
    acknowledgement_s = int(fate.acknowledgements.sum()) * radio.ack_airtime_s
    idle_s = attempts * (radio.gap_s + exchange_s(radio)) - acknowledgement_s
    return Timeline(idle_s, data_s, acknowledgement_s)
