import numpy as np
import pytest
from pydantic import ValidationError

from cosim.sim.erasure import Erasure
from radio_models.transceivers import ns3_wifi

RADIO = Erasure(rate_bit_per_s=1e6, loss=0.25, header_bytes=28)


def test_air_time_is_bits_over_rate():
    frames = RADIO.frames(8 * 3000)
    assert (frames.count, frames.full_bits, frames.last_bits) == (3, 8 * 1500, 8 * 84)
    assert (frames.full_airtime_s, frames.last_airtime_s) == (12e-3, 672e-6)


def test_nothing_is_lost_or_delayed_by_default():
    free = Erasure(rate_bit_per_s=1e6)
    assert free.frame_error_rate(np.nan, 1472) == 0.0
    assert free.ack_error_rate(np.nan) == 0.0
    assert (free.latency_s, free.gap_s, free.ack_gap_s, free.ack_airtime_s, free.ack_bits) == (0.0, 0.0, 0.0, 0.0, 0)


def test_loss_is_constant():
    assert RADIO.frame_error_rate(np.full(2, np.nan), np.array([1, 1472])).tolist() == [0.25, 0.25]
    assert RADIO.frame_error_rate(-50.0, 10) == RADIO.frame_error_rate(50.0, 10) == 0.25


@pytest.mark.parametrize(("given", "expected"), [(None, 0.25), (0.0, 0.0), (1.0, 1.0)])
def test_acknowledgements_have_their_own_loss_or_that_of_frames(given, expected):
    radio = Erasure(rate_bit_per_s=1e6, loss=0.25, ack_loss=given)
    assert radio.ack_error_rate(np.nan) == expected


def test_places_change_nothing():
    assert not RADIO.uses_positions
    assert not RADIO.adapts_power
    assert RADIO.hears(np.nan, np.array([0.0, 1e9, np.nan])).all()
    assert np.isnan(RADIO.snr_db(np.array([0.0, 200.0]), 16.0)).all()


def test_watts_are_those_of_the_transceiver():
    assert (RADIO.idle_w, RADIO.receive_w, RADIO.transmit_w(0.0, 9.0), RADIO.sleep_w) == (0.0, 0.0, 0.0, 0.0)
    card = Erasure(rate_bit_per_s=1e6, transceiver=ns3_wifi)
    assert (card.idle_w, card.receive_w, card.sleep_w) == (ns3_wifi.idle_w, ns3_wifi.receive_w, ns3_wifi.sleep_w)
    assert card.transmit_w(0.0, 9.0) == ns3_wifi.transmit_w


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_bit_per_s": 0.0},
        {"rate_bit_per_s": 1e6, "loss": 1.1},
        {"rate_bit_per_s": 1e6, "loss": -0.1},
        {"rate_bit_per_s": 1e6, "ack_loss": 2.0},
        {"rate_bit_per_s": 1e6, "latency_s": -1.0},
        {"rate_bit_per_s": 1e6, "fragment_bytes": 0},
        {"rate_bit_per_s": 1e6, "tx_power_dbm": 16.0},
        {},
    ],
)
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ValidationError):
        Erasure(**wrong)
