import numpy as np
import pytest

from radio_models.noise import noise_floor_dbm, thermal_noise_w


def test_a_20_mhz_receiver_with_7_db():
    assert float(noise_floor_dbm(20e6, 7.0)) == pytest.approx(-93.97, abs=0.005)


def test_against_the_snr_ns3_printed():
    # ns-3.37: received at -53.9581355 dBm with an SNR of 40.0078497 dB, 20 MHz, noise figure 7 dB.
    assert -53.9581355 - float(noise_floor_dbm(20e6, 7.0)) == pytest.approx(40.0078497, abs=1e-6)


def test_one_hertz_at_290_k_is_minus_174_dbm():
    assert float(noise_floor_dbm(1.0, 0.0)) == pytest.approx(-173.98, abs=0.005)


def test_thermal_noise_is_k_t_b():
    assert np.allclose(thermal_noise_w(np.array([1e6, 2e6]), 100.0), [1.3803e-15, 2.7606e-15], rtol=1e-14, atol=0)


def test_the_si_constant_differs_by_a_thousandth_of_a_db():
    si_dbm = 10 * np.log10(1.380649e-23 * 290 * 20e6 * 1e3) + 7
    assert float(si_dbm - noise_floor_dbm(20e6, 7.0)) == pytest.approx(0.0011, abs=5e-5)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: thermal_noise_w(0.0), "A bandwidth"),
        (lambda: thermal_noise_w(1e6, 0.0), "A noise temperature"),
        (lambda: noise_floor_dbm(1e6, -0.1), "A noise figure"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
