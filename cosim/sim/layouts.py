"""Places that are laid out by a rule and kept: disc, hexagonal grid, Poisson field."""

import math
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from cosim.part import Positive, part
from cosim.rng import philox_key, uniforms
from cosim.sim.mobility import StillTrajectories, Trajectories


def _draws(count: int, seed: int, first_peer: int) -> NDArray[np.float64]:
    """Two draws of each peer."""
    return np.stack([uniforms(philox_key(seed, "mobility", first_peer + i), 0, 2) for i in range(count)])


@final
@part
class Disc:
    """Peers at places drawn uniformly in a disc around the origin; they stay there.

    Attributes:
        radius_m: radius of the disc; the distance from the centre is radius sqrt(u) for a uniform u.
    """

    source: ClassVar[str] = "disc: uniform binomial process in a disc, exact (A)"

    radius_m: Positive

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """One draw of radius and angle per peer."""
        draws = _draws(count, seed, first_peer)
        distance_m, angle = self.radius_m * np.sqrt(draws[:, 0]), 2.0 * np.pi * draws[:, 1]
        return StillTrajectories(np.stack((distance_m * np.cos(angle), distance_m * np.sin(angle)), axis=1))


@final
@part
class Hexagonal:
    """Peers on a hexagonal lattice, ring after ring around the origin: 1, 7, 19, 37, ... fill whole rings.

    Attributes:
        spacing_m: distance of nearest neighbours, of which an inner peer has six.
    """

    source: ClassVar[str] = "hexagonal lattice: exact (A)"

    spacing_m: Positive

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """Each ring from the positive x axis on, anticlockwise."""
        return StillTrajectories(self.spacing_m * hexagonal_rings(count))


def hexagonal_rings(count: int) -> NDArray[np.float64]:
    """The first points of the rings of a lattice of unit spacing, shape (count, 2)."""
    turn = np.pi / 3.0 * np.arange(6)
    corners = np.stack((np.cos(turn), np.sin(turn)), axis=1)
    points = [np.zeros((1, 2))]
    for ring in range(1, math.isqrt(count) + 1):
        along = np.arange(float(ring))[:, np.newaxis] * np.roll(corners, -2, axis=0)[:, np.newaxis]
        points.append((ring * corners[:, np.newaxis] + along).reshape(-1, 2))
    return np.concatenate(points)[:count]


@final
@part
class Poisson:
    """A Poisson field seen through its number of peers: uniform places in the square that has the given density.

    A Poisson process has a Poisson number of points; a scenario fixes that number. Given the number, its points are
    independent and uniform (J. Kingman, "Poisson Processes", 1993, section 2.4): a uniform binomial process, which is
    what is drawn here, in the square of area count / density whose corner is the origin.

    Attributes:
        density_per_m2: mean number of peers on a square metre.
    """

    source: ClassVar[str] = "Poisson field given its number: Kingman, Poisson Processes, 1993, section 2.4, exact (A)"

    density_per_m2: Positive

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """One draw per peer and coordinate."""
        return StillTrajectories(_draws(count, seed, first_peer) * math.sqrt(count / self.density_per_m2))
