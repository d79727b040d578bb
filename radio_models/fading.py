"""Fast fading of one link: a complex Gaussian process of both ends' Doppler, and the gains made of it.

The process is a sum of plane waves that leave the sender and reach the receiver from all sides (A. S. Akki, F. Haber,
"A statistical model of mobile-to-mobile land communication channel", IEEE Trans. Vehicular Technology 35(1), 1986),

    h(t) = 1 / sqrt(N) sum over n of exp(j (2 pi t (f1 cos a_n + f2 cos b_n) + phi_n)),

with the Doppler frequencies f1 and f2 of the two ends. Over all links its autocorrelation is exactly
J0(2 pi f1 t) J0(2 pi f2 t), which is Clarke's J0(2 pi f t) where one end rests. The angles are those of a lattice with
a random shift (C. S. Patel, G. L. Stuber, T. G. Pratt, "Simulation of Rayleigh-faded mobile-to-mobile communication
channels", IEEE Trans. Communications 53(11), 2005, have such a grid), so that each single link keeps close to it too.
The power |h|^2 of N waves is not quite exponential; `rayleigh_gain` removes the first-order term of the difference.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainccinv, gammaincinv, j0

from radio_models.propagation import SPEED_OF_LIGHT_M_PER_S
from radio_models.ranges import within

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

WAVES = 64
"""Waves N of a link."""
GENERATOR = 23
"""Steps in the second angle for one in the first."""
_FIRST = np.exp(2j * np.pi * np.arange(WAVES) / WAVES)
_SECOND = _FIRST**GENERATOR
"""A lattice of rank 1 in the two angles."""
COHERENCE = 0.423
"""Coherence time times Doppler frequency: sqrt(9 / (16 pi)) (Rappaport 2002, equation (5.40.c))."""
LEAST_SHAPE = 0.5
"""Nakagami's m: a one-sided Gaussian; less is no law of fading (M. Nakagami, "The m-distribution", 1960)."""


class Scattering(NamedTuple):
    """How the waves of some links run; the first axes are those of the links.

    Attributes:
        phases: of each wave at time 0, in turns; shape (..., WAVES).
        shifts: of the two lattices of angles and of the direct wave, in turns; shape (..., 5).
    """

    phases: Floats
    shifts: Floats


DRAWS = WAVES + 5
"""Uniform numbers that one link takes."""


def scattering(uniforms: ArrayLike) -> Scattering:
    """The waves of links from uniform numbers in [0, 1], shape (..., DRAWS)."""
    drawn = within(uniforms, "A uniform number", 0.0, 1.0)
    return Scattering(drawn[..., :WAVES], drawn[..., WAVES:])


# Time


def doppler_hz(speed_m_per_s: ArrayLike, frequency_hz: float) -> Floats:
    """Largest Doppler shift v f / c (Rappaport 2002, equation (5.2)).

    Raises:
        ValueError: a speed is negative, or the carrier not above 0.
    """
    within(frequency_hz, "A frequency (Hz)", 0.0, above=True)
    return within(speed_m_per_s, "A speed (m/s)", 0.0) * (frequency_hz / SPEED_OF_LIGHT_M_PER_S)


def joint_doppler_hz(first_hz: ArrayLike, second_hz: ArrayLike) -> Floats:
    """sqrt(f1^2 + f2^2): what takes the place of f in the rates of two moving ends (Akki and Haber 1986)."""
    return np.hypot(within(first_hz, "A Doppler shift (Hz)", 0.0), within(second_hz, "A Doppler shift (Hz)", 0.0))


def coherence_s(doppler_hz: ArrayLike) -> Floats:
    """Coherence time 0.423 / f (Rappaport 2002, equation (5.40.c)); inf where nothing moves.

    Raises:
        ValueError: a Doppler shift is negative.
    """
    with np.errstate(divide="ignore"):
        return COHERENCE / within(doppler_hz, "A Doppler shift (Hz)", 0.0)


def frame_exceeds_block(frame_s: ArrayLike, block_s: ArrayLike) -> NDArray[np.bool_]:
    """Whether a frame lasts longer than the fading is taken to stand still: outside the range of block fading."""
    return within(frame_s, "The length of a frame (s)", 0.0) > within(block_s, "A block (s)", 0.0, math.inf)


# The process


def amplitude(waves: Scattering, first_hz: ArrayLike, second_hz: ArrayLike, time_s: ArrayLike) -> Complexes:
    """The process h at some times, of mean power 1; Doppler shifts and times broadcast against the links.

    Args:
        waves: the links.
        first_hz: Doppler shift of one end, at least 0 Hz.
        second_hz: of the other.
        time_s: when.
    """
    shift_hz = _rotated(_FIRST, waves.shifts[..., 0:1]) * _column(first_hz)
    shift_hz = shift_hz + _rotated(_SECOND, waves.shifts[..., 1:2]) * _column(second_hz)
    turns = shift_hz * _column(time_s) + waves.phases
    # Whole turns go before the digits do: single precision is 6 times as fast, and its error is 1e-7 of an amplitude.
    angles = (2.0 * np.pi * (turns - np.rint(turns))).astype(np.float32)
    real, imaginary = (wave.sum(axis=-1, dtype=np.float64) for wave in (np.cos(angles), np.sin(angles)))
    return (real + 1j * imaginary) / math.sqrt(WAVES)


def _rotated(lattice: Complexes, shift: Floats) -> Floats:
    """Cosines of a lattice of angles turned by a shift."""
    return np.real(lattice) * np.cos(2.0 * np.pi * shift) - np.imag(lattice) * np.sin(2.0 * np.pi * shift)


def _column(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)[..., np.newaxis]


def direct_wave(waves: Scattering, first_hz: ArrayLike, second_hz: ArrayLike, time_s: ArrayLike) -> Complexes:
    """A wave of power 1 on the straight way, which each end meets at a constant angle; arguments as `amplitude`."""
    turns = waves.shifts[..., 2:5]
    first = np.cos(2.0 * np.pi * turns[..., 0]) * np.asarray(first_hz, dtype=np.float64)
    second = np.cos(2.0 * np.pi * turns[..., 1]) * np.asarray(second_hz, dtype=np.float64)
    return np.exp(2j * np.pi * ((first + second) * np.asarray(time_s, dtype=np.float64) + turns[..., 2]))


def autocorrelation(first_hz: ArrayLike, second_hz: ArrayLike, lag_s: ArrayLike) -> Floats:
    """J0(2 pi f1 t) J0(2 pi f2 t) (Akki and Haber 1986; R. H. Clarke, Bell System Technical Journal 47(6), 1968)."""
    turn = 2.0 * np.pi * np.asarray(lag_s, dtype=np.float64)
    first, second = turn * np.asarray(first_hz, dtype=np.float64), turn * np.asarray(second_hz, dtype=np.float64)
    return np.asarray(j0(first) * j0(second), dtype=np.float64)


def level_crossings_hz(level: ArrayLike, doppler_hz: ArrayLike) -> Floats:
    """How often a Rayleigh envelope rises through a level: sqrt(2 pi) f rho exp(-rho^2) (Rappaport, equation (5.80)).

    Args:
        level: rho, amplitude over its root mean square, at least 0.
        doppler_hz: f; for two moving ends that of `joint_doppler_hz`.
    """
    rho = within(level, "A level (ratio of amplitudes)", 0.0)
    return math.sqrt(2.0 * math.pi) * within(doppler_hz, "A Doppler shift (Hz)", 0.0) * rho * np.exp(-(rho**2))


def fade_duration_s(level: ArrayLike, doppler_hz: ArrayLike) -> Floats:
    """How long a Rayleigh envelope stays below a level: (exp(rho^2) - 1) / (rho f sqrt(2 pi)) (Rappaport, (5.84))."""
    rho = within(level, "A level (ratio of amplitudes)", 0.0, above=True)
    shift_hz = within(doppler_hz, "A Doppler shift (Hz)", 0.0, above=True)
    return np.expm1(rho**2) / (rho * shift_hz * math.sqrt(2.0 * math.pi))


# Gains, of mean 1


def rayleigh_gain(scattered: ArrayLike) -> Floats:
    """Power gain of a scattered amplitude: exponential, of mean 1 and variance 1.

    The power x of N waves of equal strength has the survival function exp(-x) (1 + (x - x^2 / 2) / (2 N)) up to terms
    of 1 / N^2 (Edgeworth expansion about the Gaussian; its variance is 1 - 1 / N, exact). The gain is the exponential
    quantile of it, so what is left is of the order 1 / N^2, 0.02 %. Reconstruction; `tests` have the comparison.
    """
    power = np.abs(scattered) ** 2
    survival = 1.0 + (power - 0.5 * power**2) / (2.0 * WAVES)
    return power - np.log(np.maximum(survival, _LEAST_SURVIVAL))


_LEAST_SURVIVAL = 0.01
"""The expansion ends where it would turn negative: beyond 16 times the mean, one gain in 10 million."""


def rician_gain(scattered: ArrayLike, direct: ArrayLike, k: float) -> Floats:
    """Power gain of scattered waves and a direct one that is K times as strong: mean 1, variance (1 + 2K) / (1 + K)^2.

    S. O. Rice, "Mathematical analysis of random noise", Bell System Technical Journal 24, 1945; Rappaport 2002,
    section 5.6.2.

    Args:
        scattered: scattered amplitude, of mean power 1.
        direct: amplitude of the direct wave, of power 1.
        k: ratio of powers K, at least 0.

    Raises:
        ValueError: K is negative.
    """
    share = float(within(k, "A Rician K (ratio of powers)", 0.0))
    waves = np.asarray(scattered)
    power = np.abs(waves) ** 2
    scale = np.sqrt(np.divide(rayleigh_gain(waves), power, out=np.ones_like(power), where=power > 0.0))
    return np.abs(waves * scale + math.sqrt(share) * np.asarray(direct)) ** 2 / (1.0 + share)


def nakagami_gain(scattered: ArrayLike, m: float) -> Floats:
    """Power gain of Nakagami's m: a gamma distribution of mean 1 and variance 1 / m.

    The exponential gain is mapped, quantile by quantile, to the gamma law of shape m: a Gaussian copula in time
    (J. C. S. Santos Filho, M. D. Yacoub, G. Fraidenraich, "A simple accurate method for generating autocorrelated
    Nakagami-m envelope sequences", IEEE Communications Letters 11(3), 2007, do so for envelopes). At m = 1 it is the
    Rayleigh gain itself; correlation in time is that of the Gaussian process, not of any scattering with m waves.

    Args:
        scattered: scattered amplitude, of mean power 1.
        m: shape, at least 0.5.

    Raises:
        ValueError: m is outside its range.
    """
    shape = float(within(m, "Nakagami's m", LEAST_SHAPE))
    gain = rayleigh_gain(scattered)
    if shape == 1.0:
        return gain
    # From the nearer end of the distribution, where no digits are lost.
    low = gammaincinv(shape, -np.expm1(-gain))
    return np.where(gain < 0.5, low, gammainccinv(shape, np.exp(-gain))) / shape
