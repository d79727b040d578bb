"""Who gets how much of the air where not everybody hears everybody: the ideal CSMA network.

A station sends only while no neighbour does; the sets of stations that send at once are the independent sets of the
graph of who senses whom, and in the long run the probability of a set is the product of its stations' weights over
the sum of all such products (R. R. Boorstyn, A. Kershenbaum, B. Maglaris, V. Sahin, "Throughput analysis in multihop
CSMA packet radio networks", IEEE Trans. Communications 35(3), 1987; S. C. Liew, C. H. Kai, H. C. Leung, P. Wong,
"Back-of-the-envelope computation of throughput distributions in CSMA wireless networks", IEEE Trans. Mobile Computing
9(9), 2010). It depends on the weight, mean time on the air over mean backoff, and on no other property of their laws.
Sensing is instantaneous and mutual; collisions come on top, see `scaled_collision`.

A set of stations is a bitmask: station i is bit i.
"""

import math
from collections.abc import Sequence

from radio_models.dcf import Dcf, period_s, saturation
from radio_models.ranges import within

MOST_SETS = 4096
"""Sets whose sum is kept before a component counts as too large to be exact: some 60 ms."""
MOST_SETS_NEAR = 120
"""The same for the surroundings of one station: some 2 ms."""
LARGEST_COMPONENT = 64
"""Stations of a connected component up to which an exact sum is tried."""
LARGEST_WEIGHT = 1e4
"""No frame lasts longer against the slots before it; 64 stations of this weight stay within a double."""


class _TooLargeError(Exception):
    """The sum has more terms than are worth it."""


class _Sums:
    """Sums over the independent sets of parts of a graph, each counted once."""

    def __init__(self, neighbours: Sequence[int], weights: Sequence[float], most: int) -> None:
        self._neighbours, self._weights, self._most = neighbours, weights, most
        self._known: dict[int, float] = {0: 1.0}

    def of(self, stations: int) -> float:
        """Sum over the independent sets of some stations: the product over their connected components.

        Raises:
            _TooLargeError: too many sets.
        """
        product = 1.0
        for part in components(stations, self._neighbours):
            product *= self._connected(part)
        return product

    def _connected(self, part: int) -> float:
        known = self._known.get(part)
        if known is not None:
            return known
        if len(self._known) >= self._most:
            raise _TooLargeError
        pivot = max(members(part), key=lambda station: (self._neighbours[station] & part).bit_count())
        rest = part & ~(1 << pivot)
        total = self.of(rest) + self._weights[pivot] * self.of(rest & ~self._neighbours[pivot])
        self._known[part] = total
        return total


def members(stations: int) -> list[int]:
    """The stations of a set, in order."""
    found = list[int]()
    while stations:
        lowest = stations & -stations
        found.append(lowest.bit_length() - 1)
        stations ^= lowest
    return found


def components(stations: int, neighbours: Sequence[int]) -> list[int]:
    """The connected components of the graph on some stations."""
    parts = list[int]()
    while stations:
        part = fringe = stations & -stations
        while fringe:
            fringe = _around(fringe, neighbours) & stations & ~part
            part |= fringe
        parts.append(part)
        stations &= ~part
    return parts


def _around(stations: int, neighbours: Sequence[int]) -> int:
    """The stations and all their neighbours."""
    around = stations
    for station in members(stations):
        around |= neighbours[station]
    return around


def air_shares(neighbours: Sequence[int], weights: Sequence[float]) -> list[float]:
    """Long-run share of time in which each station has the air.

    Exact for every connected component whose sum stays within `MOST_SETS` terms: up to some 50 stations of a random
    geometric graph of degree 5 to 8. Beyond, a station's share is that in the graph of the stations at most so many
    hops from it as stay within `MOST_SETS_NEAR` terms: what lies farther is taken as absent. Three hops leave a mean
    error of 0.02 at weights of 3 and of 0.06 at weights of 20, where one station may be off by 0.4.

    Args:
        neighbours: whom each station senses, as a bitmask; mutual, without itself.
        weights: mean time on the air over mean backoff of each, 0 to 1e4; 0 for one that is not active.

    Raises:
        ValueError: a weight is outside its range, or sensing is not mutual.
    """
    _check(neighbours, weights)
    shares = [0.0] * len(weights)
    active = sum(1 << station for station, weight in enumerate(weights) if weight > 0.0)
    for part in components(active, neighbours):
        for station, share in zip(members(part), _component_shares(part, neighbours, weights), strict=True):
            shares[station] = share
    return shares


def _check(neighbours: Sequence[int], weights: Sequence[float]) -> None:
    within(list(weights), "A weight", 0.0, LARGEST_WEIGHT)
    if len(neighbours) != len(weights):
        raise ValueError(f"Each station has neighbours and a weight; got {len(neighbours)} and {len(weights)}.")
    for station, heard in enumerate(neighbours):
        if (
            heard >> len(weights)
            or heard >> station & 1
            or not all(neighbours[i] >> station & 1 for i in members(heard))
        ):
            raise ValueError(
                f"Sensing must be mutual, among the stations, and without oneself; station {station} is not."
            )


def _component_shares(part: int, neighbours: Sequence[int], weights: Sequence[float]) -> list[float]:
    stations = members(part)
    if len(stations) <= LARGEST_COMPONENT:
        try:
            sums = _Sums(neighbours, weights, MOST_SETS)
            return [_share(station, part, neighbours, weights, sums) for station in stations]
        except _TooLargeError:
            pass
    return [_ball_share(station, part, neighbours, weights) for station in stations]


def _share(station: int, part: int, neighbours: Sequence[int], weights: Sequence[float], sums: _Sums) -> float:
    """The sets that hold the station over all sets."""
    alone = part & ~(1 << station) & ~neighbours[station]
    return weights[station] * sums.of(alone) / sums.of(part)


def _ball_share(station: int, part: int, neighbours: Sequence[int], weights: Sequence[float]) -> float:
    """The share in the largest ball around a station that can be summed; in the ball of one hop a bound if none can."""
    ball = _around(1 << station, neighbours) & part
    share = weights[station] / (1.0 + sum(weights[other] for other in members(ball)))
    while ball.bit_count() <= LARGEST_COMPONENT:
        try:
            share = _share(station, ball, neighbours, weights, _Sums(neighbours, weights, MOST_SETS_NEAR))
        except _TooLargeError:
            break
        wider = _around(ball, neighbours) & part
        if wider == ball:
            break
        ball = wider
    return share


def station_weight(stations: int, dcf: Dcf, frame_s: float, *, acknowledged: bool, error: float = 0.0) -> float:
    """Weight at which so many stations that all hear each other have the air as long as saturated DCF stations have.

    In a clique of n each has the share w / (1 + n w). That is 1 / n of the time in which the medium is not in idle
    slots if w = (period - idle) / (n idle), with the means of `saturation`. Elsewhere a station counts as one of so
    many as it hears, itself included: a reconstruction, as its rivals hear others in turn.

    Raises:
        ValueError: an argument is outside its range.
    """
    means = saturation(stations, dcf, acknowledged=acknowledged, error=error)
    idle_s = means.idle_slots * dcf.slot_s
    whole_s = period_s(means, dcf, frame_s, acknowledged=acknowledged)
    return min((whole_s - idle_s) / (stations * max(idle_s, whole_s / LARGEST_WEIGHT)), LARGEST_WEIGHT)


def free_together(neighbours: Sequence[int], weights: Sequence[float]) -> list[dict[int, float]]:
    """For each active station and each active neighbour: how likely both are free when the first begins to send.

    When i begins, all that i senses are silent. Neighbour j can begin in the same slot if those are silent, too, whom
    only j senses: the sum over the sets without all neighbours of both, over that without those of i. In a clique it
    is 1. Sums are taken over the stations within two hops of i or j, and over those of one hop where that is too
    much.

    Raises:
        ValueError: a weight is outside its range, or sensing is not mutual.
    """
    _check(neighbours, weights)
    active = sum(1 << station for station, weight in enumerate(weights) if weight > 0.0)
    return [
        {j: _free(i, j, active, neighbours, weights) for j in members(neighbours[i] & active)}
        if active >> i & 1
        else {}
        for i in range(len(weights))
    ]


def _free(i: int, j: int, active: int, neighbours: Sequence[int], weights: Sequence[float]) -> float:
    mine, both = _around(1 << i, neighbours), _around(1 << i | 1 << j, neighbours)
    if not both & active & ~mine:
        return 1.0
    for region in (_around(both, neighbours), both):
        try:
            sums = _Sums(neighbours, weights, MOST_SETS_NEAR)
            return sums.of(region & active & ~both) / sums.of(region & active & ~mine)
        except _TooLargeError:
            continue
    return 1.0 / (1.0 + sum(weights[station] for station in members(both & active & ~mine)))


def scaled_collision(collision: float, chances: Sequence[float]) -> float:
    """Collision probability of an attempt whose neighbours are each free to begin with only some probability.

    If all n - 1 neighbours are free, each begins in the same slot with q, where 1 - (1 - q)^(n - 1) is the collision
    probability of n saturated stations; with their chances p_j it is 1 - prod (1 - q p_j). A reconstruction: neighbours
    count as independent.

    Args:
        collision: of an attempt if all neighbours are free, 0 to 1.
        chances: `free_together` of each neighbour.

    Raises:
        ValueError: an argument is outside 0 to 1.
    """
    within((collision, *chances), "A probability", 0.0, 1.0)
    if not chances:
        return 0.0
    each = 1.0 - (1.0 - collision) ** (1.0 / len(chances))
    return 1.0 - math.prod(1.0 - each * chance for chance in chances)
