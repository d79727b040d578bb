"""A directed graph as sorted arrays: quick to compare with another one."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ids = tuple[int, ...]
Numbers = NDArray[np.int64]


class Changed(NamedTuple):
    """Links that come or go, by source and destination."""

    sources: Numbers
    destinations: Numbers
    up: NDArray[np.bool_]


class Adjacency:
    """The out-neighbours of every peer."""

    def __init__(self, peers: int, sources: Numbers, destinations: Numbers) -> None:
        """Take links in any order, each once."""
        self.peers = peers
        self._codes = np.sort(sources * peers + destinations)
        self._first: list[int] = np.searchsorted(self._codes, np.arange(peers + 1) * peers).tolist()
        self._known: dict[int, Ids] = {}

    @classmethod
    def of(cls, neighbours: Sequence[Ids]) -> "Adjacency":
        """From the out-neighbours of every peer."""
        degrees = np.fromiter(map(len, neighbours), dtype=np.int64, count=len(neighbours))
        destinations = np.fromiter(chain.from_iterable(neighbours), dtype=np.int64, count=int(degrees.sum()))
        return cls(len(neighbours), np.repeat(np.arange(len(neighbours)), degrees), destinations)

    def out(self, peer: int) -> Ids:
        """Out-neighbours of a peer, in rising order."""
        known = self._known.get(peer)
        if known is None:
            links = self._codes[self._first[peer] : self._first[peer + 1]]
            known = self._known[peer] = tuple((links - peer * self.peers).tolist())
        return known

    def with_out(self, sources: Numbers, destinations: Numbers, replaced: Numbers) -> "Adjacency":
        """The same graph but for all links of the replaced sources, which are given."""
        owners, others = np.divmod(self._codes, max(1, self.peers))
        kept = ~np.isin(owners, replaced)
        return Adjacency(
            self.peers, np.concatenate([owners[kept], sources]), np.concatenate([others[kept], destinations])
        )

    def changed_to(self, other: "Adjacency") -> Changed:
        """What makes the other graph of this one."""
        codes = np.setxor1d(self._codes, other._codes, assume_unique=True)
        sources, destinations = np.divmod(codes, max(1, self.peers))
        return Changed(sources, destinations, np.isin(codes, other._codes, assume_unique=True))
