import bianchi
import pytest


@pytest.fixture
def rows(reference_table):
    rows = reference_table("bianchi_expected_ns3.csv")
    return [row for row in rows if row["n_stations"] in ("5", "20")]


def test_other_numbers_do_not_agree(rows):
    for row in rows:
        row["throughput_Mbps"] = str(1.05 * float(row["throughput_Mbps"]))
    assert any("throughput" in quantity.name and not quantity.agrees for quantity in bianchi.quantities(rows))
