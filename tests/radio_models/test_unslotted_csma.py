import math

import pytest

from radio_models.unslotted_csma import UnslottedCsma, exponents, lone_access

CSMA = UnslottedCsma(3, 5, 4, 4, 320e-6, 128e-6, 192e-6, 352e-6, 864e-6)
FRAME_S, PAUSE_S = 3744e-6, 640e-6


def test_exponents_grow_to_the_largest():
    assert exponents(CSMA) == [3, 4, 5, 5, 5]


def test_a_clear_channel():
    # ns-3.37: 3932 frames of 100 bytes in 25 s, and 4298 without acknowledgement; 5 standard errors of 3932 backoffs
    # with a standard deviation of 733 us are 58 us.
    answered = lone_access(CSMA, FRAME_S, PAUSE_S, 1.0, 1.0, acknowledged=True)
    assert answered.frame_s == pytest.approx(1120e-6 + 128e-6 + 192e-6 + FRAME_S + 192e-6 + 352e-6 + PAUSE_S)
    assert answered.frame_s == pytest.approx(25 / 3932, abs=58e-6)
    assert answered.success_s == answered.frame_s
    unanswered = lone_access(CSMA, FRAME_S, PAUSE_S, 1.0, 1.0, acknowledged=False)
    assert unanswered.frame_s == pytest.approx(25 / 4298, abs=58e-6)


def test_a_dead_link_is_tried_four_times():
    dead = lone_access(CSMA, FRAME_S, PAUSE_S, 0.0, 1.0, acknowledged=True)
    assert (dead.attempts_per_frame, dead.loss, dead.delivered) == (4.0, 1.0, 0.0)
    assert dead.frame_s == pytest.approx(4 * (1120e-6 + 128e-6 + 192e-6 + FRAME_S + 864e-6))
    assert math.isnan(dead.success_s)


def test_a_lost_acknowledgement_repeats_what_was_received():
    half = lone_access(CSMA, FRAME_S, PAUSE_S, 1.0, 0.5, acknowledged=True)
    assert half.receptions == half.attempts_per_frame == pytest.approx(1.875)
    assert (half.delivered, half.loss) == (1.0, 0.0625)
    lost_s = 1120e-6 + 128e-6 + 192e-6 + FRAME_S + 864e-6
    # Successes at attempt 1 to 4 with weights 8, 4, 2, 1 of 15: 11/15 failures before.
    clear_s = lone_access(CSMA, FRAME_S, PAUSE_S, 1.0, 1.0, acknowledged=True).frame_s
    assert half.success_s == pytest.approx(clear_s + lost_s * 11 / 15)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: lone_access(CSMA, -1.0, PAUSE_S, 1.0, 1.0, acknowledged=True), "A time"),
        (lambda: lone_access(CSMA, FRAME_S, PAUSE_S, 1.1, 1.0, acknowledged=True), "A probability"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
