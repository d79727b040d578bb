"""Time-division multiple access: every station sends in slots of its own."""

from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.access import NEVER_S, Answer, Due, Peers
from cosim.sim.air import Air
from cosim.sim.aloha_access import DEAF_DBM, EARLY


@final
class TdmaAccess:
    """Slots of one length follow each other; that of a number belongs to the stations of its colour."""

    label = "tdma"
    senses = False
    busy_dbm = DEAF_DBM

    def __init__(self, colours: Sequence[int], slot_s: float, detection_s: float, answer: Answer | None) -> None:
        """Begin with slot 0 of colour 0 at time 0.

        Args:
            colours: of each station, from 0; as many slots as colours make a frame.
            slot_s: length of a slot.
            detection_s: from the beginning of a frame until receivers lock on it.
            answer: times of acknowledgements; None where there are none.
        """
        self.detection_s = detection_s
        self.answer = answer
        self._colours = list(colours)
        self._count = max(colours) + 1
        self._slot_s = slot_s
        self._used = [-1] * len(colours)
        self._planned_s = np.full(len(colours), NEVER_S)

    def request(self, peer: int, now_s: float, busy: bool) -> None:
        """See Access."""
        slot = int(-(-(now_s / self._slot_s - EARLY) // 1.0))
        slot = max(slot, self._used[peer] + 1)
        slot += (self._colours[peer] - slot) % self._count
        self._used[peer] = slot
        self._planned_s[peer] = max(slot * self._slot_s, now_s)

    proceed = request

    def transmitted(self, peer: int, begin_s: float, end_s: float) -> None:
        """Frames fit into slots."""

    def finished(self, peer: int, now_s: float, ok: bool, again: bool) -> None:
        """What is repeated waits for the next slot like anything else."""

    def withdraw(self, peer: int) -> None:
        """See Access."""
        self._planned_s[peer] = NEVER_S

    def became_busy(self, peers: Peers, now_s: float) -> None:
        """Nobody listens before sending."""

    def became_idle(self, peers: Peers, now_s: float) -> None:
        """Nobody listens before sending."""

    def heard(self, peers: Peers, came: NDArray[np.bool_], now_s: float, reserved_s: float) -> None:
        """Nobody listens before sending."""

    def next_s(self) -> float:
        """See Access."""
        return float(self._planned_s.min())

    def due(self, now_s: float, air: Air) -> Due:
        """See Access."""
        (sending,) = np.nonzero(self._planned_s <= now_s)
        self._planned_s[sending] = NEVER_S
        return Due(sending.tolist(), [])


def two_hop_colours(neighbours: Sequence[Sequence[int]]) -> list[int]:
    """Slots such that no two stations share one who hear each other, or whom a third one hears.

    Stations take the lowest free colour, those with the most neighbours first (greedy colouring of the square of the
    graph: D. J. A. Welsh, M. B. Powell, The Computer Journal 10(1), 1967).
    """
    count = len(neighbours)
    mutual: list[set[int]] = [set(near) for near in neighbours]
    for peer, near in enumerate(neighbours):
        for other in near:
            mutual[other].add(peer)
    colours = [-1] * count
    for peer in sorted(range(count), key=lambda each: (-len(mutual[each]), each)):
        conflicts = mutual[peer].union(*(mutual[other] for other in mutual[peer])) - {peer}
        taken = {colours[other] for other in conflicts}
        colours[peer] = next(colour for colour in range(count) if colour not in taken)
    return colours
