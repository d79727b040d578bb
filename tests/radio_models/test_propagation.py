import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.propagation import SPEED_OF_LIGHT_M_PER_S, free_space_db, log_distance_db

REPEATABLE = settings(deadline=None, derandomize=True)
DISTANCES = st.floats(0, 1e6)
TOLERANCE_DB = 1e-4


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
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def _loss_of(model: str, parameters: str):
    if model == "friis":
        return lambda distance_m: free_space_db(distance_m, 2.4e9)
    exponent = float(parameters.split()[0].removeprefix("exponent="))
    return lambda distance_m: log_distance_db(distance_m, exponent, 46.6777)


def test_against_ns3(reference_table):
    rows = [row for row in reference_table("path_loss.csv") if row["model"] in ("friis", "logdistance")]
    assert len(rows) == 120
    for row in rows:
        loss_db = float(_loss_of(row["model"], row["params"])(float(row["d3d_m"])))
        assert loss_db == pytest.approx(float(row["loss_dB"]), abs=TOLERANCE_DB), row
