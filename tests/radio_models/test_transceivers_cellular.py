import dataclasses

import pytest

from radio_models.transceivers_cellular import NrUe, at_rate, lte_phone, wifi_phone

SCALE = 1.75


@pytest.mark.parametrize("band", ["fr1", "fr2"])
def test_nr_watts_are_units_of_the_table_times_the_scale(reference_table, band):
    rows = {row["state"]: row for row in reference_table("nr_ue_power_tr38840.csv")}
    ue = NrUe(mw_per_unit=SCALE, frequency_range=band)

    def watts(state):
        return pytest.approx(float(rows[state][band]) * SCALE / 1e3, rel=1e-12)

    assert ue.idle_w == watts("pdcch_only")
    assert ue.receive_w == watts("pdcch_pdsch")
    assert (ue.sending_w(0.0), ue.sending_w(23.0)) == (watts("ul_0dBm"), watts("ul_23dBm"))
    for depth in ("deep", "light", "micro"):
        row = rows[f"{depth}_sleep"]
        sleeper = dataclasses.replace(ue, sleep=depth)
        assert sleeper.sleep_w == watts(f"{depth}_sleep")
        assert sleeper.wake_s == pytest.approx(float(row["transition_time_ms"]) / 1e3)
        extra_j = (sleeper.wake_w - sleeper.sleep_w) * sleeper.wake_s if sleeper.wake_s else 0.0
        assert extra_j == pytest.approx(float(row["transition_energy_rel_ms"]) * SCALE * 1e-6, rel=1e-9)


def test_a_scale_and_words_that_do_not_exist_are_refused():
    for wrong, message in (
        ({"mw_per_unit": 0.0}, "mw_per_unit of nr_ue"),
        ({"frequency_range": "fr3"}, "one of fr1, fr2; got fr3"),
        ({"sleep": "coma"}, "one of deep, light, micro; got coma"),
        ({"domain": "cloud"}, "domain of a transceiver"),
    ):
        with pytest.raises(ValueError, match=message):
            NrUe(**wrong)


def test_phones_draw_a_base_and_watts_per_megabit():
    assert lte_phone.idle_w == 1.28804
    assert at_rate(lte_phone, 5e6, 20e6).transmit_w == pytest.approx(1.28804 + 5 * 0.43839, rel=1e-12)
    assert at_rate(lte_phone, 5e6, 20e6).receive_w == pytest.approx(1.28804 + 20 * 0.05197, rel=1e-12)
    assert at_rate(wifi_phone, 1e6, 0.0).transmit_w == pytest.approx(0.13286 + 0.28317, rel=1e-12)
    assert at_rate(wifi_phone, 1e6, 0.0).receive_w == wifi_phone.idle_w
    assert wifi_phone.receive_w == pytest.approx(0.13286 + 0.13701, rel=1e-12)
    assert "(B)" in lte_phone.source
    with pytest.raises(ValueError, match="rate of a phone"):
        at_rate(lte_phone, -1.0, 0.0)
