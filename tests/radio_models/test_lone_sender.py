import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.dcf import Dcf
from radio_models.lone_sender import Reception, StateShares, listening_s, lone_sender

REPEATABLE = settings(deadline=None, derandomize=True, max_examples=50)
OFDM = Dcf(9e-6, 16e-6, 34e-6, 15, 1023, 7, 44e-6, 45e-6)
CLEAR, FRAME_S, CHANCE = Reception(), 1.444e-3, st.floats(0.0, 1.0)


def failing(probability):
    return lone_sender(OFDM, FRAME_S, Reception(payload=1.0 - probability), CLEAR)


def test_a_clear_channel():
    clear = lone_sender(OFDM, FRAME_S, CLEAR, CLEAR)
    assert clear.frame_s == pytest.approx(1605.5e-6)
    assert clear.latency_s == pytest.approx(1545.5e-6)
    assert clear.latency_sd_s == pytest.approx(9e-6 * math.sqrt(255 / 12))
    assert clear.goodput_bit_per_s(8224) == pytest.approx(5.1224e6, rel=1e-4)
    assert (clear.attempts_per_frame, clear.loss, clear.delivered) == (1.0, 0.0, 1.0)


def test_a_broadcast_waits_for_no_answer():
    once = lone_sender(OFDM, FRAME_S, Reception(payload=0.25), CLEAR, acknowledged=False)
    assert once.frame_s == pytest.approx(1545.5e-6)
    assert (once.attempts_per_frame, once.loss, once.delivered) == (1.0, 0.75, 0.25)
    assert once.receiver.transmit == 0.0 == once.sender.receive


def test_the_measured_loss_after_seven_attempts():
    # ns-3.37 at 3 dB and 6 Mb/s: an attempt fails with 0.8792, a frame after 4.911 attempts with 0.4067.
    edge = failing(0.879184495)
    assert edge.loss == pytest.approx(0.4067, abs=1e-3)
    assert edge.attempts_per_frame == pytest.approx(4.911, rel=2e-3)


def test_a_dead_link():
    dead = failing(1.0)
    backoffs_s = 9e-6 * sum((16 << k) - 1 for k in range(7)) / 2
    assert dead.attempts_per_frame == 7.0
    assert dead.frame_s == pytest.approx(7 * (FRAME_S + 45e-6 + 34e-6) + backoffs_s)
    assert math.isnan(dead.latency_s)


@REPEATABLE
@given(CHANCE, CHANCE)
def test_loss_and_attempts_are_those_of_independent_attempts(data, ack):
    pair = lone_sender(OFDM, FRAME_S, Reception(payload=data), Reception(payload=ack))
    failure = 1.0 - data * ack
    assert pair.loss == pytest.approx(failure**7)
    assert pair.attempts_per_frame == pytest.approx(sum(failure**k for k in range(7)))
    assert pair.delivered >= 1.0 - pair.loss - 1e-12


@REPEATABLE
@given(CHANCE, CHANCE, CHANCE)
def test_states_fill_the_time(detected, header, payload):
    heard = Reception(detected, header, payload)
    pair = lone_sender(OFDM, FRAME_S, heard, heard)
    for shares in (pair.sender, pair.receiver):
        assert min(shares) >= 0.0
        assert 0.0 <= shares.idle <= 1.0
        assert shares.power_w(1.0, 1.0, 1.0, 1.0) == pytest.approx(1.0)


def test_power_is_the_sum_of_the_states():
    assert StateShares(0.5, 0.25, 0.125).power_w(8.0, 4.0, 2.0, 1.0) == pytest.approx(4.0 + 1.0 + 0.25 + 0.125)


def test_how_long_a_frame_is_listened_to():
    assert listening_s(100e-6, CLEAR) == pytest.approx((16e-6, 80e-6))
    assert listening_s(100e-6, Reception(header=0.0)) == pytest.approx((16e-6, 0.0))
    assert listening_s(100e-6, Reception(detected=0.0)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: lone_sender(OFDM, 0.0, CLEAR, CLEAR), "An air time"),
        (lambda: lone_sender(OFDM, 1e-3, Reception(payload=1.1), CLEAR), "A probability"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
