import pytest
from lowpower import (
    ble_airtime,
    first_order_radio,
    ieee802154_airtime,
    lora_interference,
    lora_sensitivity,
    lora_time_on_air,
)

AIR = {"sf": "7", "payload_bytes": "0", "bw_hz": "125000", "cr_index": "1", "n_preamble": "8", "implicit_header": "0",
       "crc": "0", "de": "0", "n_payload_symbols": "8", "toa_us": "20736"}  # fmt: skip
"""By hand: (8 + 4.25 + 8) symbols of 1.024 ms."""


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sf": "9", "bw_hz": "62500", "toa_us": "165888"},
        {"n_preamble": "12", "toa_us": "24832"},
        {"payload_bytes": "3", "crc": "1", "cr_index": "4", "n_payload_symbols": "24", "toa_us": "37120"},
    ],
)
def test_other_frames_of_lora_are_understood(changes):
    assert all(quantity.agrees for quantity in lora_time_on_air([{**AIR, **changes}]))


def test_a_microsecond_is_a_disagreement():
    assert not lora_time_on_air([{**AIR, "toa_us": "20737"}])[0].agrees
    assert not ieee802154_airtime([{"psdu_bytes": "64", "duration_us": "2241"}])[0].agrees


def test_other_sizes_are_understood():
    assert ieee802154_airtime([{"psdu_bytes": "64", "duration_us": "2240"}])[0].agrees
    assert ble_airtime([{"phy": "2M", "payload_bytes": "200", "mic": "0", "airtime_us": "844"}])[0].agrees


def test_messages_of_any_size_are_understood():
    row = {"distance_m": "200", "e_tx_J": "0.01704", "e_rx_J": "0.0004"}
    assert first_order_radio([row])[0].agrees
    assert not first_order_radio([{**row, "e_rx_J": "0.00040001"}])[0].agrees


def test_empty_cells_are_no_rows():
    row = {"sf": "7", "bw_hz": "125000", "sx1272_ds": "-124", "lorasim_measured": "", "sx1301_gw": "-130"}
    assert len(lora_sensitivity([row])[0].points) == 2
    matrix = {"model": "lorasim", "sf": "7", "i7": "6", **{f"i{factor}": "" for factor in range(8, 13)}}
    (ratio,) = lora_interference([matrix])[0].points
    assert ratio.ours == ratio.theirs == 6.0
