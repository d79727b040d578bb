import p2p
import pytest


@pytest.fixture
def rows(reference_table):
    rows = reference_table("wifi_p2p.csv")
    return rows


def test_other_numbers_do_not_agree(rows):
    for row in rows:
        row["goodput_Mbps"] = str(1.05 * float(row["goodput_Mbps"]))
    assert any("goodput" in quantity.name and not quantity.agrees for quantity in p2p.quantities(rows))
