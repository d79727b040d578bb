"""Every table of the reference, compared as the validation page does."""

import pytest
import validate
from registry import COMPARISONS


@pytest.mark.parametrize(("table", "comparison"), COMPARISONS, ids=[table for table, _ in COMPARISONS])
def test_every_quantity_of_a_table_agrees(reference_folder, table, comparison):
    quantities = comparison(validate.read(reference_folder / table))
    assert quantities
    assert {quantity.name: quantity.worst for quantity in quantities if not quantity.agrees} == {}
