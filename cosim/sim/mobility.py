"""Where the peers are: the parts of the section `mobility`.

A part makes `Trajectories` for a group of peers. Peer i draws from its own streams, named by its number
in the whole scenario, so its path depends neither on the other peers nor on how many there are.
"""

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Protocol, final, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from cosim.part import AreaPair, NonNegative, Pair, Positive, PositivePair, part
from cosim.rng import philox_key, uniforms
from cosim.sim.random_waypoint import random_waypoint_paths


class Trajectories(Protocol):
    """The paths of a group of peers."""

    @property
    def moving(self) -> bool:
        """False when the positions never change."""
        ...

    @property
    def max_speed_m_per_s(self) -> float:
        """No peer is ever faster."""
        ...

    def positions_m(self, time_s: float) -> NDArray[np.float64]:
        """Places at any time from 0 on, in any order of asking; shape (count, 2) [m]. Not to be written to."""
        ...


@runtime_checkable
class Selective(Protocol):
    """Paths of which some can be asked for: what one transmission needs of thousands of moving peers."""

    def places_m(self, peers: NDArray[np.int64], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places of some peers, counted from 0, at some times: shape (times, peers, 2) [m]. Not to be written to.

        They are the same numbers as those of all peers.
        """
        ...


class Mobility(Protocol):
    """A mobility model: parameters, and the paths they give."""

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """Paths of the peers first_peer to first_peer + count - 1 under the world seed."""
        ...


@final
class StillTrajectories:
    """Peers that stay where they are."""

    moving = False
    max_speed_m_per_s = 0.0

    def __init__(self, positions_m: NDArray[np.float64]) -> None:
        """Hold positions of shape (count, 2) [m]."""
        self._positions_m = np.array(positions_m, dtype=np.float64)
        self._positions_m.flags.writeable = False

    def positions_m(self, time_s: float) -> NDArray[np.float64]:
        """The same places at every time [m].

        Raises:
            ValueError: the time is negative or not finite.
        """
        if not 0 <= time_s < math.inf:
            raise ValueError(f"positions are known from 0 s on, not at {time_s} s")
        return self._positions_m

    def places_m(self, peers: NDArray[np.int64], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same places at every time [m]."""
        places_m = self._positions_m[peers]
        return np.broadcast_to(places_m, (len(times_s), *places_m.shape))


def _rising(speed_m_per_s: tuple[float, float]) -> tuple[float, float]:
    low, high = speed_m_per_s
    if low > high:
        raise ValueError(f"the lowest speed comes first: [{high}, {low}]")
    return speed_m_per_s


SpeedRange = Annotated[PositivePair, AfterValidator(_rising)]
"""Lowest and highest speed [m/s], 0 < low <= high. From low = 0 the mean speed would decay to 0: no stationary law."""


@final
@part
class RandomWaypoint:
    """Random waypoint in a rectangle, stationary from the start (Navidi and Camp 2004; see `random_waypoint`).

    Attributes:
        area_m: sides of the rectangle, whose corner is the origin.
        speed_m_per_s: lowest and highest speed; each leg draws one uniformly.
        pause_s: constant pause at each waypoint.
    """

    source: ClassVar[str] = "random waypoint: Navidi and Camp, IEEE TMC 3(1), 2004, stationary start (A)"

    area_m: AreaPair
    speed_m_per_s: SpeedRange
    pause_s: NonNegative = 0.0

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """Paths of the peers; they move."""
        return random_waypoint_paths(
            area_m=self.area_m,
            speed_m_per_s=self.speed_m_per_s,
            pause_s=self.pause_s,
            count=count,
            seed=seed,
            first_peer=first_peer,
        )


@final
@part
class Static:
    """Peers at given places.

    Attributes:
        positions_m: one [x, y] per peer, in order.
    """

    source: ClassVar[str] = "given places (A)"

    positions_m: Annotated[tuple[Pair, ...], Field(strict=False, min_length=1)]

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """There must be one place per peer that is placed by this part."""
        own: list[tuple[tuple[str, ...], int]] = [
            (("peers", name), group.count) for name, group in scenario.peers.items() if group.mobility is self
        ]
        if scenario.mobility is self:
            own.append(((), sum(group.count for group in scenario.peers.values() if group.mobility is None)))
        for path, count in own:
            if count not in (0, len(self.positions_m)):
                yield (*path, "mobility"), f"there are {len(self.positions_m)} positions_m for {count} peers"

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """The given places.

        Raises:
            ValueError: there are not as many places as peers.
        """
        if len(self.positions_m) != count:
            raise ValueError(f"static mobility lists {len(self.positions_m)} positions_m for {count} peers")
        return StillTrajectories(np.array(self.positions_m))


@final
@part
class Grid:
    """Peers on a square grid, row by row from the origin, as nearly square as their number allows.

    Attributes:
        spacing_m: distance of nearest neighbours.
    """

    source: ClassVar[str] = "square grid: exact (A)"

    spacing_m: Positive

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """ceil(sqrt(count)) peers in a row."""
        row, column = np.divmod(np.arange(count), math.isqrt(count - 1) + 1)
        return StillTrajectories(self.spacing_m * np.stack((column, row), axis=1))


@final
@part
class Circle:
    """Peers evenly spaced on a circle around the origin, the first at (radius, 0), anticlockwise.

    Attributes:
        radius_m: radius; neighbours are 2 radius sin(pi / count) apart.
    """

    source: ClassVar[str] = "regular polygon: exact (A)"

    radius_m: Positive

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """The regular polygon."""
        angle = 2 * np.pi * np.arange(count) / count
        return StillTrajectories(self.radius_m * np.stack((np.cos(angle), np.sin(angle)), axis=1))


@final
@part
class Uniform:
    """Peers at places drawn uniformly and independently in a rectangle; they stay there.

    Attributes:
        area_m: sides of the rectangle, whose corner is the origin.
    """

    source: ClassVar[str] = "uniform binomial process in a rectangle: exact (A)"

    area_m: AreaPair

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """One draw per peer and coordinate."""
        peers = range(first_peer, first_peer + count)
        draws = np.stack([uniforms(philox_key(seed, "mobility", peer), 0, 2) for peer in peers])
        return StillTrajectories(draws * self.area_m)
