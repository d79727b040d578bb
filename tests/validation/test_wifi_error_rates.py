import pytest
import wifi_error_rates


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
    compared = model(reference_table(table))
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
