import pytest
from lowpower import COMPARISONS


@pytest.mark.parametrize(("table", "comparison"), COMPARISONS, ids=[table for table, _ in COMPARISONS])
def test_our_numbers_are_those_of_the_table(table, comparison, reference_table):
    for quantity in comparison(reference_table(table)):
        assert quantity.agrees, (quantity.name, quantity.worst)


def test_other_rows_of_the_same_columns_are_understood():
    """Values no table at hand has, computed by hand: (8 + 4.25 + 8 + 5) x 1.024 ms; 2^9 / 62.5 kHz = 8.192 ms."""
    toa = {"sf": "7", "payload_bytes": "0", "bw_hz": "125000", "cr_index": "1", "n_preamble": "8",
           "implicit_header": "0", "crc": "0", "de": "0", "n_payload_symbols": "8", "toa_us": "20736"}  # fmt: skip
    slow = {**toa, "sf": "9", "bw_hz": "62500", "toa_us": "165888"}
    lora = dict(COMPARISONS)["lora_toa.csv"]
    assert all(quantity.agrees for quantity in lora([toa, slow]))
    assert not all(quantity.agrees for quantity in lora([{**toa, "toa_us": "20737"}]))
    ieee802154 = dict(COMPARISONS)["airtime_802154.csv"]
    assert ieee802154([{"psdu_bytes": "64", "duration_us": "2240"}])[0].agrees
    ble = dict(COMPARISONS)["ble_airtime.csv"]
    assert ble([{"phy": "2M", "payload_bytes": "200", "mic": "0", "airtime_us": "844"}])[0].agrees
