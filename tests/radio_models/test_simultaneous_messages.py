import numpy as np
import pytest

from radio_models.dcf import Dcf
from radio_models.simultaneous_messages import simultaneous_messages

OFDM = Dcf(9e-6, 16e-6, 34e-6, 15, 1023, 7, 44e-6, 45e-6)
FRAME_S, LAST_S = 2.072e-3, 1.928e-3


def test_a_lone_message_ends_as_its_frames_do():
    alone = simultaneous_messages(1, OFDM, FRAME_S, LAST_S, 10)
    # The first frame has no backoff; nine means of 7.5 slots, within 5 standard errors of 100 runs: 62 us.
    expected_s = 9 * (34e-6 + FRAME_S + 60e-6) + 9 * 67.5e-6 + 34e-6 + LAST_S
    assert alone.end_s.mean() == pytest.approx(expected_s, abs=62e-6)
    assert (alone.attempts == 10).all()
    assert (alone.lost == 0).all()


def test_the_first_frames_of_all_collide():
    two = simultaneous_messages(2, OFDM, FRAME_S, FRAME_S, 1)
    assert (two.attempts >= 2).all()


def test_four_messages_share_the_air_frame_by_frame():
    # Sharing, all end together; a queue would end them at a quarter, a half, three quarters and the whole time.
    four = simultaneous_messages(4, OFDM, FRAME_S, LAST_S, 68, replicas=50)
    last_s = four.end_s.max(axis=1)
    # ns-3.37: 0.609 s in the mean and 0.671 s the last, 10 runs; 3 standard errors of the mean of the last are 0.011 s.
    assert last_s.mean() == pytest.approx(0.6706, abs=0.0106 + 3 * last_s.std() / np.sqrt(50))
    assert four.end_s.mean() / last_s.mean() > 0.85


def test_a_channel_that_loses_everything_drops_every_fragment():
    dead = simultaneous_messages(2, OFDM, FRAME_S, LAST_S, 3, error=1.0, replicas=5)
    assert (dead.lost == 3).all()
    assert (dead.attempts == 21).all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: simultaneous_messages(1, OFDM, 0.0, LAST_S, 2), "An air time"),
        (lambda: simultaneous_messages(1, OFDM, FRAME_S, LAST_S, 0), "A number of fragments"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
