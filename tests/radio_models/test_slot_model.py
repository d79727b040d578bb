from radio_models.slot_model import Backoff, stationary


def test_broadcasts_never_widen_their_window():
    alone = stationary(1, Backoff(15, 1023, 7, 0, acknowledged=False), 1.0)
    assert abs(alone[0] - 7.5) < 0.1
