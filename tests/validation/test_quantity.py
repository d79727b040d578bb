import json
import math

import numpy as np
import pytest
from quantity import Point, Quantity


def quantity(points, tolerance, measure="absolute", errors=3.0):
    return Quantity("loss", "table.csv", points, tolerance, measure, errors=errors)


def test_a_deviation_is_a_difference_a_share_or_a_number_of_standard_errors():
    point = Point("a", 1.0, 11.0, 10.0, 0.5)
    assert quantity([point], 1.0).deviation(point) == 1.0
    assert quantity([point], 1.0, "relative").deviation(point) == pytest.approx(0.1)
    assert quantity([point], 1.0, "standard errors").deviation(point) == 2.0


def test_all_points_must_agree_and_there_must_be_some():
    near, far = Point("a", 0.0, 1.0, 1.05), Point("a", 1.0, 1.0, 1.2)
    assert quantity([near], 0.1).agrees
    assert not quantity([near, far], 0.1).agrees
    assert not quantity([], 0.1).agrees
    assert quantity([near, far], 0.1).worst == pytest.approx(0.2)


def test_what_a_sample_cannot_tell_is_excused_and_counted():
    point = Point("a", 0.0, 1.0, 1.2, error=0.1)
    assert quantity([point], 0.1).agrees
    assert quantity([point], 0.1).row()["within_standard_errors"] == 1
    assert not quantity([point], 0.1, errors=1.0).agrees
    assert not quantity([point], 1.5, "standard errors").agrees


def test_not_a_number_agrees_with_itself_only():
    nothing, something = Point("a", 0.0, math.nan, math.nan), Point("a", 0.0, 1.0, math.nan)
    assert quantity([nothing], 0.0).agrees
    assert not quantity([something], 1e9).agrees


def test_a_row_is_json_whatever_numbers_the_points_hold():
    points = [
        Point("a", np.float64(0.0), np.float64(1.0), np.float64(1.2), np.float64(0.1)),
        Point("a", 1.0, math.nan, 1.0),
    ]
    row = quantity(points, 0.1).row()
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert (row["worst_deviation"], row["within_standard_errors"], row["pass"]) == (None, 1, False)


def test_a_row_holds_what_a_reader_must_know():
    row = quantity([Point("a", 0.0, 2.0, 2.0)], 0.0).row()
    assert {key: row[key] for key in ("quantity", "rows", "worst_deviation", "tolerance", "pass")} == {
        "quantity": "loss",
        "rows": 1,
        "worst_deviation": 0.0,
        "tolerance": 0.0,
        "pass": True,
    }
