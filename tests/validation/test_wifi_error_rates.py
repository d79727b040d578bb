import pytest
import wifi_error_rates
import wifi_quantities

from radio_models import error_rate_table


@pytest.mark.parametrize(
    ("model", "table", "tolerance"),
    [
        (wifi_error_rates.nist, "per_wifi.csv", wifi_error_rates.NIST_TOLERANCE),
        (wifi_error_rates.yans, "per_wifi.csv", wifi_error_rates.YANS_TOLERANCE),
        (wifi_error_rates.table, "per_wifi.csv", wifi_error_rates.TABLE_TOLERANCE),
        (wifi_error_rates.spread_spectrum, "per_dsss.csv", wifi_error_rates.DSSS_TOLERANCE),
    ],
)
def test_success_is_that_of_ns3(reference_table, model, table, tolerance):
    rows = [row for row in reference_table(table) if float(row["bytes"]) >= error_rate_table.SMALL_BYTES]
    compared = model(rows)
    assert compared
    worst = max(compared, key=lambda each: abs(each[1] - each[2]))
    assert abs(worst[1] - worst[2]) <= tolerance, worst


def test_rows_come_back_in_their_order():
    rows = [
        {"mode": mode, "bytes": "1500", "snr_dB": snr_db, "success_nist": "0"}
        for mode, snr_db in (("VhtMcs8", "30"), ("OfdmRate6Mbps", "3.5"), ("VhtMcs8", "26"))
    ]
    ours = [each[1] for each in wifi_error_rates.nist(rows)]
    assert ours[0] > 0.99 > ours[2]
    assert 0.0 < ours[1] < 1.0


def test_a_mode_in_the_wrong_table_is_refused():
    with pytest.raises(ValueError, match="does not belong into this table"):
        wifi_error_rates.nist([{"mode": "DsssRate1Mbps", "bytes": "1", "snr_dB": "1", "success_nist": "0"}])


def test_short_frames_have_a_tolerance_of_their_own_by_tables():
    row = {"mode": "OfdmRate24Mbps", "snr_dB": "9", "success_nist": "0", "success_yans": "0", "success_table": "1"}
    usual = wifi_quantities.success_of_ofdm([{**row, "bytes": "32"}])
    assert [quantity.tolerance for quantity in usual if "table" in quantity.name] == [0.03]
    both = wifi_quantities.success_of_ofdm([{**row, "bytes": "32"}, {**row, "bytes": "14"}])
    assert [quantity.tolerance for quantity in both if "table" in quantity.name] == [0.03, 0.09]
