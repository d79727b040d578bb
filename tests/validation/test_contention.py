import contention
import pytest


@pytest.fixture
def rows(reference_table):
    rows = reference_table("wifi_contention.csv")
    return [row for row in rows if row["n_senders"] in ("1", "2", "10") and row["rate_Mbps"] == "6"]


def test_other_numbers_do_not_agree(rows):
    for row in rows:
        row["goodput_Mbps"] = str(1.05 * float(row["goodput_Mbps"]))
    assert any(
        "goodput, fast means" in quantity.name and not quantity.agrees for quantity in contention.quantities(rows)
    )
