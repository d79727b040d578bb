import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import wifi
from radio_models.wifi_modes import LEGACY_RATES

REPEATABLE = settings(deadline=None, derandomize=True)
RATES = st.sampled_from(list(LEGACY_RATES.values()))
TIMINGS = st.sampled_from([wifi.OFDM, wifi.ERP_OFDM])


@pytest.mark.parametrize("rate", LEGACY_RATES.values())
def test_a_symbol_holds_its_rate_for_4_microseconds(rate):
    assert rate.bits_per_symbol == rate.bit_per_s * 4 // 1_000_000


@pytest.mark.parametrize("rate", LEGACY_RATES.values())
def test_48_carriers_with_modulation_and_code_make_the_bits_of_a_symbol(rate):
    coded = 48 * int(np.log2(rate.constellation))
    assert rate.bits_per_symbol * (rate.code_numerator + 1) == coded * rate.code_numerator


def test_a_data_frame_adds_36_bytes():
    assert wifi.FRAME_OVERHEAD_BYTES == 36


@pytest.mark.parametrize(
    ("mbit_per_s", "psdu_bytes", "microseconds"),
    [(6, 14, 44), (6, 1064, 1444), (6, 1536, 2072), (12, 14, 32), (24, 14, 28), (24, 1064, 376), (54, 1064, 180)],
)
def test_air_times_of_ns3(mbit_per_s, psdu_bytes, microseconds):
    rate = wifi.ofdm_rate(mbit_per_s * 1e6)
    assert float(wifi.ppdu_s(psdu_bytes, rate, wifi.OFDM)) == microseconds / 1e6
    assert float(wifi.ppdu_s(psdu_bytes, rate, wifi.ERP_OFDM)) == (microseconds + 6) / 1e6


@pytest.mark.parametrize(
    ("mbit_per_s", "ack_mbit_per_s", "microseconds"),
    [(6, 6, 44), (9, 6, 44), (12, 12, 32), (18, 12, 32), (24, 24, 28), (36, 24, 28), (48, 24, 28), (54, 24, 28)],
)
def test_acknowledgements_go_at_mandatory_rates(mbit_per_s, ack_mbit_per_s, microseconds):
    rate = wifi.ofdm_rate(mbit_per_s * 1e6)
    assert wifi.ack_mode(rate).bit_per_s == ack_mbit_per_s * 1_000_000
    assert wifi.ack_s(rate, wifi.OFDM) == microseconds / 1e6


def test_interframe_spaces():
    assert (wifi.sifs_s(wifi.OFDM), wifi.difs_s(wifi.OFDM)) == (16e-6, 34e-6)
    assert (wifi.sifs_s(wifi.ERP_OFDM), wifi.difs_s(wifi.ERP_OFDM)) == (10e-6, 28e-6)
    assert wifi.mean_backoff_s(wifi.OFDM) == wifi.mean_backoff_s(wifi.ERP_OFDM) == 67.5e-6


@REPEATABLE
@given(RATES, TIMINGS, st.integers(1, 4095), st.integers(1, 4095))
def test_air_time_rises_with_size(rate, timing, one, other):
    short_s, long_s = wifi.ppdu_s(np.array(sorted((one, other))), rate, timing)
    assert short_s <= long_s


@REPEATABLE
@given(RATES, TIMINGS, st.integers(1, 4095))
def test_air_time_is_the_preamble_and_the_bits_rounded_up_to_a_symbol(rate, timing, psdu_bytes):
    fixed_s = (20 + timing.signal_extension_us) / 1e6
    bits_s = (22 + 8 * psdu_bytes) / rate.bit_per_s
    assert -1e-12 <= float(wifi.ppdu_s(psdu_bytes, rate, timing)) - fixed_s - bits_s < 4e-6


@pytest.mark.parametrize("size", [0, 4096])
def test_sizes_without_a_length_field_are_refused(size):
    with pytest.raises(ValueError, match=r"A PSDU \(bytes\) must be at least 1 and at most 4095"):
        wifi.ppdu_s(size, wifi.ofdm_rate(6e6), wifi.OFDM)


def test_an_unknown_rate_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"6e6, 9e6, 12e6, 18e6, 24e6, 36e6, 48e6, 54e6 bit/s; got 1\.1e"):
        wifi.ofdm_rate(11e6)


def test_against_ns3(reference_table):
    prefixes = {"OfdmRate": wifi.OFDM, "ErpOfdmRate": wifi.ERP_OFDM}
    compared = 0
    for row in reference_table("airtime_wifi.csv"):
        timing = prefixes.get(row["mode"].partition("Rate")[0] + "Rate")
        if timing is not None:
            air_s = wifi.ppdu_s(int(row["psdu_bytes"]), wifi.ofdm_rate(float(row["rate_Mbps"]) * 1e6), timing)
            assert float(air_s) == float(row["duration_us"]) / 1e6, row
            compared += 1
    assert compared == 11 * 9
