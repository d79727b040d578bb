import math

import numpy as np
import pytest
from scipy import stats

from radio_models.fading import (
    DRAWS,
    amplitude,
    autocorrelation,
    coherence_s,
    direct_wave,
    doppler_hz,
    fade_duration_s,
    frame_exceeds_block,
    joint_doppler_hz,
    level_crossings_hz,
    nakagami_gain,
    rayleigh_gain,
    rician_gain,
    scattering,
)
from radio_models.propagation import SPEED_OF_LIGHT_M_PER_S

LINKS = 60_000
DOPPLERS_HZ = [(10.0, 0.0), (10.0, 7.0), (0.0, 0.0)]


def links(count, *, seed=1, shape=()):
    return scattering(np.random.default_rng(seed).random((count, *shape, DRAWS)))


@pytest.fixture(scope="module")
def scattered():
    """One amplitude of each of many links, at one time."""
    return amplitude(links(LINKS), 30.0, 11.0, 0.7), direct_wave(links(LINKS), 30.0, 11.0, 0.7)


def test_doppler_and_coherence():
    assert float(doppler_hz(3.0, SPEED_OF_LIGHT_M_PER_S)) == 3.0
    assert float(joint_doppler_hz(3.0, 4.0)) == 5.0
    assert coherence_s([10.0, 0.0]).tolist() == [0.0423, math.inf]
    assert frame_exceeds_block([0.1, 0.3, 0.3], [0.2, 0.2, math.inf]).tolist() == [False, True, False]


@pytest.mark.statistical
def test_gains_have_the_mean_the_variance_and_the_law_they_should(scattered):
    """Means and variances to 5 standard errors (6 in 10 million each), Kolmogorov-Smirnov at 1 in 10,000."""
    waves, direct = scattered
    expected = {m: (nakagami_gain(waves, m), 1 / m, stats.gamma(m, scale=1 / m)) for m in (0.5, 1.0, 2.7, 8.0)}
    for k in (0.0, 1.0, 6.0):
        law = stats.ncx2(2, 2 * k, scale=0.5 / (1 + k))
        expected[f"K {k}"] = rician_gain(waves, direct, k), (1 + 2 * k) / (1 + k) ** 2, law
    for name, (gain, variance, law) in expected.items():
        errors = math.sqrt(variance / LINKS), math.sqrt(np.var((gain - 1.0) ** 2) / LINKS)
        assert abs(gain.mean() - 1.0) < 5 * errors[0], name
        assert abs(gain.var() - variance) < 5 * errors[1] + 5e-3 * variance, name
        assert stats.kstest(gain, law.cdf).pvalue > 1e-4, name


def test_m_of_1_and_k_of_0_are_rayleigh(scattered):
    waves, direct = scattered
    assert np.array_equal(nakagami_gain(waves, 1.0), rayleigh_gain(waves))
    assert np.allclose(rician_gain(waves, direct, 0.0), rayleigh_gain(waves), rtol=1e-12)


def test_a_copula_keeps_the_order_of_gains(scattered):
    waves, _ = scattered
    order = np.argsort(rayleigh_gain(waves[:2000]))
    for m in (0.5, 3.3):
        assert (np.diff(nakagami_gain(waves[:2000], m)[order]) >= 0.0).all()


@pytest.mark.statistical
@pytest.mark.parametrize(("first_hz", "second_hz"), DOPPLERS_HZ)
def test_autocorrelation_over_links_is_that_of_clarke_and_of_akki_and_haber(first_hz, second_hz):
    """Sample correlation of 20,000 links at 8 lags, each within 4.5 standard errors: 7 in a million each."""
    waves, count = links(20_000, seed=2), 20_000
    start = amplitude(waves, first_hz, second_hz, 0.3)
    for lag_s in (0.003, 0.01, 0.02, 0.038, 0.05, 0.09, 0.15, 0.4):
        sample = (start.conj() * amplitude(waves, first_hz, second_hz, 0.3 + lag_s)).real.mean()
        true = float(autocorrelation(first_hz, second_hz, lag_s))
        assert abs(sample - true) < 4.5 * math.sqrt((1 + true**2) / 2 / count) + 1e-12


@pytest.mark.parametrize(("first_hz", "second_hz"), DOPPLERS_HZ[:2])
def test_each_single_link_keeps_close_to_it_while_it_lasts(first_hz, second_hz):
    """In time, over 100 s: to 0.15 at the worst of 20 links."""
    waves, time_s = links(20, shape=(1,)), np.linspace(0.0, 100.0, 2001)
    start = amplitude(waves, first_hz, second_hz, time_s)
    for lag_s in (0.01, 0.03, 0.06):
        later = amplitude(waves, first_hz, second_hz, time_s + lag_s)
        found = (start.conj() * later).mean(axis=1).real
        assert np.abs(found - float(autocorrelation(first_hz, second_hz, lag_s))).max() < 0.15


@pytest.mark.statistical
@pytest.mark.parametrize(("first_hz", "second_hz"), DOPPLERS_HZ[:2])
@pytest.mark.parametrize("level", [0.3, 1.0])
def test_level_crossings_and_fades_are_those_of_rayleigh(first_hz, second_hz, level):
    """Over 1,600 crossings in 240 s: 12 % are 3.5 standard errors of counts with twice the variance of Poisson's."""
    step_s, count = 1e-3, 6000
    waves = links(40, seed=3, shape=(1,))
    envelope = np.sqrt(rayleigh_gain(amplitude(waves, first_hz, second_hz, np.arange(count) * step_s)))
    below = envelope < level
    rises = int((below[:, :-1] & ~below[:, 1:]).sum())
    shift_hz = float(joint_doppler_hz(first_hz, second_hz))
    seconds = 40 * (count - 1) * step_s
    assert rises / seconds == pytest.approx(float(level_crossings_hz(level, shift_hz)), rel=0.12)
    assert below.sum() * step_s / rises == pytest.approx(float(fade_duration_s(level, shift_hz)), rel=0.12)


def test_crossings_times_duration_are_the_share_below():
    level = np.array([0.1, 0.5, 1.0, 2.0])
    share = level_crossings_hz(level, 33.0) * fade_duration_s(level, 33.0)
    assert share == pytest.approx(1.0 - np.exp(-(level**2)))


def test_a_link_at_rest_keeps_its_gain():
    waves = links(5, shape=(1,))
    gains = rayleigh_gain(amplitude(waves, 0.0, 0.0, np.array([0.0, 1.0, 1e6])))
    assert np.ptp(gains, axis=1).tolist() == [0.0] * 5
    assert len(np.unique(gains[:, 0])) == 5


def test_a_link_does_not_depend_on_who_is_asked_about_with_it():
    waves = links(7)
    together = amplitude(waves, 30.0, 11.0, 0.7)
    alone = [amplitude(scattering(np.concatenate(parts)), 30.0, 11.0, 0.7) for parts in zip(*waves, strict=True)]
    assert together.tolist() == [complex(one) for one in alone]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: scattering([2.0] * DRAWS), "A uniform number"),
        (lambda: doppler_hz(-1.0, 1e9), "A speed"),
        (lambda: doppler_hz(1.0, 0.0), "A frequency"),
        (lambda: coherence_s(-1.0), "A Doppler shift"),
        (lambda: nakagami_gain(1j, 0.4), "Nakagami's m"),
        (lambda: rician_gain(1j, 1.0, -1.0), "A Rician K"),
        (lambda: level_crossings_hz(-1.0, 1.0), "A level"),
        (lambda: fade_duration_s(0.0, 1.0), "A level"),
        (lambda: frame_exceeds_block(-1.0, 1.0), "The length of a frame"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
