import math

import numpy as np
import pytest

from radio_models.itu_p1411 import bounds_db, line_of_sight_db
from radio_models.propagation import SPEED_OF_LIGHT_M_PER_S

HEIGHTS_M = (10.0, 1.5)


def test_at_the_breakpoint_the_bounds_are_20_db_apart():
    wavelength_m = SPEED_OF_LIGHT_M_PER_S / 2e9
    lower_db, upper_db = bounds_db(4 * 15 / wavelength_m, 2e9, HEIGHTS_M)
    assert float(lower_db) == pytest.approx(20 * math.log10(8 * math.pi * 15 / wavelength_m**2))
    assert float(upper_db - lower_db) == pytest.approx(20.0)
    assert float(line_of_sight_db(4 * 15 / wavelength_m, 2e9, HEIGHTS_M)) == pytest.approx(float(lower_db) + 10.0)


def test_slopes_before_and_after_the_breakpoint():
    near = line_of_sight_db(np.array([20.0, 200.0]), 2e9, HEIGHTS_M)
    far = line_of_sight_db(np.array([1e3, 1e4]), 2e9, HEIGHTS_M)
    assert np.diff(near)[0] == pytest.approx(22.5)
    assert np.diff(far)[0] == pytest.approx(40.0)


def test_loss_grows_with_distance_from_0():
    loss_db = line_of_sight_db(np.concatenate([[0.0], np.geomspace(1e-3, 1e5, 500)]), 2e9, HEIGHTS_M)
    assert loss_db[0] == 0.0
    assert (np.diff(loss_db) >= 0.0).all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: line_of_sight_db(1.0, 5e9, HEIGHTS_M), "A frequency"),
        (lambda: line_of_sight_db(1.0, 0.0, HEIGHTS_M, extrapolate=True), "A frequency"),
        (lambda: line_of_sight_db(1.0, 2e9, (0.0, 1.0)), "height"),
        (lambda: line_of_sight_db(-1.0, 2e9, HEIGHTS_M), "A distance"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_other_frequencies_can_be_asked_for():
    assert float(line_of_sight_db(100.0, 5e9, HEIGHTS_M, extrapolate=True)) > 0.0
