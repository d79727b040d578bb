import math

import numpy as np
import pytest

from radio_models.ranges import within


def test_values_inside_come_back_as_float64():
    values = within([1, 2], "A thing (m)", 1, 2)
    assert values.dtype == np.float64
    assert values.tolist() == [1.0, 2.0]


def test_scalars_become_arrays_without_dimensions():
    assert within(3, "A thing", 0.0).shape == ()


def test_nothing_lies_outside():
    assert within([], "A thing", 0.0).size == 0


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf, -math.inf])
def test_outside_is_refused(value):
    with pytest.raises(ValueError, match="A thing must be at least 0 and finite; got "):
        within([1.0, value], "A thing", 0.0)


def test_the_lower_end_can_be_refused():
    with pytest.raises(ValueError, match=r"A thing must be above 0 and finite; got 0\.0"):
        within(0.0, "A thing", 0.0, above=True)


def test_the_sentence_names_both_ends_and_the_first_offender():
    with pytest.raises(ValueError, match=r"A size must be at least 1 and at most 4095; got 4096\.0"):
        within([1, 4096, 9999], "A size", 1, 4095)


def test_infinity_passes_where_it_is_allowed():
    assert within(-math.inf, "A level", -math.inf, math.inf) == -math.inf


def test_not_a_number_is_always_refused():
    with pytest.raises(ValueError, match="A level must be a number; got nan"):
        within(math.nan, "A level", -math.inf, math.inf)
