import math

import numpy as np
import pytest
from scipy import stats

from cosim.sim.propagation import Ends, LogDistance, total_loss_db
from cosim.sim.shadowing import CorrelatedShadowing
from radio_models.shadowing import MOST_SIGMAS

FIELD = CorrelatedShadowing(sigma_db=6.0, correlation_m=20.0)
ONE_WAY = CorrelatedShadowing(sigma_db=6.0, correlation_m=20.0, reciprocal=False)
LINKS = 1000


def places(count=LINKS, seed=1, side_m=5000.0):
    return np.random.default_rng(seed).uniform(0.0, side_m, (2, count, 2))


def loss_db(part, first_m, second_m, seed=3):
    numbers = np.arange(len(first_m))
    return part.placed_loss_db(Ends(first_m, second_m), numbers, numbers + len(first_m), seed)


@pytest.mark.statistical
@pytest.mark.parametrize("part", [FIELD, ONE_WAY])
def test_shadowing_is_normal_over_the_plane(part):
    """Over 20 fields of 1,000 links far apart: mean and deviation to 5 standard errors, and no tail is missing."""
    normals = np.concatenate([loss_db(part, *places(), seed=seed) / 6.0 for seed in range(20)])
    assert abs(normals.mean()) < 5 * 0.02 + 5 / math.sqrt(len(normals))
    assert normals.std() == pytest.approx(1.0, abs=0.05)
    assert stats.kstest(normals, "norm").statistic < 0.02


@pytest.mark.statistical
@pytest.mark.parametrize("part", [FIELD, ONE_WAY])
@pytest.mark.parametrize("moved", [(1, 0), (0, 1), (1, 1)])
def test_correlation_falls_exponentially_with_the_way_of_either_end(part, moved):
    """Mean over 20 fields, each of which errs by up to 0.04: 0.045 is 5 standard errors, 6 alarms in 10 million."""
    angle = np.random.default_rng(5).uniform(0.0, 2 * np.pi, LINKS)
    heading = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for step_m in (4.0, 20.0, 40.0):
        found = []
        for seed in range(20):
            first, second = places(seed=seed)
            later = first + moved[0] * step_m * heading, second + moved[1] * step_m * heading[::-1]
            found.append((loss_db(part, first, second, seed) * loss_db(part, *later, seed)).mean() / 36.0)
        assert np.mean(found) == pytest.approx(math.exp(-sum(moved) * step_m / 20.0), abs=0.045)


def test_both_directions_are_alike_or_have_fields_of_their_own():
    first, second = places(200)
    low, high = np.zeros(200, dtype=int), np.ones(200, dtype=int)
    for part, same in ((FIELD, True), (ONE_WAY, False)):
        there = part.placed_loss_db(Ends(first, second), low, high, 3)
        back = part.placed_loss_db(Ends(second, first), high, low, 3)
        assert np.array_equal(there, back) == same
    there = ONE_WAY.placed_loss_db(Ends(first, second), low, high, 3)
    back = ONE_WAY.placed_loss_db(Ends(second, first), high, low, 3)
    assert abs(np.corrcoef(there, back)[0, 1]) < 0.35


def test_two_peers_at_one_place_are_shadowed_as_others():
    """Ends that are nearer than the correlation distance have the same variance as far ones: 400 fields, 5 errors."""
    here = np.zeros((1, 2))
    for between_m in (0.0, 5.0, 50.0):
        there = np.array([[between_m, 0.0]])
        drawn = [float(loss_db(FIELD, here, there, seed)[0]) / 6.0 for seed in range(400)]
        assert np.var(drawn) == pytest.approx(1.0, abs=5 * math.sqrt(2 / 400))


def test_a_link_does_not_depend_on_who_is_asked_about_with_it():
    first, second = places(600)
    together = loss_db(FIELD, first, second)
    assert together.tolist() == [float(loss_db(FIELD, first[i : i + 1], second[i : i + 1])[0]) for i in range(600)]
    ends = Ends(first[:1][np.newaxis], second[:6].reshape(2, 3, 2))
    assert FIELD.placed_loss_db(ends, 0, np.array([1, 2, 3]), 3).shape == (2, 3)


def test_no_value_is_beyond_the_bound():
    first, second = places(5000)
    assert (loss_db(FIELD, first, second) >= FIELD.least_loss_db(np.ones(5000))).all()
    assert FIELD.least_loss_db(np.ones(2)).tolist() == [-6.0 * MOST_SIGMAS] * 2


def test_how_far_one_may_go_until_it_changes():
    way_m = FIELD.steady_m(0.25)
    assert 36.0 * 2 * (1 - math.exp(-way_m / 20.0)) == pytest.approx(0.25**2)
    assert CorrelatedShadowing(sigma_db=0.1, correlation_m=20.0).steady_m(0.25) == math.inf
    assert CorrelatedShadowing(sigma_db=0.0, correlation_m=20.0).steady_m(0.25) == math.inf


def test_it_adds_to_the_rest_of_a_chain():
    path = LogDistance(exponent=3.0, reference_loss_db=46.6777)
    first, second = places(5)
    distance_m, peers = np.hypot(*(first - second).T), np.arange(5)
    total = total_loss_db((path, FIELD), distance_m, peers, peers + 5, 3, Ends(first, second))
    assert np.array_equal(total, path.over_m(distance_m) + loss_db(FIELD, first, second))
