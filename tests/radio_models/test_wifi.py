import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import wifi
from radio_models.wifi_modes import LEGACY_RATES, Format, mode_of, modes

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


@pytest.mark.parametrize(
    ("mode", "psdu_bytes", "microseconds"),
    [
        (mode_of(Format.HT, 0, 20, 400), 14, 57.6),
        (mode_of(Format.HT, 7, 40), 1536, 128),
        (mode_of(Format.VHT, 9, 80, 400), 2304, 79.2),
        (mode_of(Format.HE, 0, 20, 3200), 100, 172),
        (mode_of(Format.HE, 11, 80), 1028, 71.2),
    ],
)
def test_air_times_of_ns3_with_mcs(mode, psdu_bytes, microseconds):
    assert float(wifi.ppdu_s(psdu_bytes, mode, wifi.OFDM)) == round(microseconds * 1000) / 1e9
    assert float(wifi.ppdu_s(psdu_bytes, mode, wifi.ERP_OFDM)) == round((microseconds + 6) * 1000) / 1e9


def test_narrow_channels_are_the_same_frames_more_slowly():
    wide = wifi.ofdm_rate(12e6)
    for width_mhz, times in ((10, 2), (5, 4)):
        narrow = mode_of(Format.OFDM, wide.mcs, width_mhz)
        assert narrow.bit_per_s == 12_000_000 // times
        assert float(wifi.ppdu_s(500, narrow, wifi.OFDM)) == times * float(wifi.ppdu_s(500, wide, wifi.OFDM))
        assert wifi.ack_mode(narrow) == mode_of(Format.OFDM, 2, width_mhz)


def test_air_times_of_the_standard():
    # 802.11-2016, 19.4.3: with short guard intervals the end of a frame is moved to a whole symbol of 4 us.
    short = mode_of(Format.HT, 0, 20, 400)
    assert float(wifi.ppdu_s(14, short, wifi.OFDM, standard=True)) == 60e-6
    assert float(wifi.ppdu_s(14, mode_of(Format.VHT, 0), wifi.OFDM, standard=True)) == 64e-6
    assert float(wifi.ppdu_s(14, mode_of(Format.HE, 0, 20, 3200), wifi.OFDM, standard=True)) == 84e-6


def test_the_second_encoder_may_cost_a_symbol():
    # 8 * 776 + 16 + 6 bits fill two symbols of 3120 bits; six more do not.
    wide = mode_of(Format.VHT, 9, 160)
    at_776, at_777 = wifi.ppdu_s([776, 777], wide, wifi.OFDM)
    assert (float(at_776), float(at_777)) == (44e-6, 48e-6)


@REPEATABLE
@given(st.sampled_from([Format.HT, Format.VHT, Format.HE]), st.sampled_from([20, 40]), st.integers(1, 11454))
def test_air_time_falls_with_rate(form, width_mhz, size):
    times_s = [float(wifi.ppdu_s(size, mode, wifi.OFDM)) for mode in modes(form, width_mhz)]
    assert times_s == sorted(times_s, reverse=True)


@pytest.mark.parametrize(("mcs", "megabit_per_s"), [(0, 6), (1, 12), (2, 12), (3, 24), (7, 24)])
def test_acknowledgements_of_ht_frames_go_at_mandatory_rates(mcs, megabit_per_s):
    assert wifi.ack_mode(mode_of(Format.HT, mcs)).bit_per_s == megabit_per_s * 1_000_000


def test_acknowledgements_begin_with_20_microseconds():
    assert wifi.header_s(wifi.ofdm_rate(6e6)) == 20e-6
