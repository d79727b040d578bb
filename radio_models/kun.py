"""Path loss in suburbs at 2.6 GHz, measured for LTE.

Sun Kun, Wang Ping, Li Yingze, "Path loss models for suburban scenario at 2.3 GHz, 2.6 GHz and 3.5 GHz", 8th
International Symposium on Antennas, Propagation and EM Theory (ISAPE), 2008 (mark B: the constants are those that
ns-3's `Kun2600MhzPropagationLossModel` gives, the paper's table was not seen).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within

FREQUENCY_HZ = 2.6e9
"""The only carrier the model knows."""


def kun_2600_mhz_db(distance_m: ArrayLike) -> NDArray[np.float64]:
    """Loss in dB at 2.6 GHz: L = 36 + 26 log10(d), never below 0.

    Args:
        distance_m: straight distance d between the antennas, at least 0 m.

    Raises:
        ValueError: a distance is outside its range.
    """
    distance = within(distance_m, "A distance (m)", 0.0)
    with np.errstate(divide="ignore"):
        return np.maximum(36.0 + 26.0 * np.log10(distance), 0.0)
