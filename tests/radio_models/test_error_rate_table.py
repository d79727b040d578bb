import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import error_rate_yans
from radio_models.error_rate_table import (
    BCC_LARGE,
    BCC_SMALL,
    LARGE_RESIDUALS,
    LARGE_RESIDUALS_DB,
    LDPC,
    SCHEMES,
    PerTable,
    Simulated,
    chunk_error_rate,
    reconstructed,
)
from radio_models.wifi import ofdm_rate
from radio_models.wifi_modes import LEGACY_RATES, Format, mode_of, modes

REPEATABLE = settings(deadline=None, derandomize=True)
MODES = st.sampled_from([*LEGACY_RATES.values(), *modes(Format.HE)])
BY_HAND = PerTable(Simulated(32, (0.0, 1.0), (0.5, 0.1)), Simulated(1000, (1.0, 2.0, 3.0), (0.8, 0.2, 0.0)))


@pytest.mark.parametrize(
    ("mode", "edge_db"),
    [(ofdm_rate(6e6), 0.83), (ofdm_rate(12e6), 3.85), (ofdm_rate(24e6), 9.50), (ofdm_rate(54e6), 18.23),
     (mode_of(Format.HT, 7), 19.46), (mode_of(Format.HE, 9), 24.96)],
)  # fmt: skip
def test_a_tenth_of_frames_of_1000_bytes_is_lost_where_ns3_loses_it(mode, edge_db):
    shift_db = 0.01 + LARGE_RESIDUALS_DB[SCHEMES.index((mode.constellation, mode.code_numerator))]
    below, above = chunk_error_rate([edge_db - shift_db, edge_db + shift_db], mode, 8000)
    assert above < 0.1 < below


def test_between_points_rates_are_interpolated():
    assert float(BY_HAND.error_rate(1.5, 1000)) == pytest.approx(0.5)
    assert float(BY_HAND.error_rate(0.25, 32)) == pytest.approx(0.4)


def test_other_sizes_follow_from_independent_errors():
    assert float(BY_HAND.error_rate(2.0, 2000)) == pytest.approx(1 - 0.8**2)
    assert float(BY_HAND.error_rate(1.0, 64)) == pytest.approx(1 - 0.9**2)


def test_a_large_frame_does_no_better_than_a_small_one():
    just_large, just_small = float(BY_HAND.error_rate(1.0, 400)), float(BY_HAND.error_rate(1.0, 399))
    assert just_small == pytest.approx(1 - 0.9 ** (399 / 32))
    assert just_large == just_small
    # As in ns-3, where two simulations scaled towards each other do not meet.
    assert float(BY_HAND.error_rate(1.0, 400, ordered=False)) == pytest.approx(1 - 0.2**0.4)
    assert 1 - 0.2**0.4 < just_small


def test_outside_its_points_a_table_is_certain():
    assert BY_HAND.error_rate([-9.0, 9.0], 1500).tolist() == [1.0, 0.0]
    assert PerTable(None, Simulated(1000, (1.0, 2.0), (0.8, 1e-6))).error_rate(2.0, 1000) == 0.0


def test_every_scheme_has_a_curve():
    assert len(LDPC) == len(SCHEMES) == len(BCC_LARGE) + 2 == len(BCC_SMALL) + 2
    assert all(curve.slope > abs(curve.bend) for curve in (*BCC_SMALL, *BCC_LARGE, *LDPC))
    assert reconstructed(2, 3) is reconstructed(1024, 5) is None
    assert reconstructed(1024, 5, low_density=True) is not None


def test_low_density_codes_need_less():
    for constellation, code in SCHEMES[:10]:
        plain, dense = (reconstructed(constellation, code, flag) for flag in (False, True))
        snr_db = np.arange(-5.0, 30.0, 0.25)
        assert (dense.error_rate(snr_db, 1458) <= plain.error_rate(snr_db, 1458) + 0.01).all()


def test_where_there_is_no_curve_yans_decides():
    for mode in (ofdm_rate(9e6), mode_of(Format.HE, 10), mode_of(Format.HE, 11)):
        snr_db = np.arange(0.0, 35.0)
        assert (chunk_error_rate(snr_db, mode, 8000) == error_rate_yans.chunk_error_rate(snr_db, mode, 8000)).all()


@REPEATABLE
@given(MODES, st.booleans(), st.floats(-20, 45), st.floats(-20, 45), st.integers(0, 3000), st.integers(0, 3000))
def test_errors_fall_with_snr_and_rise_with_size(mode, low_density, one_db, other_db, one, other):
    (low, high), (small, large) = sorted((one_db, other_db)), sorted((one, other))
    rates = [
        float(chunk_error_rate(snr_db, mode, 8 * size, low_density=low_density))
        for snr_db, size in ((low, small), (low, large), (high, large))
    ]
    assert rates[0] <= rates[1] >= rates[2]
    assert 0.0 <= rates[2] <= 1.0


def test_the_size_threshold_does_not_break_the_order():
    sizes = np.arange(380, 420)
    for scheme in SCHEMES[:10]:
        rates = reconstructed(*scheme).error_rate(np.arange(-3.0, 28.0, 0.1)[:, np.newaxis], sizes)
        assert (np.diff(rates, axis=1) >= 0).all(), scheme


def test_outside_the_range_is_refused():
    with pytest.raises(ValueError, match="A ratio of signal to noise"):
        chunk_error_rate(math.nan, ofdm_rate(6e6), 8)
    with pytest.raises(ValueError, match="A number of bits"):
        chunk_error_rate(3.0, ofdm_rate(6e6), -8)


def test_against_ns3(reference_table):
    worst = dict.fromkeys(SCHEMES, 0.0)
    for row in reference_table("per_wifi.csv"):
        mode, size = _mode(row["mode"]), int(row["bytes"])
        scheme = (mode.constellation, mode.code_numerator)
        if scheme in SCHEMES[:10] and 400 <= size <= 4000:
            rate = float(chunk_error_rate(float(row["snr_dB"]), mode, 8 * size, ordered=False))
            worst[scheme] = max(worst[scheme], abs(1 - rate - float(row["success_table"])))
    assert [worst[scheme] <= residual for scheme, residual in zip(SCHEMES, LARGE_RESIDUALS, strict=False)] == [
        True
    ] * 10
    assert max(worst.values()) > 0.0


def _mode(name):
    if "Mcs" in name:
        family, _, mcs = name.partition("Mcs")
        return mode_of(Format[family.upper()], int(mcs))
    return ofdm_rate(1e6 * float(name.partition("Rate")[2].removesuffix("Mbps")))
