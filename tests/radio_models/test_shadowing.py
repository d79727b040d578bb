import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.shadowing import (
    DRAWS,
    correlated_field,
    field_normals,
    log_normal_db,
    reciprocal_normals,
    standard_normals,
)

REPEATABLE = settings(deadline=None, derandomize=True)


def test_quantiles_of_the_normal_distribution():
    # M. Abramowitz, I. A. Stegun, "Handbook of Mathematical Functions", 1964, table 26.5.
    uniforms = np.array([0.5, 0.975, 0.99, 0.999])
    assert np.allclose(standard_normals(uniforms), [0.0, 1.95996, 2.32635, 3.09023], atol=5e-6, rtol=0)


def test_the_middle_of_each_of_many_equal_slices_gives_mean_0_and_variance_1():
    slices = 100_000
    normals = standard_normals((np.arange(slices) + 0.5) / slices)
    assert float(normals.mean()) == pytest.approx(0.0, abs=1e-9)
    assert float(normals.var()) == pytest.approx(1.0, abs=1e-4)


@REPEATABLE
@given(st.floats(1e-12, 0.5))
def test_symmetric(uniform):
    low, high = (float(standard_normals(u)) for u in (uniform, 1.0 - uniform))
    assert low == pytest.approx(-high, abs=1e-3)


@REPEATABLE
@given(st.floats(1e-300, 1 - 1e-16), st.floats(1e-300, 1 - 1e-16))
def test_rises_with_the_uniform(one, other):
    low, high = sorted((one, other))
    assert float(standard_normals(low)) <= float(standard_normals(high))


def test_sigma_scales():
    assert log_normal_db(np.array([-1.0, 0.0, 2.0]), 3.0).tolist() == [-3.0, 0.0, 6.0]
    assert log_normal_db(1.7, 0.0) == 0.0


@pytest.mark.parametrize("uniform", [0.0, 1.0, -0.1, float("nan")])
def test_ends_of_the_interval_are_refused(uniform):
    with pytest.raises(ValueError, match="A uniform number"):
        standard_normals(uniform)


def test_negative_sigma_is_refused():
    with pytest.raises(ValueError, match="standard deviation"):
        log_normal_db(0.0, -1.0)


def test_an_infinite_deviate_is_refused():
    with pytest.raises(ValueError, match="A normal deviate"):
        log_normal_db(float("inf"), 3.0)


# Fields


def field(seed=1, correlation_m=20.0):
    return correlated_field(np.random.default_rng(seed).random(DRAWS), correlation_m)


def test_over_the_waves_of_a_field_the_correlation_is_exponential():
    """The correlation of one field along x is the mean cosine of its waves; 60 fields, each with an error of 0.03."""
    for step_m in (2.0, 10.0, 20.0, 40.0):
        found = [np.cos(2 * np.pi * field(seed).first[:, 0] * step_m).mean() for seed in range(60)]
        assert np.mean(found) == pytest.approx(np.exp(-step_m / 20.0), abs=5 * 0.031 / np.sqrt(60))
        assert np.std(found) < 0.045


def test_the_correlation_distance_scales_the_plane():
    near, far = field(correlation_m=20.0), field(correlation_m=40.0)
    places = np.random.default_rng(2).uniform(0.0, 100.0, (2, 5, 2))
    assert np.allclose(field_normals(near, *places), field_normals(far, *(2 * places)), atol=1e-6)
    assert np.allclose(reciprocal_normals(near, *places), reciprocal_normals(far, *(2 * places)), atol=1e-6)


def test_fields_know_which_end_is_which_unless_they_are_reciprocal():
    first, second = np.random.default_rng(2).uniform(0.0, 100.0, (2, 5, 2))
    assert np.array_equal(reciprocal_normals(field(), first, second), reciprocal_normals(field(), second, first))
    assert not np.allclose(field_normals(field(), first, second), field_normals(field(), second, first))


def test_fields_outside_their_range_are_refused():
    with pytest.raises(ValueError, match="A correlation distance"):
        field(correlation_m=0.0)
    with pytest.raises(ValueError, match="A uniform number"):
        correlated_field(np.ones(DRAWS), 1.0)
