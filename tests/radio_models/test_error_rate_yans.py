import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.error_rate_yans import chunk_error_rate, decoded_bit_error_rate, pairwise_error, raw_bit_error_rate
from radio_models.wifi import ofdm_rate
from radio_models.wifi_modes import LEGACY_RATES, Format, mode_of, modes

REPEATABLE = settings(deadline=None, derandomize=True)
MODES = st.sampled_from([*LEGACY_RATES.values(), *modes(Format.HT, 40, 400), *modes(Format.HE, 80, 3200)])


@pytest.mark.parametrize(
    ("mode", "snr_db", "success"),
    # ns-3.37 YansErrorRateModel::GetChunkSuccessRate, 1000 bytes, 20 MHz.
    [(ofdm_rate(6e6), -5.0, 1.050999242e-238), (ofdm_rate(6e6), -2.5, 3.893267528e-17)],
)
def test_points_of_ns3(mode, snr_db, success):
    log_success = float(8000 * np.log1p(-decoded_bit_error_rate(snr_db, mode)))
    assert log_success == pytest.approx(math.log(success), rel=1e-9)


@pytest.mark.parametrize(
    ("mode", "edge_db"),
    [(ofdm_rate(6e6), 0.61), (ofdm_rate(12e6), 3.59), (ofdm_rate(24e6), 9.96), (ofdm_rate(54e6), 19.11),
     (mode_of(Format.HT, 7), 21.20), (mode_of(Format.HE, 9), 28.30)],
)  # fmt: skip
def test_a_tenth_of_frames_of_1000_bytes_is_lost_where_ns3_loses_it(mode, edge_db):
    below, above = chunk_error_rate([edge_db - 0.02, edge_db + 0.02], mode, 8000)
    assert above < 0.1 < below


def test_pairwise_errors_by_hand():
    p = 0.1
    assert float(pairwise_error(np.asarray(p), 4)) == pytest.approx(4 * p**3 * (1 - p) + 3 * p**2 * (1 - p) ** 2)
    assert float(pairwise_error(np.asarray(p), 5)) == pytest.approx(10 * p**3 * (1 - p) ** 2 + 5 * p**4 * (1 - p))


def test_energy_counts_the_whole_channel():
    # The same modulation in HE symbols spends more of its time on data, so that a bit gets less energy.
    legacy, he = ofdm_rate(6e6), mode_of(Format.HE, 0)
    assert float(raw_bit_error_rate(3.0, he)) > float(raw_bit_error_rate(3.0, legacy))
    assert float(raw_bit_error_rate(3.0, legacy)) == pytest.approx(
        0.5 * math.erfc(math.sqrt(10**0.3 * 20e6 / 12e6)), rel=1e-12
    )


@REPEATABLE
@given(MODES, st.floats(-20, 45), st.floats(-20, 45), st.integers(0, 20000), st.integers(0, 20000))
def test_errors_fall_with_snr_and_rise_with_size(mode, one_db, other_db, one, other):
    (low, high), (small, large) = sorted((one_db, other_db)), sorted((one, other))
    assert float(chunk_error_rate(low, mode, large)) >= float(chunk_error_rate(high, mode, large))
    assert float(chunk_error_rate(low, mode, small)) <= float(chunk_error_rate(low, mode, large))


def test_outside_the_range_is_refused():
    with pytest.raises(ValueError, match="A number of bits"):
        chunk_error_rate(3.0, ofdm_rate(6e6), -1)
    with pytest.raises(ValueError, match="A level in dB"):
        chunk_error_rate(math.nan, ofdm_rate(6e6), 8)
