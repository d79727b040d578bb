import other_media
import pytest


@pytest.mark.parametrize("case", other_media.CASES, ids=lambda case: case.name)
def test_transfers_agree_with_packets(case):
    for quantity in other_media.of_case(case):
        assert quantity.agrees, (quantity.name, quantity.points)


def test_long_messages_of_saturated_senders_are_those_of_the_table(reference_table):
    rows = [row for row in reference_table("lrwpan_mac.csv") if int(row["n_senders"]) <= 5]
    (quantity,) = other_media.lrwpan(rows)
    assert quantity.agrees, [point for point in quantity.points if not quantity.passes(point)]


def test_other_numbers_do_not_agree(reference_table):
    rows = [
        {**row, "goodput_kbps": str(1.2 * float(row["goodput_kbps"]))} for row in reference_table("lrwpan_mac.csv")[:1]
    ]
    assert not other_media.lrwpan(rows)[0].agrees
