import numpy as np
import pytest

from analysis.figures.labels import AWAY_PT, SIZE_PT, spread_labels

BOX = np.array([[0.0, 0.0], [200.0, 200.0]])
NOTHING = np.empty((0, 2))


def test_a_label_is_beside_its_point():
    labels = spread_labels(np.array([[50.0, 50.0], [100.0, 20.0]]), NOTHING, BOX)
    assert np.linalg.norm(labels - [[50.0, 50.0], [100.0, 20.0]], axis=1) == pytest.approx([AWAY_PT] * 2)


def test_labels_of_near_points_do_not_cover_each_other():
    points = np.array([[50.0, 50.0], [56.0, 50.0], [50.0, 56.0]])
    labels = spread_labels(points, NOTHING, BOX)
    for first in range(3):
        for second in range(first):
            assert (np.abs(labels[first] - labels[second]) >= SIZE_PT - 1e-9).any()


@pytest.mark.parametrize("corner", [[1.0, 1.0], [199.0, 199.0], [1.0, 199.0]])
def test_a_label_stays_in_the_box(corner):
    (label,) = spread_labels(np.array([corner]), NOTHING, BOX)
    assert ((label > 0) & (label < 200)).all()


def test_a_label_keeps_off_an_obstacle():
    point = np.array([[50.0, 50.0]])
    (free,) = spread_labels(point, NOTHING, BOX)
    (moved,) = spread_labels(point, free[None], BOX)
    assert not np.array_equal(free, moved)


def test_a_point_without_a_place_gets_no_label():
    labels = spread_labels(np.array([[np.nan, np.nan], [50.0, 50.0]]), NOTHING, BOX)
    assert np.isnan(labels[0]).all()
    assert np.isfinite(labels[1]).all()
