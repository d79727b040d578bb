import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import error_rate
from radio_models.error_rate import (
    CONSTELLATIONS,
    SPECTRA,
    chunk_error_rate,
    chunk_success_rate,
    decoded_bit_error_rate,
    raw_bit_error_rate,
)

REPEATABLE = settings(deadline=None, derandomize=True)
RATES = [(2, 1), (2, 3), (4, 1), (4, 3), (16, 1), (16, 3), (64, 2), (64, 3)]
SCHEMES = {
    "OfdmRate6Mbps": (2, 1),
    "OfdmRate9Mbps": (2, 3),
    "OfdmRate12Mbps": (4, 1),
    "OfdmRate18Mbps": (4, 3),
    "OfdmRate24Mbps": (16, 1),
    "OfdmRate36Mbps": (16, 3),
    "OfdmRate48Mbps": (64, 2),
    "OfdmRate54Mbps": (64, 3),
    "HtMcs0": (2, 1),
    "HtMcs4": (16, 3),
    "HtMcs7": (64, 5),
    "HeMcs0": (2, 1),
    "HeMcs5": (64, 2),
    "HeMcs9": (256, 5),
    "HeMcs11": (1024, 5),
}


def test_without_signal_bpsk_and_qpsk_guess():
    assert raw_bit_error_rate(-math.inf, 2) == 0.5
    assert raw_bit_error_rate(-math.inf, 4) == 0.5


def test_textbook_points():
    # J. G. Proakis, "Digital Communications", 4th edition, figure 5.2-4: BPSK needs 9.6 dB for 1e-5; QPSK 3 dB more
    # per symbol.
    assert float(raw_bit_error_rate(9.588, 2)) == pytest.approx(1e-5, rel=2e-3)
    assert float(raw_bit_error_rate(9.588 + 10 * math.log10(2), 4)) == pytest.approx(1e-5, rel=2e-3)


def test_one_weight_by_hand():
    # p = 1e-8 makes D = 2e-4, so that the first term alone remains: 36 D^10 / 2.
    assert float(decoded_bit_error_rate(1e-8, 1)) == pytest.approx(18 * (2e-4) ** 10, rel=1e-5)
    assert float(decoded_bit_error_rate(1e-12, 3)) == pytest.approx(42 / 6 * (2e-6) ** 5, rel=1e-4)


def test_the_bound_is_capped():
    assert all(float(decoded_bit_error_rate(0.5, code)) == 1.0 for code in SPECTRA)


@pytest.mark.parametrize(
    ("mode", "snr_db", "success"),
    [
        ("OfdmRate6Mbps", 3.75, 0.8621178857),
        ("OfdmRate9Mbps", 6.0, 0.3113666597),
        ("OfdmRate12Mbps", 6.75, 0.8574226987),
        ("OfdmRate18Mbps", 9.25, 0.5859825273),
        ("OfdmRate24Mbps", 13.5, 0.9308605471),
        ("OfdmRate36Mbps", 15.75, 0.3595540687),
        ("OfdmRate48Mbps", 20.5, 0.3691591259),
        ("OfdmRate54Mbps", 22.5, 0.903600931),
        ("HtMcs7", 23.0, 0.4886563376),
        ("HeMcs9", 28.75, 0.3526116236),
        ("HeMcs11", 34.75, 0.4895136377),
    ],
)
def test_1000_bytes_at_the_edge_of_each_rate(mode, snr_db, success):
    # ns-3.37 NistErrorRateModel::GetChunkSuccessRate, printed to ten digits.
    assert float(chunk_success_rate(snr_db, *SCHEMES[mode], 8000)) == pytest.approx(success, abs=1e-9)


def test_nothing_to_decode_cannot_fail():
    assert chunk_error_rate(-10.0, 2, 1, 0) == 0.0
    assert chunk_success_rate(-10.0, 2, 1, 0) == 1.0


def test_certain_failure_and_certain_success():
    assert chunk_error_rate(-math.inf, 2, 1, 8) == 1.0
    assert chunk_error_rate(200.0, 64, 3, 8) == 0.0


def test_tiny_error_rates_keep_their_digits():
    bit = float(decoded_bit_error_rate(raw_bit_error_rate(9.0, 2), 1))
    assert 0.0 < bit < 1e-18
    assert float(chunk_error_rate(9.0, 2, 1, 8000)) == pytest.approx(8000 * bit, rel=1e-12)


def test_arrays_broadcast():
    errors = chunk_error_rate(np.array([[3.0], [4.0]]), 2, 1, np.array([80, 800, 8000]))
    assert errors.shape == (2, 3)
    assert errors[1, 2] == chunk_error_rate(4.0, 2, 1, 8000)


@REPEATABLE
@given(st.sampled_from(RATES), st.floats(-20, 40), st.floats(-20, 40), st.integers(1, 20000))
def test_errors_fall_with_snr(scheme, one_db, other_db, bits):
    low, high = sorted((one_db, other_db))
    assert float(chunk_error_rate(low, *scheme, bits)) >= float(chunk_error_rate(high, *scheme, bits))


@REPEATABLE
@given(st.sampled_from(RATES), st.floats(-20, 40), st.integers(0, 20000), st.integers(0, 20000))
def test_errors_rise_with_size(scheme, snr_db, one, other):
    low, high = sorted((one, other))
    assert float(chunk_error_rate(snr_db, *scheme, low)) <= float(chunk_error_rate(snr_db, *scheme, high))


@REPEATABLE
@given(st.sampled_from(RATES), st.floats(-20, 40), st.integers(1, 20000), st.integers(1, 20000))
def test_two_chunks_succeed_as_one(scheme, snr_db, one, other):
    apart = float(chunk_success_rate(snr_db, *scheme, one)) * float(chunk_success_rate(snr_db, *scheme, other))
    assert float(chunk_success_rate(snr_db, *scheme, one + other)) == pytest.approx(apart, rel=1e-9, abs=1e-300)


@REPEATABLE
@given(st.sampled_from(CONSTELLATIONS), st.floats(-20, 60), st.sampled_from(sorted(SPECTRA)))
def test_success_and_error_are_complementary(constellation, snr_db, code):
    together = chunk_error_rate(snr_db, constellation, code, 512) + chunk_success_rate(snr_db, constellation, code, 512)
    assert float(together) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: raw_bit_error_rate(math.nan, 2), "A level in dB"),
        (lambda: raw_bit_error_rate(3.0, 8), "A constellation has one of"),
        (lambda: decoded_bit_error_rate(0.6, 1), "A bit error rate before decoding"),
        (lambda: decoded_bit_error_rate(0.1, 4), "A code rate"),
        (lambda: chunk_error_rate(3.0, 2, 1, -1), "A number of bits"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_against_ns3(reference_table):
    rows = reference_table("per_wifi.csv")
    known = {row["mode"] for row in rows} & set(SCHEMES)
    assert known
    for mode in sorted(known):
        scheme, mine = SCHEMES[mode], [row for row in rows if row["mode"] == mode]
        snr_db, expected = (np.array([float(row[name]) for row in mine]) for name in ("snr_dB", "success_nist"))
        bits = 8 * np.array([float(row["bytes"]) for row in mine])
        assert np.allclose(error_rate.chunk_success_rate(snr_db, *scheme, bits), expected, rtol=0, atol=1e-8), mode
