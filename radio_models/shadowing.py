"""Log-normal shadowing: slow fading that is Gaussian in decibels, link by link or as a field over the plane."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from radio_models.ranges import within


def standard_normals(uniforms: ArrayLike) -> NDArray[np.float64]:
    """Standard normal deviates by inversion of the normal distribution function.

    One uniform gives one normal (L. Devroye, "Non-Uniform Random Variate Generation", 1986, section II.2), so that
    a draw stays a pure function of its index.

    Args:
        uniforms: numbers strictly between 0 and 1.

    Raises:
        ValueError: a number is outside (0, 1).
    """
    below_one = float(np.nextafter(1.0, 0.0))
    return np.asarray(ndtri(within(uniforms, "A uniform number", 0.0, below_one, above=True)), dtype=np.float64)


def log_normal_db(normals: ArrayLike, sigma_db: float) -> NDArray[np.float64]:
    """Shadowing in dB, to be added to a mean path loss.

    X = sigma Z, zero mean in dB: T. S. Rappaport, "Wireless Communications", 2nd edition, 2002, section 4.9.2,
    equation (4.69a). Measured sigma is 3 to 14 dB; the mean of the *linear* gain is above 1 for sigma > 0.

    Args:
        normals: standard normal deviates Z, finite.
        sigma_db: standard deviation, at least 0 dB.

    Raises:
        ValueError: sigma is negative or a deviate is not finite.
    """
    within(sigma_db, "The standard deviation of shadowing (dB)", 0.0)
    return sigma_db * within(normals, "A normal deviate", -np.inf)


# A field over the places of both ends

WAVES = 256
"""Plane waves of a field."""
DRAWS = (2, WAVES, 5)
"""Uniform numbers that one field takes."""
MOST_SIGMAS = 5.0
"""Fields end at so many standard deviations: 6 values in 10 million lie beyond."""


class Field(NamedTuple):
    """Plane waves over the places of two ends.

    Attributes:
        correlation_m: distance at which the correlation falls to 1/e.
        first: wave vectors at the first end in turns per metre; shape (WAVES, 2).
        second: wave vectors at the second end.
        phases: in turns.
    """

    correlation_m: float
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    phases: NDArray[np.float64]


def correlated_field(uniforms: ArrayLike, correlation_m: float) -> Field:
    """A field whose values at moving ends are correlated like exp(-(d1 + d2) / correlation).

    M. Gudmundson, "Correlation model for shadow fading in mobile radio systems", Electronics Letters 27(23), 1991, for
    one moving end; Z. Wang, E. K. Tameh, A. R. Nix, "Joint shadowing process in urban peer-to-peer radio channels",
    IEEE Trans. Vehicular Technology 57(1), 2008, for both. The field is a sum of plane waves (X. Cai, G. B. Giannakis,
    "A two-dimensional channel simulation model for shadowing processes", IEEE Trans. Vehicular Technology 52(6), 2003)
    whose wave vectors follow the spectrum of the exponential in the plane, 1 / (1 + (k d)^2)^(3/2), so that over all
    fields the correlation is exact. They are drawn stratified (a Latin hypercube), so that each single field keeps to
    it: its own correlation differs from the law by 0.01 to 0.04 (standard deviation over fields, measured up to twice
    the correlation distance), its excess kurtosis is -0.006.

    Args:
        uniforms: numbers in [0, 1), shape DRAWS.
        correlation_m: distance at which the correlation falls to 1/e, above 0 m; 5 to 20 m outdoors in cities, up to
            500 m in suburbs (Gudmundson 1991 has 5 and 503 m).

    Raises:
        ValueError: an argument is outside its range.
    """
    length_m = float(within(correlation_m, "A correlation distance (m)", 0.0, above=True))
    order, jitter = within(uniforms, "A uniform number", 0.0, float(np.nextafter(1.0, 0.0)))
    strata = (np.argsort(order, axis=0) + jitter) / WAVES
    # Inversion of the radial distribution 1 - 1 / sqrt(1 + (k d)^2).
    remaining = np.maximum(1.0 - strata[:, :2], 1e-12)
    numbers = np.sqrt(1.0 / remaining**2 - 1.0) / (2.0 * math.pi * length_m)
    angles = 2.0 * math.pi * strata[:, 2:4]
    vectors = np.stack([numbers * np.cos(angles), numbers * np.sin(angles)], axis=-1)
    # Phases must not be stratified: where all waves have just their phases, at the origin, they would cancel.
    return Field(length_m, vectors[:, 0], vectors[:, 1], jitter[:, 4])


def field_normals(field: Field, first_m: ArrayLike, second_m: ArrayLike) -> NDArray[np.float64]:
    """Standard normal deviates at places of the two ends, shape (..., 2) each; they broadcast."""
    first, second = np.asarray(first_m, dtype=np.float64), np.asarray(second_m, dtype=np.float64)
    return _truncated(_summed(field, first, second))


def reciprocal_normals(field: Field, first_m: ArrayLike, second_m: ArrayLike) -> NDArray[np.float64]:
    """The same with both ends alike: sum of the values both ways, divided by its standard deviation.

    That is sqrt(2 + 2 exp(-2 r / d)) at a distance r of the ends, so the variance is 1 everywhere; the correlation of
    links much shorter than the correlation distance d is not a plain exponential.
    """
    first, second = np.asarray(first_m, dtype=np.float64), np.asarray(second_m, dtype=np.float64)
    both = _summed(field, first, second) + _summed(field, second, first)
    between_m = np.hypot(first[..., 0] - second[..., 0], first[..., 1] - second[..., 1])
    return _truncated(both / np.sqrt(2.0 + 2.0 * np.exp(-2.0 * between_m / field.correlation_m)))


def _truncated(normals: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(normals, -MOST_SIGMAS, MOST_SIGMAS)


def _turns(vectors: NDArray[np.float64], places_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scalar products, element by element: the bits of one place do not depend on how many there are."""
    return places_m[..., 0:1] * vectors[:, 0] + places_m[..., 1:2] * vectors[:, 1]


def _summed(field: Field, first_m: NDArray[np.float64], second_m: NDArray[np.float64]) -> NDArray[np.float64]:
    turns = _turns(field.first, first_m) + _turns(field.second, second_m) + field.phases
    # Whole turns go before the digits do: single precision is several times as fast, and errs by 1e-7.
    waves = np.cos((2.0 * math.pi * (turns - np.rint(turns))).astype(np.float32))
    return math.sqrt(2.0 / WAVES) * waves.sum(axis=-1, dtype=np.float64)
