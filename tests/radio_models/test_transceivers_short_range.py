import re

import pytest

from radio_models.transceivers_short_range import (
    cc2420,
    cc2538,
    dw1000,
    nrf52840_154,
    nrf52840_ble_1m,
    nrf52840_ble_2m,
    nrf52840_ble_ldo,
)

CHIPS = {
    "CC2420 802.15.4": cc2420,
    "CC2538 802.15.4": cc2538,
    "nRF52840 BLE": nrf52840_ble_1m,
    "nRF52840 BLE LDO": nrf52840_ble_ldo,
    "nRF52840 802.15.4": nrf52840_154,
    "DW1000 UWB": dw1000,
}


@pytest.mark.parametrize("technology", CHIPS)
def test_watts_are_volts_times_the_currents_of_the_table(reference_table, technology):
    chip, rows = CHIPS[technology], reference_table("radio_profiles.csv")
    mine = [row for row in rows if row["technology"] == technology]
    assert mine
    for row in mine:
        volts = float(row["volt"].split()[0])
        level_dbm = float(row["tx_dBm"].split()[0])
        assert chip.sending_w(level_dbm) == pytest.approx(volts * float(row["tx_mA"]) / 1e3, rel=1e-12)
        assert chip.receive_w == chip.idle_w == pytest.approx(volts * float(row["rx_mA"]) / 1e3, rel=1e-12)
        if row["sleep_mA"]:
            asleep_ma = float(row["sleep_mA"].split()[0])
            assert chip.sleep_w == pytest.approx(volts * asleep_ma / 1e3, rel=1e-12)
        if row["idle_mA"]:
            assert chip.wake_w == pytest.approx(volts * float(row["idle_mA"]) / 1e3, rel=1e-12)


@pytest.mark.parametrize("chip", [*CHIPS.values(), nrf52840_ble_2m])
def test_chips_are_marked_and_sleep_on_less_than_they_listen_on(chip):
    assert re.search(r"\([ABC][:)]", chip.source)
    assert 0.0 < chip.sleep_w < 1e-3 * chip.idle_w * 2
    assert chip.wake_w <= chip.idle_w


def test_both_rates_of_the_same_radio_send_at_the_same_watts():
    assert nrf52840_ble_2m.levels == nrf52840_ble_1m.levels == nrf52840_154.levels
    assert nrf52840_ble_1m.sending_w(4.0) == pytest.approx(3.0 * (6.40 + 16.40) / 2 / 1e3, rel=1e-12)
