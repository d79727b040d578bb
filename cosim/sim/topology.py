"""Who may send to whom: the parts of the section `graph`, and what mixing over a graph does.

A part is either the radio graph (links where the radio reaches) or a schedule that fixes the out-neighbours
of every peer, epoch by epoch.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Protocol, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.part import Count, Fraction, Index, Positive, part
from cosim.rng import stream

Neighbours = list[tuple[int, ...]]
"""The out-neighbours of every peer, in rising order; nobody is a neighbour of itself."""


@final
@dataclass(frozen=True)
class GraphSchedule:
    """A directed graph that may change from epoch to epoch.

    Attributes:
        period_s: length of an epoch; None where the caller decides (one epoch per round), or nothing changes.
        static: the graph never changes.
        rule: out-neighbours by number of the epoch.
    """

    period_s: float | None
    static: bool
    rule: Callable[[int], Neighbours]

    def out_neighbours(self, epoch: int) -> Neighbours:
        """Out-neighbours of every peer in an epoch, counted from 0. Not to be written to.

        Raises:
            ValueError: the epoch is negative.
        """
        if epoch < 0:
            raise ValueError(f"epochs are counted from 0, not {epoch}")
        return self.rule(0 if self.static else epoch)

    def epoch_s(self, round_s: float | None) -> float:
        """Length of an epoch beside rounds of this length (None: rounds have none); infinite for a static graph [s].

        Raises:
            ValueError: the graph changes, and nobody says when.
        """
        if self.static:
            return math.inf
        period_s = self.period_s if self.period_s is not None else round_s
        if period_s is None:
            raise ValueError("this graph changes: give graph.period_s, or rounds.period_s to change once a round")
        return period_s


class Graph(Protocol):
    """A part that schedules a graph."""

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """The graph among peers 0 to peers - 1 under the world seed."""
        ...


def _rotation(graphs: Sequence[Neighbours], period_s: float | None = None) -> GraphSchedule:
    """Graphs used in turn, one per epoch, and again from the first."""
    static = len(graphs) == 1
    return GraphSchedule(None if static else period_s, static, lambda epoch: graphs[epoch % len(graphs)])


def _hops(peers: int, *hops: int) -> Neighbours:
    """Every peer sends to those some hops further, modulo the number of peers."""
    return [tuple(sorted({(peer + hop) % peers for hop in hops} - {peer})) for peer in range(peers)]


@final
@part
class RadioGraph:
    """Links where the radio reaches: the out-links whose mean error rate is low enough.

    Attributes:
        max_per: highest packet error rate of a link, the mean over fast fading.
        sample_s: the graph is looked at this often.
    """

    max_per: Fraction = 0.1
    sample_s: Positive = 1.0


@final
@part
class Complete:
    """Everybody to everybody."""

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """A static graph."""
        return _rotation([_hops(peers, *range(1, peers))])


@final
@part
class Ring:
    """Everybody to the next and the previous peer."""

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """A static graph."""
        return _rotation([_hops(peers, 1, -1)])


@final
@part
class DirectedRing:
    """Everybody to the next peer. Uniform mixing has second eigenvalue cos(pi / peers)."""

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """A static graph."""
        return _rotation([_hops(peers, 1)])


@final
@part
class Star:
    """One peer to all others, and all others to it.

    Attributes:
        centre: the one peer.
    """

    centre: Index = 0

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """A static graph.

        Raises:
            ValueError: the centre is none of the peers.
        """
        _require_peer(self.centre, peers, "star: the centre")
        others = tuple(peer for peer in range(peers) if peer != self.centre)
        return _rotation([[others if peer == self.centre else (self.centre,) for peer in range(peers)]])


@final
@part
class Exponential:
    """The directed exponential graph of stochastic gradient push, one peer at a time.

    In epoch t everybody sends to the peer 2^(t mod h) further, h = floor(log2(peers - 1)) + 1. With 2^h peers and
    uniform mixing, h epochs give every peer the exact mean (Assran et al., "Stochastic gradient push for
    distributed deep learning", ICML 2019).

    Attributes:
        period_s: length of an epoch; one round where it is not given.
    """

    period_s: Positive | None = None

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """One hop per epoch."""
        return _rotation([_hops(peers, 2**i) for i in range(max(1, (peers - 1).bit_length()))], self.period_s)


@final
@part
class RandomKOut:
    """Everybody to k others, drawn afresh in every epoch, uniformly and without replacement.

    Attributes:
        k: out-neighbours of each peer.
        period_s: length of an epoch; one round where it is not given.
    """

    k: Count
    period_s: Positive | None = None

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """One draw per epoch, from a stream of its own.

        Raises:
            ValueError: there are not k other peers.
        """
        if self.k > peers - 1:
            raise ValueError(f"random_k_out: k = {self.k} needs at least {self.k + 1} peers; there are {peers}")

        @lru_cache(maxsize=2)  # every peer asks for the same graph
        def draw(epoch: int) -> Neighbours:
            return _random_out_neighbours(peers, self.k, stream(seed, "graph", epoch))

        return GraphSchedule(self.period_s, False, draw)


def _random_out_neighbours(peers: int, k: int, generator: np.random.Generator) -> Neighbours:
    """Uniform k-subsets of the others, for all peers at once.

    Floyd's sampling (Bentley and Floyd, "A sample of brilliance", CACM 30(9), 1987): for j in the last k
    of the peers - 1 others, take a uniform one of 0..j, or j itself if that one is taken already.
    """
    chosen = np.empty((peers, k), dtype=np.int64)
    for column, last in enumerate(range(peers - 1 - k, peers - 1)):
        drawn = generator.integers(0, last + 1, size=peers)
        taken = (chosen[:, :column] == drawn[:, np.newaxis]).any(axis=1)
        chosen[:, column] = np.where(taken, last, drawn)
    chosen += chosen >= np.arange(peers)[:, np.newaxis]  # the others of peer i are numbered without i
    return [tuple(row) for row in np.sort(chosen, axis=1).tolist()]


@final
@part
class HamiltonianCycles:
    """Directed Hamiltonian cycles used in turn.

    The first goes to the next peer, the second to the previous one, and number s >= 2 visits 0, s, 2s, ..., then
    1, 1 + s, ..., then 2, ... and returns to 0. With four peers the third is 0 -> 2 -> 1 -> 3 -> 0, and the first
    three are the time-varying graph of the code that Sparse-Push descends from; the rule for other numbers is ours.

    Attributes:
        cycles: how many.
        period_s: length of an epoch; one round where it is not given.
    """

    cycles: Count = 3
    period_s: Positive | None = None

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """One cycle per epoch.

        Raises:
            ValueError: the construction has not so many different cycles.
        """
        different = peers if peers >= 4 else max(0, peers - 1)
        if self.cycles > different:
            raise ValueError(f"hamiltonian_cycles: {peers} peers have {different} different ones, not {self.cycles}")
        return _rotation([_hamiltonian_cycle(peers, number) for number in range(self.cycles)], self.period_s)


def _hamiltonian_cycle(peers: int, number: int) -> Neighbours:
    if number < 2:
        return _hops(peers, 1 - 2 * number)
    order = [peer for start in range(number) for peer in range(start, peers, number)]
    following = dict(zip(order, [*order[1:], order[0]], strict=True))
    return [(following[peer],) for peer in range(peers)]


_Edge = Annotated[tuple[Index, Index], Field(strict=False)]
_EdgeList = Annotated[tuple[_Edge, ...], Field(strict=False)]


@final
@part
class Edges:
    """Directed graphs written out, used in turn.

    Attributes:
        edges: one list per epoch, of [source, destination].
        period_s: length of an epoch; one round where it is not given.
    """

    edges: Annotated[tuple[_EdgeList, ...], Field(strict=False, min_length=1)]
    period_s: Positive | None = None

    def schedule(self, peers: int, seed: int) -> GraphSchedule:
        """One list per epoch.

        Raises:
            ValueError: an edge names a peer that does not exist, leads to its own source, or is there twice.
        """
        return _rotation([_from_edges(peers, edges, t) for t, edges in enumerate(self.edges)], self.period_s)


def _from_edges(peers: int, edges: Sequence[tuple[int, int]], epoch: int) -> Neighbours:
    reached: list[set[int]] = [set() for _ in range(peers)]
    for source, destination in edges:
        where = f"edges: epoch {epoch}, edge [{source}, {destination}]"
        _require_peer(source, peers, f"{where}: the source")
        _require_peer(destination, peers, f"{where}: the destination")
        if source == destination:
            raise ValueError(f"{where}: peer {source} cannot be its own neighbour")
        if destination in reached[source]:
            raise ValueError(f"{where}: peer {source} has this edge twice")
        reached[source].add(destination)
    return [tuple(sorted(destinations)) for destinations in reached]


def _require_peer(peer: int, peers: int, what: str) -> None:
    if not 0 <= peer < peers:
        raise ValueError(f"{what} is peer {peer}, and there are only peers 0 to {peers - 1}")


def mixing_matrix(out_neighbours: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Uniform column-stochastic mixing: A[j, i] = 1 / (outdegree of i + 1) for i itself and its out-neighbours j."""
    matrix = np.zeros((len(out_neighbours), len(out_neighbours)))
    for source, destinations in enumerate(out_neighbours):
        matrix[[source, *destinations], source] = 1 / (len(destinations) + 1)
    return matrix


def second_eigenvalue_modulus(matrix: NDArray[np.float64]) -> float:
    """Second largest modulus of an eigenvalue: the factor by which disagreement shrinks per round; 0 for one peer."""
    moduli = np.sort(np.abs(np.linalg.eigvals(matrix)))
    return float(moduli[-2]) if len(moduli) > 1 else 0.0


def spectral_gap(matrix: NDArray[np.float64]) -> float:
    """1 - the second largest modulus of an eigenvalue."""
    return 1 - second_eigenvalue_modulus(matrix)


def stationary_distribution(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distribution pi with A pi = pi of a column-stochastic matrix; push-sum weights tend to peers x pi.

    Raises:
        ValueError: there is more than one, because the graph falls into parts.
    """
    peers = len(matrix)
    equations = np.vstack((matrix - np.eye(peers), np.ones(peers)))
    solution, _, rank, _ = np.linalg.lstsq(equations, np.append(np.zeros(peers), 1.0))
    if rank < peers:
        raise ValueError("the matrix has more than one stationary distribution: its graph falls into parts")
    return solution.astype(np.float64)


def is_strongly_connected(out_neighbours: Sequence[Sequence[int]]) -> bool:
    """Whether every peer can reach every other along directed edges."""
    backwards: list[list[int]] = [[] for _ in out_neighbours]
    for source, destinations in enumerate(out_neighbours):
        for destination in destinations:
            backwards[destination].append(source)
    return _reaches_all(out_neighbours) and _reaches_all(backwards)


def _reaches_all(out_neighbours: Sequence[Sequence[int]]) -> bool:
    """Whether peer 0 reaches everybody."""
    seen, frontier = {0}, [0]
    while frontier:
        fresh = set(out_neighbours[frontier.pop()]) - seen
        seen |= fresh
        frontier.extend(fresh)
    return len(seen) == len(out_neighbours)


def is_b_strongly_connected(epochs: Sequence[Sequence[Sequence[int]]], b: int) -> bool:
    """Whether each of the successive windows of b epochs is strongly connected in union.

    Nedic and Olshevsky, "Distributed optimization over time-varying directed graphs", IEEE Transactions on
    Automatic Control 60(3), 2015, assumption 1: windows k b to (k + 1) b - 1.

    Args:
        epochs: the out-neighbours of every peer, epoch by epoch.
        b: epochs per window.

    Raises:
        ValueError: the epochs do not fill a whole number of windows, at least one.
    """
    if b < 1 or not epochs or len(epochs) % b:
        raise ValueError(f"{len(epochs)} epochs do not fill windows of {b}")
    return all(is_strongly_connected(_union(epochs[first : first + b])) for first in range(0, len(epochs), b))


def _union(epochs: Sequence[Sequence[Sequence[int]]]) -> Neighbours:
    return [tuple(sorted(set[int]().union(*destinations))) for destinations in zip(*epochs, strict=True)]
