import numpy as np
import pytest

from radio_models.kun import kun_2600_mhz_db


def test_36_db_at_a_metre_and_26_db_a_decade():
    assert kun_2600_mhz_db(np.array([1.0, 10.0, 100.0])).tolist() == [36.0, 62.0, 88.0]


def test_it_never_falls_and_never_gains():
    loss_db = kun_2600_mhz_db(np.concatenate([[0.0], np.geomspace(1e-3, 1e5, 300)]))
    assert loss_db[0] == 0.0
    assert (np.diff(loss_db) >= 0.0).all()


def test_a_negative_distance_is_refused():
    with pytest.raises(ValueError, match="A distance"):
        kun_2600_mhz_db(-1.0)
