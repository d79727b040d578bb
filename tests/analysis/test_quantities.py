import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.quantities import UNKNOWN, Scale, percent, plain, scale, text


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0, "J", "0 J"),
        (1234.5678, "J", "1.235 kJ"),
        (-1234.5678, "J", "-1.235 kJ"),
        (5.6e-7, "J", "560 nJ"),
        (0.25, "B", "0.25 B"),
        (999.99, "B", "1.000 kB"),
        (999.94, "B", "999.9 B"),
        (3_856_000, "B", "3.856 MB"),
        (100.0, "s", "100 s"),
        (0.0018, "s", "1.8 ms"),
        (3 * 3600, "s", "3 h"),
        (4 * 86400, "s", "4 d"),
        (1e30, "J", "1.000e+18 TJ"),
        (np.int64(20), "", "20"),
        (None, "J", UNKNOWN),
        (float("nan"), "J", UNKNOWN),
        (float("inf"), "J", UNKNOWN),
        (True, "J", UNKNOWN),
        ("12", "J", UNKNOWN),
    ],
)
def test_a_number_with_its_unit(value, unit, expected):
    assert text(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(20476, "20\u202f476"), (0.0123, "0.0123"), (5.59997, "5.600"), (5684.97, "5\u202f685"), (1 / 3, "0.3333"),
     (1e9, "1.000e+09"), (2e-6, "2.000e-06"), (float("nan"), UNKNOWN)],
)  # fmt: skip
def test_a_plain_number(value, expected):
    assert plain(value) == expected


def test_shares_in_percent():
    assert (percent(0.8767), percent(1), percent(None)) == ("87.7 %", "100.0 %", UNKNOWN)


def test_nothing_to_show_has_no_prefix():
    assert scale(0.0, "J") == scale(math.nan, "J") == Scale(1.0, "J")


@settings(deadline=None, derandomize=True)
@given(st.floats(1e-9, 1e14))
def test_what_is_shown_is_between_one_and_a_thousand(value):
    chosen = scale(value, "J")
    assert 0.999 < value / chosen.factor < 1000


@settings(deadline=None, derandomize=True)
@given(st.floats(1e-4, 1e8))
def test_a_plain_number_reads_back_to_its_digits(value):
    assert float(plain(value).replace("\u202f", "")) == pytest.approx(value, rel=5.1e-4)
