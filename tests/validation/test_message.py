import message
import pytest


@pytest.fixture
def rows(reference_table):
    rows = reference_table("wifi_message.csv")
    return [row for row in rows if int(row["fragments"]) < 100]


def test_other_numbers_do_not_agree(rows):
    for row in rows:
        row["t_last_s"] = str(1.5 * float(row["t_last_s"]))
    assert any(
        "completion of the last" in quantity.name and not quantity.agrees for quantity in message.quantities(rows)
    )
