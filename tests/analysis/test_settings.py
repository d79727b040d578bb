from analysis.settings import settings


def test_sections_in_short(world_run):
    rows = {section: (kind, parameters) for section, kind, parameters in settings(world_run.scenario)}
    assert rows["peers: phones"] == ("6 × raspberry_pi_4b on mains", "join_s 0")
    assert rows["propagation"] == (
        "log_distance + log_normal_shadowing",
        "exponent 3, reference_loss_db 46.6777; sigma_db 3",
    )
    assert rows["radio"] == ("wifi_80211a", "tx_power_dbm 16.0206, rate_bit_per_s 6e+06, transceiver ns3_wifi")
    assert rows["rounds"] == ("", "count 20, period_s 0.5")
    assert rows["precision"] == ("float32", "")
    assert "seeds" not in rows


def test_a_part_given_by_its_name_and_a_long_list():
    rows = settings({"graph": "complete", "mobility": {"kind": "static", "positions_m": [[0, 0]] * 9}})
    assert rows == [("mobility", "static", "positions_m [9 values]"), ("graph", "complete", "")]


def test_an_empty_scenario_has_no_settings():
    assert settings({}) == []
