"""Probability that nothing stands between two antennas: 3GPP TR 38.901 V16.1.0, clause 7.4.2, table 7.4.2-1.

Distances are planar and outdoor. Links are drawn independently by those who use it: the clause 7.6.3 on how the state
of near links hangs together is left out.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within

Surroundings = Literal["umi_street_canyon", "uma", "inh_mixed_office", "inh_open_office", "rma"]
Floats = NDArray[np.float64]

HIGHEST_TERMINAL_M = 23.0
"""Up to this height of a terminal the probability of UMa is given."""


def line_of_sight_probability(
    distance_m: ArrayLike, surroundings: Surroundings, terminal_height_m: float = 1.5
) -> Floats:
    """Probability of a line of sight, 1 near and falling with the distance (but for +0.003 in open offices at 49 m).

    Args:
        distance_m: planar distance, at least 0 m.
        surroundings: which row of the table.
        terminal_height_m: height of the terminal, 0 to 23 m; it counts in UMa alone.

    Raises:
        ValueError: an argument is outside its range.
    """
    distance = within(distance_m, "A distance (m)", 0.0)
    within(terminal_height_m, "The height of a terminal (m)", 0.0, HIGHEST_TERMINAL_M)
    if surroundings == "uma":
        return np.minimum(_street(distance, 63.0) * (1.0 + _raised(distance, terminal_height_m)), 1.0)
    return _BY_DISTANCE[surroundings](distance)


def _street(distance: Floats, decay_m: float) -> Floats:
    """18/d + exp(-d / decay) (1 - 18/d) beyond 18 m."""
    near = 18.0 / np.maximum(distance, 18.0)
    return near + np.exp(-np.maximum(distance, 18.0) / decay_m) * (1.0 - near)


def _raised(distance: Floats, terminal_m: float) -> Floats:
    """What a terminal above 13 m gains in UMa beyond 18 m: C' 5/4 (d / 100)^3 exp(-d / 150)."""
    factor = (max(terminal_m - 13.0, 0.0) / 10.0) ** 1.5
    return np.where(distance > 18.0, factor * 1.25 * (distance / 100.0) ** 3 * np.exp(-distance / 150.0), 0.0)


def _canyon(distance: Floats) -> Floats:
    return _street(distance, 36.0)


def _mixed_office(distance: Floats) -> Floats:
    far = 0.32 * np.exp(-(np.maximum(distance, 6.5) - 6.5) / 32.6)
    return np.where(distance < 6.5, np.exp(-np.maximum(distance - 1.2, 0.0) / 4.7), far)


def _open_office(distance: Floats) -> Floats:
    far = 0.54 * np.exp(-(np.maximum(distance, 49.0) - 49.0) / 211.7)
    return np.where(distance <= 49.0, np.exp(-np.maximum(distance - 5.0, 0.0) / 70.8), far)


def _rural(distance: Floats) -> Floats:
    return np.exp(-np.maximum(distance - 10.0, 0.0) / 1000.0)


_BY_DISTANCE = {
    "umi_street_canyon": _canyon,
    "inh_mixed_office": _mixed_office,
    "inh_open_office": _open_office,
    "rma": _rural,
}
