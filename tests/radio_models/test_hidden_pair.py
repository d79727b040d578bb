import pytest

from radio_models.dcf import Dcf
from radio_models.hidden_pair import hidden_loss

DCF = Dcf(9e-6, 16e-6, 34e-6, 15, 1023, 7, 28e-6, 45e-6)


def test_frames_longer_than_all_backoffs_hardly_ever_escape_and_short_ones_mostly_do():
    long, short = (hidden_loss(DCF, frame_s, frame_s).mean for frame_s in (20e-3, 10e-6))
    assert long > 0.98
    assert short < 0.15


def test_losses_rise_with_the_length_of_frames():
    losses = [hidden_loss(DCF, frame_s, frame_s).mean for frame_s in (1e-4, 3e-4, 1e-3, 3e-3)]
    assert losses == sorted(losses)


def test_a_single_attempt_never_backs_off_farther():
    """Without repetition windows stay at 15 slots, 135 us and less: a frame of 1 ms never fits between two."""
    assert hidden_loss(DCF._replace(max_attempts=1), 1e-3, 1e-3).mean == 1.0


def test_a_frame_lasts_some_time():
    with pytest.raises(ValueError, match="air time"):
        hidden_loss(DCF, 0.0, 1e-3)


def test_who_lost_a_frame_is_likelier_to_lose_the_next():
    loss = hidden_loss(DCF, 524e-6, 524e-6)
    assert loss.first < loss.mean < loss.again
