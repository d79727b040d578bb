from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.erasure import Erasure
from cosim.sim.first_order import FirstOrder
from cosim.sim.radio import Radio, fragments, overheard_s, plain_frames
from cosim.sim.wifi import Wifi80211a, Wifi80211g
from radio_models.transceivers import Transceiver

REPEATABLE = settings(deadline=None, derandomize=True)
RADIOS = [
    Wifi80211a(),
    Wifi80211g(),
    Erasure(rate_bit_per_s=1e6, loss=0.3),
    FirstOrder(rate_bit_per_s=1e6, range_m=50.0),
]
ASKED = sorted(name for name in vars(Radio) if not name.startswith("_"))


@pytest.mark.parametrize("radio", RADIOS)
def test_every_radio_offers_all_that_is_asked(radio):
    assert "frames" in ASKED
    assert [name for name in ASKED if not hasattr(radio, name)] == []


@pytest.mark.parametrize("radio", RADIOS)
def test_radios_are_values(radio):
    same = type(radio)(**{field.name: getattr(radio, field.name) for field in fields(radio)})
    assert same == radio
    assert hash(same) == hash(radio)
    with pytest.raises(AttributeError):
        radio.max_attempts = 3


DROPS = Transceiver(idle_w=0.5, receive_w=0.75, transmit_w=2.0, sleep_w=0.1, overhearing="header")


def test_a_bystander_receives_whole_frames_or_their_headers():
    """At 6 Mb/s the headers are 20 us of PHY and 24 bytes, that is 9 symbols of 4 us with service and tail bits."""
    assert overheard_s(Wifi80211a(), 608e-6) == 608e-6
    assert overheard_s(Wifi80211a(transceiver=DROPS), 608e-6) == pytest.approx(56e-6, rel=1e-12)
    assert overheard_s(Wifi80211a(transceiver=DROPS), 44e-6) == 44e-6
    # A radio that does not say how long its headers are: a frame without payload.
    assert overheard_s(Erasure(rate_bit_per_s=1e6, header_bytes=20, transceiver=DROPS), 1e-3) == pytest.approx(160e-6)


@pytest.mark.parametrize("radio", RADIOS)
def test_prices_are_parameters(radio):
    assert type(radio).prices <= {field.name for field in fields(radio)}


@pytest.mark.parametrize("radio", RADIOS)
@REPEATABLE
@given(payload_bits=st.integers(0, 10**7))
def test_frames_hold_the_message_and_nothing_else(radio, payload_bits):
    frames = radio.frames(payload_bits)
    held_bytes = (frames.count - 1) * frames.full_bytes + frames.last_bytes
    assert held_bytes == -(-payload_bits // 8)
    assert 0 < frames.last_bytes <= frames.full_bytes or payload_bits == 0
    assert 8 * frames.full_bytes <= frames.full_bits
    assert 8 * frames.last_bytes <= frames.last_bits
    assert frames.last_airtime_s <= frames.full_airtime_s


@pytest.mark.parametrize("radio", RADIOS)
@REPEATABLE
@given(one=st.integers(0, 10**6), other=st.integers(0, 10**6))
def test_time_on_air_rises_with_the_message(radio, one, other):
    short, long = (radio.frames(bits) for bits in sorted((one, other)))
    assert _air_s(short) <= _air_s(long) * (1 + 1e-12)


@pytest.mark.parametrize("radio", RADIOS)
def test_frames_are_computed_once(radio):
    assert radio.frames(123_456) is radio.frames(123_456)


@pytest.mark.parametrize("radio", RADIOS)
def test_answers_have_the_broadcast_shape(radio):
    snr_db, distance_m = np.full((3, 1), 20.0), np.full((1, 4), 10.0)
    assert radio.snr_db(np.full((2, 3), 80.0), 16.0).shape == (2, 3)
    assert radio.hears(snr_db, distance_m).shape == (3, 4)
    assert radio.hears(snr_db, distance_m).dtype == np.bool_
    assert radio.frame_error_rate(snr_db, np.array([10, 1472])).shape == (3, 2)
    assert radio.ack_error_rate(snr_db).shape == (3, 1)


@pytest.mark.parametrize("radio", RADIOS)
def test_scalars_are_answered_with_scalars(radio):
    assert np.ndim(radio.snr_db(80.0, 16.0)) == 0
    assert bool(radio.hears(20.0, 10.0)) is True
    assert 0.0 <= float(radio.frame_error_rate(20.0, 1472)) <= 1.0
    assert 0.0 <= float(radio.ack_error_rate(20.0)) <= 1.0


@pytest.mark.parametrize(
    ("payload_bits", "expected"),
    [(0, (1, 0)), (1, (1, 1)), (8 * 1472, (1, 1472)), (8 * 1472 + 1, (2, 1)), (8_000_000, (680, 512))],
)
def test_fragments(payload_bits, expected):
    assert fragments(payload_bits, 1472) == expected


def test_negative_messages_are_refused():
    with pytest.raises(ValueError, match="at least 0; got -1"):
        fragments(-1, 1472)


def test_plain_frames_last_their_bits_over_the_rate():
    frames = plain_frames(8 * 250, 100, 25, 1e6)
    assert (frames.count, frames.full_bytes, frames.last_bytes) == (3, 100, 50)
    assert (frames.full_bits, frames.last_bits) == (1000, 600)
    assert (frames.full_airtime_s, frames.last_airtime_s) == (1e-3, 6e-4)


def _air_s(frames):
    return (frames.count - 1) * frames.full_airtime_s + frames.last_airtime_s
