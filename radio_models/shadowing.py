"""Log-normal shadowing: slow fading that is Gaussian in decibels."""

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
