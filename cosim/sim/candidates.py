"""Pairs of peers of which one may hear the other."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]

MOST_PAIRS = 1 << 17
"""Pairs that are looked at together, so that memory does not follow their number."""
MOST_KEPT = 4096
"""Peers up to which the fixed losses of all pairs are kept."""


class Pairs(NamedTuple):
    """Directed pairs, with the losses that depend on nothing but the pair [dB]."""

    senders: Peers
    hearers: Peers
    fixed_db: Floats


class Candidates(ABC):
    """Who may hear each sender; whoever is missing does not hear it for certain."""

    @abstractmethod
    def of(self, sender: int) -> tuple[Peers, Floats]:
        """Possible hearers in rising order, and the fixed losses to them [dB]."""

    def pairs_of(self, sender: int) -> Pairs:
        """The same as pairs."""
        hearers, fixed_db = self.of(sender)
        return Pairs(np.full(len(hearers), sender), hearers, fixed_db)

    @abstractmethod
    def chunks(self) -> Iterator[Pairs]:
        """All pairs by sender and hearer, some at a time."""


@final
class Few(Candidates):
    """Candidates that were found by a search."""

    def __init__(self, peers: int, pairs: Pairs) -> None:
        """Take the pairs among so many peers, in any order."""
        order = np.lexsort((pairs.hearers, pairs.senders))
        self._senders = pairs.senders[order]
        self._hearers = pairs.hearers[order]
        self._fixed_db = pairs.fixed_db[order]
        self._first: list[int] = np.searchsorted(self._senders, np.arange(peers + 1)).tolist()

    def of(self, sender: int) -> tuple[Peers, Floats]:
        """See Candidates."""
        some = slice(self._first[sender], self._first[sender + 1])
        return self._hearers[some], self._fixed_db[some]

    def chunks(self) -> Iterator[Pairs]:
        """See Candidates."""
        for first in range(0, len(self._senders), MOST_PAIRS):
            some = slice(first, first + MOST_PAIRS)
            yield Pairs(self._senders[some], self._hearers[some], self._fixed_db[some])


@final
class Everybody(Candidates):
    """All pairs, where nobody can be ruled out."""

    def __init__(self, peers: int, fixed_db: Callable[[Peers, Peers], Floats]) -> None:
        """Take the number of peers, and what gives the fixed losses of pairs."""
        self._everybody = np.arange(peers)
        self._fixed_of = fixed_db
        self._known: dict[int, tuple[Peers, Floats]] = {}

    def of(self, sender: int) -> tuple[Peers, Floats]:
        """See Candidates."""
        known = self._known.get(sender)
        if known is None:
            hearers = np.delete(self._everybody, sender)
            known = hearers, self._fixed_of(np.full(len(hearers), sender), hearers)
            if len(self._everybody) <= MOST_KEPT:
                self._known[sender] = known
        return known

    def chunks(self) -> Iterator[Pairs]:
        """See Candidates."""
        peers = len(self._everybody)
        width = max(1, MOST_PAIRS // peers)
        for first in range(0, peers, width):
            senders = np.repeat(self._everybody[first : first + width], peers)
            hearers = np.tile(self._everybody, len(senders) // peers)
            others = senders != hearers
            senders, hearers = senders[others], hearers[others]
            yield Pairs(senders, hearers, self._fixed_of(senders, hearers))
