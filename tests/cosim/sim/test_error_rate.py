import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.error_rate import DsssErrorRate, ErrorRate, NistErrorRate, TableErrorRate, YansErrorRate
from radio_models.dsss import dsss_rate
from radio_models.wifi import ofdm_rate
from radio_models.wifi_modes import Format, mode_of

REPEATABLE = settings(deadline=None, derandomize=True)
OFDM = [NistErrorRate(), YansErrorRate(), TableErrorRate(), TableErrorRate(coding="ldpc")]


def success(model, snr_db, rate, size=1000):
    return 1.0 - float(model.frame_error_rate(snr_db, rate, size))


def test_a_frame_fails_when_any_of_its_bits_does():
    # ns-3.37 NistErrorRateModel, success of 1000 bytes at 6 Mb/s and 3.75 dB, and at 54 Mb/s and 22.5 dB.
    assert success(NistErrorRate(), 3.75, ofdm_rate(6e6)) == pytest.approx(0.8621178857, abs=1e-9)
    assert success(NistErrorRate(), 22.5, ofdm_rate(54e6)) == pytest.approx(0.903600931, abs=1e-9)


def test_models_differ_as_their_names_say():
    # SNR at which ns-3.37 loses a tenth of frames of 1000 bytes at 6 Mb/s: NIST 3.87 dB, Yans 0.61, tables 0.83.
    rate = ofdm_rate(6e6)
    for model, edge_db in ((NistErrorRate(), 3.87), (YansErrorRate(), 0.61), (TableErrorRate(), 0.83)):
        assert success(model, edge_db - 0.1, rate) < 0.9 < success(model, edge_db + 0.1, rate)


@pytest.mark.parametrize("model", OFDM)
def test_sizes_and_ratios_broadcast(model):
    errors = model.frame_error_rate(np.array([0.5, 1.0])[:, None], ofdm_rate(6e6), np.array([14, 100, 1500]))
    assert errors.shape == (2, 3)
    assert (np.diff(errors, axis=0) <= 0).all()
    assert (np.diff(errors, axis=1) >= 0).all()


def test_each_covers_its_modulation():
    assert [model.covers(mode_of(Format.HE, 11)) for model in (*OFDM, DsssErrorRate())] == [True] * 4 + [False]
    assert [model.covers(dsss_rate(2e6)) for model in (*OFDM, DsssErrorRate())] == [False] * 4 + [True]


def test_what_takes_part_is_recognised_by_its_methods():
    assert all(isinstance(model, ErrorRate) for model in (*OFDM, DsssErrorRate()))
    assert not isinstance("nist", ErrorRate)


def test_a_table_of_the_users_own(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("mcs,size_bytes,snr_db,per\n0,1000,1,0.75\n0,1000,3,0.25\n", encoding="utf-8")
    own = TableErrorRate(file=str(file))
    assert success(own, 2.0, ofdm_rate(6e6)) == pytest.approx(0.5)
    assert success(own, 2.0, mode_of(Format.HT, 0)) == pytest.approx(0.5)
    # It has no curve for QPSK: Yans decides, as in ns-3.
    assert success(own, 3.5, ofdm_rate(12e6)) == success(YansErrorRate(), 3.5, ofdm_rate(12e6))


def test_a_table_that_is_not_there_is_refused_at_once():
    with pytest.raises(ValueError, match="cannot be read"):
        TableErrorRate(file="no/such/table.csv")


@REPEATABLE
@given(st.floats(-10, 20), st.floats(-10, 20), st.sampled_from([1e6, 2e6, 5.5e6, 11e6]))
def test_errors_of_dsss_fall_with_snr(one_db, other_db, bit_per_s):
    low, high = sorted((one_db, other_db))
    rate = dsss_rate(bit_per_s)
    assert success(DsssErrorRate(), low, rate) <= success(DsssErrorRate(), high, rate) + 1e-14
