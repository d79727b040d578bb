import mobility
import numpy as np
import pytest

ROW = {"model": "rwp", "N": "10", "X_m": "200", "Y_m": "100", "R_m": "60", "v0": "1", "v1": "5", "pause_s": "0",
       "alpha": "0"}  # fmt: skip


def test_stays_that_touch_an_end_do_not_count():
    states = np.array([[1, 0], [0, 0], [0, 1], [1, 1], [1, 0], [0, 0], [1, 0]], dtype=bool)
    assert mobility.durations(states, True).tolist() == [2.0, 2.0]
    assert mobility.durations(states, False).tolist() == [2.0, 1.0]


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match="levy_flight"):
        mobility.model_of({**ROW, "model": "levy_flight"})


def test_a_pair_in_range_all_the_time_has_degree_and_no_life():
    found = mobility.measure({**ROW, "N": "2", "R_m": "1000"}, runs=1, window_s=50.0)[0]
    assert found.mean_degree == 1.0
    assert np.isnan(found.link_life_mean_s)
    assert found.link_change_rate_per_pair_s == 0.0


def test_lives_and_changes_belong_together():
    found = mobility.measure(ROW, runs=1, window_s=400.0)[0]
    assert 0.0 < found.central_fraction < 1.0
    assert 1.0 <= found.mean_speed <= 5.0
    # Half of all changes begin a life; at most one life of each pair is cut by either end of the window.
    assert found.link_life_mean_s * found.link_change_rate_per_pair_s / 2 <= found.mean_degree / 9
