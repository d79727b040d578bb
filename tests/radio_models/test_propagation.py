import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.propagation import (
    SPEED_OF_LIGHT_M_PER_S,
    free_space_db,
    log_distance_db,
    slant_m,
    three_log_distance_db,
    two_ray_ground_db,
)

REPEATABLE = settings(deadline=None, derandomize=True)
DISTANCES = st.floats(0, 1e6)


def test_free_space_at_2_4_ghz():
    assert float(free_space_db(1.0, 2.4e9)) == pytest.approx(40.05200806, abs=1e-8)
    assert float(free_space_db(100.0, 2.4e9)) == pytest.approx(80.05200806, abs=1e-8)


def test_free_space_at_5_15_ghz_is_the_default_reference_loss_of_ns3():
    assert float(free_space_db(1.0, 5.15e9)) == pytest.approx(46.6777, abs=0.01)


def test_one_wavelength_costs_22_db():
    assert float(free_space_db(1.0, SPEED_OF_LIGHT_M_PER_S)) == pytest.approx(20 * math.log10(4 * math.pi), rel=1e-14)


def test_nobody_receives_more_than_was_sent():
    assert free_space_db(np.array([0.0, 1e-6, 1e-3]), 2.4e9).tolist() == [0.0, 0.0, 0.0]


def test_log_distance_is_a_line_in_decades():
    loss_db = log_distance_db(np.array([1.0, 10.0, 100.0]), 3.0, 46.6777)
    assert np.allclose(loss_db, [46.6777, 76.6777, 106.6777], atol=1e-10, rtol=0)


def test_log_distance_is_flat_up_to_the_reference():
    assert log_distance_db(np.array([0.0, 0.5, 5.0]), 2.7, 40.0, reference_m=5.0).tolist() == [40.0, 40.0, 40.0]


def test_exponent_2_is_free_space_in_the_far_field():
    distance_m = np.geomspace(1.0, 1e4, 9)
    reference_db = float(free_space_db(1.0, 2.4e9))
    assert np.allclose(log_distance_db(distance_m, 2.0, reference_db), free_space_db(distance_m, 2.4e9), atol=1e-10)


@REPEATABLE
@given(DISTANCES, DISTANCES, st.floats(1e6, 1e11))
def test_free_space_grows_with_distance(one_m, other_m, frequency_hz):
    near, far = sorted((one_m, other_m))
    assert 0.0 <= float(free_space_db(near, frequency_hz)) <= float(free_space_db(far, frequency_hz))


@REPEATABLE
@given(DISTANCES, DISTANCES, st.floats(0.1, 6.0), st.floats(0.01, 100.0))
def test_log_distance_grows_with_distance(one_m, other_m, exponent, reference_m):
    near, far = (float(log_distance_db(d, exponent, 40.0, reference_m)) for d in sorted((one_m, other_m)))
    assert 40.0 <= near <= far


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: free_space_db(-1.0, 2.4e9), "A distance"),
        (lambda: free_space_db(math.nan, 2.4e9), "A distance"),
        (lambda: free_space_db(1.0, 0.0), "A frequency"),
        (lambda: log_distance_db([1.0, -1.0], 3.0, 40.0), "A distance"),
        (lambda: log_distance_db(1.0, 0.0, 40.0), "A path-loss exponent"),
        (lambda: log_distance_db(1.0, 3.0, -1.0), "A reference loss"),
        (lambda: log_distance_db(1.0, 3.0, 40.0, 0.0), "A reference distance"),
        (lambda: free_space_db(1.0, 2.4e9, system_loss=0.5), "A system loss"),
        (lambda: three_log_distance_db(1.0, (2, 3, 4), (5, 1, 9), 40.0), "length of a field"),
        (lambda: three_log_distance_db(1.0, (2, 0, 4), (1, 5, 9), 40.0), "exponent"),
        (lambda: two_ray_ground_db(1.0, 2.4e9, (0.0, 1.0)), "height"),
        (lambda: two_ray_ground_db(1.0, 2.4e9, (1.0, 1.0), nearest_m=-1.0), "nearest"),
        (lambda: slant_m(-1.0, (1.0, 1.0)), "A distance"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_hardware_and_a_floor_of_free_space():
    plain = free_space_db(10.0, 2.4e9)
    assert float(free_space_db(10.0, 2.4e9, system_loss=2.0) - plain) == pytest.approx(10 * math.log10(2))
    assert float(free_space_db(10.0, 2.4e9, least_loss_db=70.0)) == 70.0


def test_three_fields_meet_and_each_has_its_slope():
    loss_db = three_log_distance_db(np.array([0.5, 1.0, 10.0, 100.0, 1000.0, 10000.0]), (2, 3, 4), (1, 100, 1000), 40.0)
    assert loss_db == pytest.approx([0.0, 40.0, 60.0, 80.0, 110.0, 150.0])


def test_two_rays_are_free_space_up_to_the_crossover_and_meet_it_there():
    crossover_m = 4 * math.pi * 1.5 * 2.0 * 2.4e9 / SPEED_OF_LIGHT_M_PER_S
    near, beyond = two_ray_ground_db(crossover_m * np.array([1.0, 1.0 + 1e-12]), 2.4e9, (1.5, 2.0))
    assert float(near) == float(free_space_db(crossover_m, 2.4e9))
    assert float(beyond) == pytest.approx(float(near), abs=1e-9)
    far = two_ray_ground_db(np.array([1e4, 1e5]), 2.4e9, (1.5, 2.0), system_loss=10.0)
    assert far == pytest.approx([160.0 - 20 * math.log10(3) + 10, 200.0 - 20 * math.log10(3) + 10])
    assert two_ray_ground_db(0.5, 2.4e9, (1.5, 1.5)) == 0.0


@REPEATABLE
@given(DISTANCES, DISTANCES, st.floats(1e8, 1e11), st.floats(0.1, 50.0))
def test_two_rays_and_three_fields_grow_with_distance(one_m, other_m, frequency_hz, height_m):
    ends_m = np.sort([one_m, other_m])
    near, far = two_ray_ground_db(ends_m, frequency_hz, (height_m, 1.5))
    assert 0.0 <= near <= far + 1e-9
    near, far = three_log_distance_db(ends_m, (1.9, 3.8, 3.8), (1.0, 200.0, 500.0), 46.6777)
    assert 0.0 <= near <= far


def test_the_straight_distance():
    assert slant_m(np.array([0.0, 4.0]), (1.0, 4.0)).tolist() == [3.0, 5.0]
