"""Turns at transfer fidelity: each station has one slot in a frame of slots, whatever the others do.

Times are exact: a transfer begins with its station's next slot and gets one attempt per frame of slots. Stations of one
colour that send at the same time send at the same instants.
"""

from collections.abc import Iterable, Sequence
from math import floor
from typing import final

from cosim.sim.access import Answer
from cosim.sim.overlap import NEVER, Overlap
from cosim.sim.sharing import Claimant, Sharing
from cosim.sim.tdma_access import EARLY


@final
class TdmaSharing(Sharing):
    """Time-division multiple access."""

    label = "medium: tdma (one slot per frame of slots)"

    def __init__(
        self, colours: Sequence[int], slot_s: float, answer: Answer | None, ack_s: float, attempts: int
    ) -> None:
        """Begin with slot 0 of colour 0 at time 0.

        Args:
            colours: of each station, from 0; as many slots as colours make a frame.
            slot_s: length of a slot.
            answer: times of acknowledgements; None where there are none.
            ack_s: air time of an acknowledgement.
            attempts: how often a frame is sent at most.
        """
        self._colours = list(colours)
        self._count = max(colours) + 1
        self._slot_s = slot_s
        self._period_s = self._count * slot_s
        self._answered_s = 0.0 if answer is None else answer.gap_s + ack_s
        self._attempts = 1 if answer is None else attempts

    def begins_s(self, sender: int, now_s: float, ended_s: float) -> float:
        """See Sharing: with its next slot."""
        slot = -floor(-(now_s / self._slot_s - EARLY))
        slot += (self._colours[sender] - slot) % self._count
        return max(slot * self._slot_s, now_s)

    def related(self, sender: int, other: int, noticed: bool) -> bool | None:
        """See Sharing: who has another slot is never met."""
        return True if self._colours[sender] == self._colours[other] else None

    def attempts_s(self, frame_s: float, acknowledged: bool, last: bool) -> list[float]:
        """See Sharing: a frame of slots each, but nobody waits for the end of the last one."""
        shorter_s = self._period_s - frame_s - (self._answered_s if acknowledged else 0.0) if last else 0.0
        most = self._attempts if acknowledged else 1
        return [0.0, *(attempt * self._period_s - shorter_s for attempt in range(1, most + 1))]

    def unheard(self, station: Claimant, other: Claimant) -> Overlap:
        """See Sharing."""
        return NEVER

    def share(self, stations: Iterable[Claimant]) -> None:
        """See Sharing."""
        for station in stations:
            station.meets, station.spread = 1.0, 0.0
            station.attempts_per_s = 1.0 / self._period_s

    def speed(self, station: Claimant, failure: float) -> float:
        """See Sharing: that of a station alone."""
        return 1.0
