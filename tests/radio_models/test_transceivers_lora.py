import re

import pytest

from radio_models.transceivers_lora import sx1272, sx1272_flora, sx1272_lorawan, sx1276

ROWS = {"SX1276 LoRa": sx1276, "SX1272 LoRa (FLoRa)": sx1272_flora, "SX1272 LoRa (ns-3 lorawan)": sx1272_lorawan}


@pytest.mark.parametrize("technology", ROWS)
def test_watts_are_volts_times_the_currents_of_the_table(reference_table, technology):
    chip = ROWS[technology]
    mine = [row for row in reference_table("radio_profiles.csv") if row["technology"] == technology]
    assert mine
    for row in mine:
        volts = float(row["volt"])
        assert chip.sending_w(float(row["tx_dBm"])) == pytest.approx(volts * float(row["tx_mA"]) / 1e3, rel=1e-12)
        receive_ma = float(row["rx_mA"].split()[0])
        assert chip.receive_w == chip.idle_w == pytest.approx(volts * receive_ma / 1e3, rel=1e-12)
        if row["sleep_mA"]:
            assert chip.sleep_w == pytest.approx(volts * float(row["sleep_mA"]) / 1e3, rel=1e-12)
            assert chip.wake_w == pytest.approx(volts * float(row["idle_mA"].split()[0]) / 1e3, rel=1e-12)
        else:  # FLoRa's idle state hears nothing
            assert chip.sleep_w == pytest.approx(volts * float(row["idle_mA"]) / 1e3, rel=1e-12)


def test_the_sx1272_sends_with_the_currents_of_lorasim(reference_table):
    rows = reference_table("lora_tx_current_lorasim.csv")
    assert len(sx1272.levels) == len(rows)
    for row in rows:
        assert sx1272.sending_w(float(row["tx_dBm"])) == pytest.approx(3.0 * float(row["mA"]) / 1e3, rel=1e-12)
    with pytest.raises(ValueError, match="at most 20 dBm, not 21"):
        sx1272.sending_w(21.0)


@pytest.mark.parametrize("chip", [sx1272, sx1272_flora, sx1272_lorawan, sx1276])
def test_chips_are_marked(chip):
    assert re.search(r"\([AB]\)", chip.source)
    assert chip.sleep_w < chip.wake_w < chip.idle_w or chip.wake_s == 0.0
