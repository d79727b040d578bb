import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import units

REPEATABLE = settings(deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("level_db", "ratio"), [(0.0, 1.0), (10.0, 10.0), (-30.0, 1e-3), (3.0102999566398120, 2.0), (-math.inf, 0.0)]
)
def test_db(level_db, ratio):
    assert float(units.db_to_linear(level_db)) == pytest.approx(ratio, rel=1e-14)


def test_ns3_default_power_is_40_milliwatts():
    assert float(units.dbm_to_w(16.0206)) == pytest.approx(0.040, rel=1e-6)
    assert float(units.w_to_dbm(0.040)) == pytest.approx(16.0206, abs=1e-5)


@REPEATABLE
@given(st.floats(-300, 300))
def test_db_and_back(level_db):
    assert float(units.linear_to_db(units.db_to_linear(level_db))) == pytest.approx(level_db, abs=1e-11)


@REPEATABLE
@given(st.floats(1e-20, 1e6))
def test_watts_and_back(power_w):
    assert float(units.dbm_to_w(units.w_to_dbm(power_w))) == pytest.approx(power_w, rel=1e-12)


def test_arrays_keep_their_shape():
    assert units.dbm_to_w(np.zeros((2, 3))).shape == (2, 3)


@pytest.mark.parametrize("ratio", [0.0, -1.0, math.nan, math.inf])
def test_only_positive_ratios_have_a_level(ratio):
    with pytest.raises(ValueError, match="A ratio of powers must be above 0"):
        units.linear_to_db(ratio)


def test_levels_beyond_doubles_are_refused():
    with pytest.raises(ValueError, match="at most 3000"):
        units.db_to_linear(4000.0)


def test_whole_microseconds_are_correctly_rounded():
    assert float(units.microseconds_to_s(1444)) == 1444e-6
    assert [float(time_s) for time_s in units.microseconds_to_s(np.arange(5))] == [0.0, 1e-6, 2e-6, 3e-6, 4e-6]


@pytest.mark.parametrize(("bits", "size"), [(0, 0), (1, 1), (8, 1), (9, 2), (8224, 1028)])
def test_bits_fill_whole_bytes(bits, size):
    assert units.bits_to_bytes(bits) == size


def test_negative_bits_are_refused():
    with pytest.raises(ValueError, match="at least 0; got -1"):
        units.bits_to_bytes(-1)
