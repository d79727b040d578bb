import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chndtr, ive

from radio_models import ble
from radio_models.noise import noise_floor_dbm

REPEATABLE = settings(deadline=None, derandomize=True)
SIZES = st.integers(0, 251)
NAMES = st.sampled_from(sorted(ble.PHYS))


@pytest.mark.parametrize(("name", "microseconds"), [("1M", 2120), ("2M", 1064), ("S2", 4542), ("S8", 17040)])
def test_the_longest_packets_of_the_specification(name, microseconds):
    assert float(ble.packet_s(251, ble.phy(name), mic=True)) == microseconds / 1e6


def test_an_empty_packet_lasts_80_microseconds():
    assert float(ble.packet_s(0, ble.phy("1M"))) == 80e-6
    assert ble.INTERFRAME_S == 150e-6


def test_the_rate_of_the_payload_is_that_of_the_name():
    for name, bit_per_s in (("1M", 1e6), ("2M", 2e6), ("S2", 5e5), ("S8", 1.25e5)):
        short_s, long_s = ble.packet_s([100, 200], ble.phy(name))
        assert long_s - short_s == pytest.approx(800 / bit_per_s, rel=1e-9)


def test_air_times_of_the_reference(reference_table):
    for row in reference_table("ble_airtime.csv"):
        air_s = ble.packet_s(int(row["payload_bytes"]), ble.phy(row["phy"]), mic=row["mic"] == "1")
        assert float(air_s) == float(row["airtime_us"]) / 1e6, row


@REPEATABLE
@given(NAMES, SIZES, SIZES, st.booleans())
def test_air_time_rises_with_size(name, one, other, mic):
    short_s, long_s = ble.packet_s(np.array(sorted((one, other))), ble.phy(name), mic=mic)
    assert short_s <= long_s
    assert float(ble.packet_s(one, ble.phy(name), mic=True)) > float(ble.packet_s(one, ble.phy(name)))


@pytest.mark.parametrize("snr_db", [-10.0, 0.0, 5.0, 10.0, 13.0])
def test_error_rate_is_that_of_marcum(snr_db):
    """The same with Marcum's function Q1(a, b), the upper tail of a non-central chi-square of two degrees."""
    gain, rest = 10 ** (snr_db / 10), np.sqrt(1 - (2 / np.pi) ** 2)
    a, b = np.sqrt(gain / 2 * (1 - rest)), np.sqrt(gain / 2 * (1 + rest))
    expected = 1 - chndtr(b**2, 2, a**2) - 0.5 * np.exp(-((a - b) ** 2) / 2) * ive(0, a * b)
    assert float(ble.bit_error_rate(snr_db)) == pytest.approx(float(expected), rel=1e-9)


def test_without_signal_a_bit_is_a_coin():
    assert float(ble.bit_error_rate(-np.inf)) == pytest.approx(0.5, rel=1e-12)


@REPEATABLE
@given(st.floats(-10, 30), st.floats(-10, 30), SIZES, SIZES)
def test_errors_fall_with_snr_and_rise_with_size(one_db, other_db, one, other):
    low, high = sorted((one_db, other_db))
    small, large = ble.packet_bits(sorted((one, other)), ble.phy("1M"))
    assert float(ble.packet_error_rate(high, small)) <= float(ble.packet_error_rate(low, small)) * (1 + 1e-12)
    assert float(ble.packet_error_rate(low, small)) <= float(ble.packet_error_rate(low, large))


def test_at_the_sensitivity_one_bit_in_a_thousand_is_wrong():
    assert ble.sensitivity_snr_db() == pytest.approx(14.31, abs=0.01)
    assert float(ble.bit_error_rate(ble.sensitivity_snr_db())) == pytest.approx(1e-3, rel=1e-9)


@pytest.mark.parametrize(("name", "hertz"), [("1M", 1e6), ("2M", 2e6)])
def test_sensitivities_imply_a_plausible_noise_figure(name, hertz):
    figure_db = ble.noise_dbm(ble.SENSITIVITY_DBM[name]) - float(noise_floor_dbm(hertz, 0.0))
    assert 3.0 < figure_db < 10.0


def test_at_the_edge_of_notice_little_arrives():
    arrives = 1 - ble.packet_error_rate(ble.detection_snr_db(), ble.packet_bits([0, 27], ble.phy("1M")))
    assert arrives == pytest.approx([0.21, 0.002], rel=0.05)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ble.phy("3M"), "1M, 2M, S2, S8; got 3M"),
        (
            lambda: ble.packet_s(252, ble.phy("1M")),
            r"A Bluetooth LE payload \(bytes\) must be at least 0 and at most 251",
        ),
        (lambda: ble.bit_error_rate(np.nan), "A level in dB"),
        (lambda: ble.packet_error_rate(0.0, -1), "A number of bits"),
        (lambda: ble.noise_dbm(1.0), r"A sensitivity \(dBm\)"),
        (lambda: ble.sensitivity_snr_db(0.5), "A bit error rate"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
