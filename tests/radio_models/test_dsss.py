import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import dsss

REPEATABLE = settings(deadline=None, derandomize=True)
MODES = st.sampled_from(list(dsss.RATES.values()))
SLOW, FAST = dsss.dsss_rate(1e6), dsss.dsss_rate(11e6)


def test_the_four_rates():
    assert list(dsss.RATES) == [1e6, 2e6, 5.5e6, 11e6]


@pytest.mark.parametrize(
    ("bit_per_s", "psdu_bytes", "short", "microseconds"),
    [(1e6, 14, False, 304), (1e6, 14, True, 304), (2e6, 14, True, 152), (5.5e6, 1028, False, 1688),
     (11e6, 14, True, 107), (11e6, 2304, False, 1868)],
)  # fmt: skip
def test_air_times_of_ns3(bit_per_s, psdu_bytes, short, microseconds):
    air_s = dsss.ppdu_s(psdu_bytes, dsss.dsss_rate(bit_per_s), short_preamble=short)
    assert float(air_s) == microseconds / 1e6


def test_acknowledgements_have_the_rate_of_the_data():
    assert (dsss.ack_s(SLOW, False), dsss.ack_s(FAST, True)) == (304e-6, 107e-6)


@REPEATABLE
@given(MODES, st.booleans(), st.integers(1, 4095), st.integers(1, 4095))
def test_air_time_rises_with_size_and_falls_with_rate(mode, short, one, other):
    small, large = sorted((one, other))
    assert dsss.ppdu_s(small, mode, short_preamble=short) <= dsss.ppdu_s(large, mode, short_preamble=short)
    times_s = [float(dsss.ppdu_s(large, each, short_preamble=short)) for each in dsss.RATES.values()]
    assert times_s == sorted(times_s, reverse=True)


def test_without_signal_symbols_are_guessed():
    assert dsss.symbol_error_rate(-math.inf, SLOW) == 0.5
    # One of 8 signals with one of 2 signs: 15 of 16 guesses are wrong; of two such, 255 of 256.
    assert float(dsss.symbol_error_rate(-math.inf, dsss.dsss_rate(5.5e6))) == pytest.approx(15 / 16, abs=1e-12)
    assert float(dsss.symbol_error_rate(-math.inf, FAST)) == pytest.approx(255 / 256, abs=1e-12)


def test_far_out_the_union_bound_of_cck_is_tight():
    # Seven orthogonal signals with two signs each at distance sqrt(2 E): 14 Q(sqrt(E / N0)); the opposite one is far.
    snr_db = 8.0
    energy = 10 ** (snr_db / 10) * 22e6 / 1.375e6 / 2
    bound = 14 * 0.5 * math.erfc(math.sqrt(energy / 2))
    assert float(dsss.symbol_error_rate(snr_db, dsss.dsss_rate(5.5e6))) == pytest.approx(bound, rel=1e-3)


@pytest.mark.parametrize(
    ("bit_per_s", "snr_db", "success"),
    # ns-3.37 DsssErrorRateModel, 1000 bytes.
    [(1e6, -10.0, 9.499953873e-199), (1e6, -7.5, 1.22541623e-35)],
)
def test_points_of_ns3(bit_per_s, snr_db, success):
    log_success = float(8000 * np.log1p(-dsss.symbol_error_rate(snr_db, dsss.dsss_rate(bit_per_s))))
    assert log_success == pytest.approx(math.log(success), rel=1e-9)


@REPEATABLE
@given(MODES, st.floats(-25, 25), st.floats(-25, 25), st.integers(0, 20000), st.integers(0, 20000))
def test_errors_fall_with_snr_and_rise_with_size(mode, one_db, other_db, one, other):
    (low, high), (small, large) = sorted((one_db, other_db)), sorted((one, other))
    assert float(dsss.chunk_error_rate(low, mode, large)) >= float(dsss.chunk_error_rate(high, mode, large)) - 1e-14
    assert float(dsss.chunk_error_rate(low, mode, small)) <= float(dsss.chunk_error_rate(low, mode, large))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: dsss.dsss_rate(6e6), r"802\.11b has the rates 1e6, 2e6, 5\.5e6, 11e6 bit/s; got 6e\+06"),
        (lambda: dsss.ppdu_s(0, SLOW), "at least 1 and at most 4095"),
        (lambda: dsss.chunk_error_rate(3.0, SLOW, -1), "A number of bits"),
        (lambda: dsss.symbol_error_rate(math.nan, FAST), "A level in dB"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_against_ns3(reference_table):
    rows = reference_table("per_dsss.csv")
    for row in rows:
        mode = dsss.dsss_rate(1e6 * float(row["mode"].removeprefix("DsssRate").removesuffix("Mbps").replace("_", ".")))
        success = 1.0 - float(dsss.chunk_error_rate(float(row["snr_dB"]), mode, 8 * int(row["bytes"])))
        assert success == pytest.approx(float(row["success"]), abs=1e-8), row
