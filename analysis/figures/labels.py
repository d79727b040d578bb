"""Places for labels beside points, such that they cover as little as possible."""

import numpy as np
from numpy.typing import NDArray

AWAY_PT = 8.0
"""From a point to the middle of its label."""

SIZE_PT = np.array([11.0, 8.0])
"""Width and height of a label of two digits at 8 points."""

MARK_PT = np.array([5.0, 5.0])
"""Width and height of what a label should not cover."""

WORSE = 20.0
"""How much worse it is to cover a point or a label than an obstacle."""


def spread_labels(
    points_pt: NDArray[np.float64], obstacles_pt: NDArray[np.float64], box_pt: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The middle of each point's label: of eight directions, the one in which it covers least.

    Args:
        points_pt: one row per point, in typographic points; rows that are not numbers get no place.
        obstacles_pt: what else should rather not be covered, one row each.
        box_pt: lower left and upper right corner of the box in which the labels should stay.

    Returns:
        One row per label; a greedy choice in the order of the points, the same for the same points.
    """
    angles = np.pi / 4 * np.array([1, 3, 7, 5, 2, 6, 0, 4])
    ways = AWAY_PT * np.column_stack((np.cos(angles), np.sin(angles)))
    labels = np.full_like(points_pt, np.nan)
    for place, point in enumerate(points_pt):
        spots = point + ways
        others = np.delete(points_pt, place, axis=0)
        hidden = _shared(spots, others, MARK_PT) + _shared(spots, labels, SIZE_PT) + _outside(spots, box_pt)
        covered = WORSE * hidden + _shared(spots, obstacles_pt, MARK_PT)
        labels[place] = spots[int(covered.argmin())]
    return labels


def _shared(
    spots: NDArray[np.float64], others: NDArray[np.float64], size_pt: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Area that a label at each spot shares with boxes of a size around the others."""
    known = others[np.isfinite(others).all(axis=1)]
    reach = np.minimum((SIZE_PT + size_pt) / 2 - np.abs(spots[:, None] - known), np.minimum(SIZE_PT, size_pt))
    return np.maximum(reach, 0).prod(axis=2).sum(axis=1)


def _outside(spots: NDArray[np.float64], box_pt: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of a label at each spot that is outside of the box."""
    inside = np.minimum(spots + SIZE_PT / 2, box_pt[1]) - np.maximum(spots - SIZE_PT / 2, box_pt[0])
    return SIZE_PT.prod() - np.clip(inside, 0, None).prod(axis=1)
