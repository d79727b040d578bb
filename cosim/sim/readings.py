"""What programs looked at beside messages and models: numbers of the world that decided what they did next.

A program that reads joules, a battery or the quality of a link makes these part of what is learnt. Then watts are no
mere price any more, and two runs may differ because a reading did.
"""

from array import array
from collections.abc import Callable
from functools import partial
from math import nan
from struct import Struct
from typing import Any

from cosim.peer import Link, Sent
from cosim.results.tables import READINGS, READS
from cosim.sim.clock import Clock

NOBODY = -1
"""The other peer of a reading that concerns nobody else."""

PACK = Struct(f"{len(READINGS.columns)}d").pack
BATTERY_FRACTION, BATTERY_CHANGE, LINK_RATE, LINK_LOSS, LINK_SNR, LINK_ENERGY, SENT_ENERGY = range(len(READS))


class Readings:
    """Rows of the table `readings`, and how often each kind was read, which is kept at any recording level."""

    def __init__(self, clock: Clock, keep: bool = True) -> None:
        self.rows = array("d")
        self._counts = [0] * len(READS)
        self._clock = clock
        self._keep = keep
        self._of_sent: dict[int, Callable[[Any], None]] = {}

    def note(self, peer: int, what: int, value: float = nan, other: int = NOBODY) -> float:
        """A program of a peer looks at a number now; gives that number.

        Args:
            peer: who looks.
            what: place of the kind in `READS`.
            value: what it sees.
            other: the peer at the other end of a link.
        """
        self._counts[what] += 1
        if self._keep:
            self.rows.frombytes(PACK(self._clock.time_s, peer, what, other, value))
        return value

    def note_link(self, peer: int, other: int, link: Link) -> None:
        """A program looks at all that can be known of a link."""
        for place, value in enumerate(link):
            self.note(peer, LINK_RATE + place, value, other)

    def of_sent(self, peer: int) -> Callable[[Any], None]:
        """What is to be called at the end of each unicast of a peer, so that a look at its joules is noticed."""
        known = self._of_sent.get(peer)
        if known is None:
            look = partial(self._looked_at_sent, peer)
            known = self._of_sent[peer] = partial(_watched, look)
        return known

    def _looked_at_sent(self, peer: int, energy_j: float) -> None:
        self.note(peer, SENT_ENERGY, energy_j)

    @property
    def counts(self) -> dict[str, int]:
        """How often each kind was read, without those that never were."""
        return {name: count for name, count in zip(READS, self._counts, strict=True) if count}


def _watched(look: Callable[[float], None], ending: Any) -> None:
    if isinstance(ending.value, Sent):
        ending.value.read = look
