import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import kstest

from cosim.sim.layouts import Disc, Hexagonal, Poisson


@pytest.mark.statistical
def test_a_disc_is_filled_evenly():
    """The squared distance from the centre is uniform; Kolmogorov-Smirnov, false alarms 1 in 1000, fixed seed."""
    places_m = Disc(radius_m=30.0).trajectories(2000, 1, 0).positions_m(5.0)
    assert kstest((places_m**2).sum(axis=1) / 900.0, "uniform").pvalue > 1e-3
    assert kstest(np.arctan2(*places_m.T) / (2 * np.pi) + 0.5, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("count", [1, 2, 7, 8, 19, 30])
def test_hexagonal_places_are_apart(count):
    places_m = Hexagonal(spacing_m=4.0).trajectories(count, 1, 0).positions_m(0.0)
    assert places_m.shape == (count, 2)
    if count > 1:
        nearest_m = cKDTree(places_m).query(places_m, 2)[0][:, 1]
        assert nearest_m == pytest.approx(np.full(count, 4.0))


def test_inner_places_of_a_hexagonal_lattice_have_six_neighbours():
    places_m = Hexagonal(spacing_m=1.0).trajectories(37, 1, 0).positions_m(0.0)
    neighbours = [len(near) - 1 for near in cKDTree(places_m).query_ball_point(places_m, 1.01)]
    assert neighbours[:19] == [6] * 19
    assert max(neighbours[19:]) == 4


def test_a_poisson_field_has_the_density_asked_for():
    places_m = Poisson(density_per_m2=0.25).trajectories(400, 1, 0).positions_m(0.0)
    assert places_m.min() >= 0.0
    assert places_m.max() <= 40.0
    assert places_m.max() > 39.0


def test_places_do_not_depend_on_the_company():
    assert np.array_equal(
        Disc(radius_m=3.0).trajectories(1, 1, 4).positions_m(0.0)[0],
        Disc(radius_m=3.0).trajectories(6, 1, 0).positions_m(0.0)[4],
    )
