import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.shadowing import log_normal_db, standard_normals

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
