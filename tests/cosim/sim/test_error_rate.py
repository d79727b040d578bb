import numpy as np
import pytest

from cosim.sim.error_rate import ErrorRate, NistErrorRate
from radio_models.wifi import ofdm_rate


def test_a_frame_fails_when_any_of_its_bits_does():
    # ns-3.37 NistErrorRateModel, success of 1000 bytes at 6 Mb/s and 3.75 dB, and at 54 Mb/s and 22.5 dB.
    assert float(NistErrorRate().frame_error_rate(3.75, ofdm_rate(6e6), 1000)) == pytest.approx(
        1 - 0.8621178857, abs=1e-9
    )
    assert float(NistErrorRate().frame_error_rate(22.5, ofdm_rate(54e6), 1000)) == pytest.approx(
        1 - 0.903600931, abs=1e-9
    )


def test_sizes_and_ratios_broadcast():
    errors = NistErrorRate().frame_error_rate(np.array([3.0, 5.0])[:, None], ofdm_rate(6e6), np.array([14, 100, 1500]))
    assert errors.shape == (2, 3)
    assert (np.diff(errors, axis=0) < 0).all()
    assert (np.diff(errors, axis=1) > 0).all()


def test_what_takes_part_is_recognised_by_its_method():
    assert isinstance(NistErrorRate(), ErrorRate)
    assert not isinstance("nist", ErrorRate)
