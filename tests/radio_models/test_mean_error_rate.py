import math

import numpy as np
import pytest
from scipy import integrate, stats

from radio_models.error_rate import chunk_error_rate
from radio_models.mean_error_rate import mean_error_rate
from radio_models.units import db_to_linear

SNR_DB = np.array([-5.0, 0.0, 10.0, 25.0, 40.0])


def test_a_mean_of_exponentials_is_the_laplace_transform_of_the_gamma_law():
    """E[exp(-snr g)] = (1 + snr / m)^-m."""
    for m in (0.5, 1.0, 3.0, 12.5):
        mean = mean_error_rate(lambda snr_db: np.exp(-db_to_linear(snr_db)), SNR_DB, m)
        assert mean == pytest.approx((1 + db_to_linear(SNR_DB) / m) ** -m, rel=1e-4, abs=1e-9)


def test_a_threshold_is_passed_as_often_as_the_gain_is_below():
    """A step is the worst there is for slices of 0.02 dB."""
    for m in (0.5, 1.0, 4.0):
        mean = mean_error_rate(lambda snr_db: (snr_db < 3.0).astype(float), SNR_DB, m)
        assert mean == pytest.approx(stats.gamma(m, scale=1 / m).cdf(10 ** ((3.0 - SNR_DB) / 10)), abs=3e-3)


def test_frames_of_6_mb_per_s_against_adaptive_quadrature():
    def integrand(gain, snr_db):
        return float(chunk_error_rate(snr_db + 10 * math.log10(gain), 2, 1, 8000)) * math.exp(-gain)

    for snr_db, mean in zip(
        (10.0, 20.0), mean_error_rate(lambda s: chunk_error_rate(s, 2, 1, 8000), [10, 20]), strict=True
    ):
        pieces = [
            integrate.quad(integrand, a, b, (snr_db,), limit=400)[0] for a, b in ((1e-9, 0.05), (0.05, 1), (1, 40))
        ]
        assert float(mean) == pytest.approx(sum(pieces), abs=1e-6)


def test_much_of_m_is_no_fading():
    assert float(mean_error_rate(lambda snr_db: chunk_error_rate(snr_db, 2, 1, 8000), 4.0, 1e6)) == pytest.approx(
        float(chunk_error_rate(4.0, 2, 1, 8000)), abs=2e-3
    )


def test_outside_the_range_is_refused():
    with pytest.raises(ValueError, match="Nakagami"):
        mean_error_rate(np.exp, 3.0, 0.4)
    with pytest.raises(ValueError, match="A mean ratio"):
        mean_error_rate(np.exp, math.inf)
