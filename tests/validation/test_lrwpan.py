import lrwpan
import pytest


@pytest.fixture
def rows(reference_table):
    rows = reference_table("lrwpan_mac.csv")
    return [row for row in rows if row["n_senders"] in ("1", "5")]


def test_other_numbers_do_not_agree(rows):
    for row in rows:
        row["requests"] = str(1.1 * float(row["requests"]))
    assert any("requests" in quantity.name and not quantity.agrees for quantity in lrwpan.quantities(rows))
