"""One frame on the air."""

from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.footprint import Footprint
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.station import BELOW, BUSY

if TYPE_CHECKING:
    from cosim.sim.access import Answer

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]


@final
class FrameOnAir:
    """A frame from its first symbol to its last.

    Attributes:
        number: of the frame; receivers that are locked on it carry it.
        outgoing: the message it belongs to.
        sender: who sends it: the message's sender, or with `acknowledges` its destination.
        acknowledges: whether it is an acknowledgement.
        fragment: which fragment it carries or acknowledges.
        attempt: how often that was sent before.
        footprint: whom it meets; `ratio` is its power over noise at each, and `near_ratio` at those who may notice it.
        start_s: when it began.
        end_s: when it ends.
        row: row of the table of successes.
        ready: who of those near could listen when it began.
        codes: what became of it at each of those near; BUSY until something else is known.
        lock_s: when receivers locked on it.
    """

    __slots__ = (
        "acknowledges", "attempt", "codes", "end_s", "footprint", "fragment", "lock_s", "near_ratio", "number",
        "outgoing", "per_s", "ratio", "ready", "row", "sender", "start_s", "transmit_w",
    )  # fmt: skip

    def __init__(
        self, outgoing: Outgoing, sender: int, footprint: Footprint, start_s: float, air_s: float, row: int
    ) -> None:
        self.number = -1
        self.outgoing = outgoing
        self.sender = sender
        self.acknowledges = sender != outgoing.sender
        self.fragment = outgoing.fragment
        self.attempt = outgoing.attempt
        self.footprint = footprint
        self.ratio = footprint.ratio
        self.near_ratio = footprint.near_ratio
        self.start_s = self.lock_s = start_s
        self.end_s = start_s + air_s
        self.per_s = 1.0 / air_s if air_s > 0.0 else 0.0
        self.row = row
        self.ready: NDArray[np.bool_] | None = None
        self.codes = np.full(footprint.near, BUSY, dtype=np.int64)
        self.transmit_w = 0.0

    @property
    def listener(self) -> int:
        """Who hears it even if its receiver sleeps: the station that waits for this answer; -1 for nobody."""
        return self.outgoing.sender if self.acknowledges else -1

    def reserves_s(self, answer: "Answer | None") -> float:
        """For how long after its end the channel is reserved for the acknowledgement of a unicast frame."""
        if self.acknowledges or answer is None or self.outgoing.destination == BROADCAST:
            return 0.0
        return answer.gap_s + self.outgoing.radio.ack_airtime_s

    def fade(self, gain_db: Floats) -> None:
        """Change its power at all whom it meets."""
        self.ratio = self.ratio * 10.0 ** (gain_db / 10.0)
        self.near_ratio = self.ratio[: self.footprint.near]

    def code_at(self, peer: int) -> int:
        """What became of it at a peer; BELOW where that is not near."""
        near = self.footprint.near_ids
        position = int(near.searchsorted(peer))
        return int(self.codes[position]) if position < len(near) and near[position] == peer else BELOW
