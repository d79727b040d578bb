import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.sim.wifi import Wifi, Wifi80211a, Wifi80211g
from radio_models.transceivers import ideal, ns3_wifi
from radio_models.wifi import mean_backoff_s

REPEATABLE = settings(deadline=None, derandomize=True)
SLOW = Wifi80211a()
FAST = Wifi80211a(rate_bit_per_s=54e6)
OF_1028_BYTES = 8 * 1028

MESSAGES = [
    (6e6, 10_000, 0.0151138, 7.3094186e-05 / 10**0.5),
    (6e6, 100_000, 0.1517746, 0.00030558148 / 10**0.5),
    (6e6, 1_000_000, 1.517335, 0.00084172323 / 3**0.5),
    (54e6, 10_000, 0.0026098, 7.3094186e-05 / 10**0.5),
    (54e6, 100_000, 0.0267866, 0.00030558148 / 10**0.5),
    (54e6, 1_000_000, 0.267291, 0.00084172323 / 3**0.5),
]
"""ns-3.37, one sender without channel errors: bit/s, message bytes, mean seconds to completion, their standard error.

Fragments of 1472 bytes with 28 bytes of UDP/IPv4 each, 10 or 3 runs.
"""

ATTEMPTS = [
    (6e6, 2.99988649, 3973, 0.879184495),
    (6e6, 3.50050845, 6042, 0.31347236),
    (6e6, 4.00051267, 6208, 0.0620167526),
    (24e6, 12.0002858, 5713, 0.999824961),
    (24e6, 12.4997144, 7470, 0.836813922),
    (24e6, 12.9998508, 17199, 0.319088319),
    (24e6, 13.5000004, 18940, 0.0730200634),
    (54e6, 21.1998295, 6443, 0.993636505),
    (54e6, 21.6978741, 12679, 0.688855588),
    (54e6, 22.199045, 27817, 0.236510048),
    (54e6, 22.6971671, 30260, 0.05720423),
    (54e6, 23.1970934, 30605, 0.0123509231),
]
"""ns-3.37, 1028-byte MSDUs without preamble detection: bit/s, SNR in dB, attempts, share not acknowledged."""


def _exchange_s(radio, payload_bits):
    return radio.gap_s + radio.frames(payload_bits).last_airtime_s + radio.ack_gap_s + radio.ack_airtime_s


@pytest.mark.parametrize(("radio", "microseconds"), [(SLOW, 1605.5), (FAST, 325.5)])
def test_one_frame_exchange_of_1028_bytes(radio, microseconds):
    assert _exchange_s(radio, OF_1028_BYTES) == pytest.approx(microseconds * 1e-6, rel=1e-12)


@pytest.mark.parametrize(("radio", "mbit_per_s", "ns3"), [(SLOW, 5.1224, 5.1215), (FAST, 25.265, 25.252)])
def test_goodput_of_a_single_sender(radio, mbit_per_s, ns3):
    goodput = OF_1028_BYTES / _exchange_s(radio, OF_1028_BYTES) / 1e6
    assert goodput == pytest.approx(mbit_per_s, rel=5e-5)
    assert goodput == pytest.approx(ns3, rel=1e-3)


def test_the_exchange_of_80211g_lasts_as_long_as_that_of_80211a():
    # A SIFS 6 us shorter, twice (once within DIFS), against two signal extensions of 6 us.
    for rate in (6e6, 24e6, 54e6):
        newer, older = Wifi80211g(rate_bit_per_s=rate), Wifi80211a(rate_bit_per_s=rate)
        assert _exchange_s(newer, OF_1028_BYTES) == pytest.approx(_exchange_s(older, OF_1028_BYTES), rel=1e-12)
        assert newer.frames(8).last_airtime_s == pytest.approx(older.frames(8).last_airtime_s + 6e-6, rel=1e-12)


def _message_s(radio, payload_bits):
    frames = radio.frames(payload_bits)
    data_s = (frames.count - 1) * frames.full_airtime_s + frames.last_airtime_s
    return data_s + frames.count * (radio.gap_s + radio.ack_gap_s + radio.ack_airtime_s)


@pytest.mark.statistical
@pytest.mark.parametrize(("rate", "size", "seconds", "error_s"), MESSAGES)
def test_messages_take_as_long_as_in_ns3(rate, size, seconds, error_s):
    """Within 4 standard errors of the simulated mean: the six fail in 1 of 1,000 simulations.

    There the first frame goes out without backoff, and the last acknowledgement comes after the completion.
    """
    radio = Wifi80211a(rate_bit_per_s=rate, header_bytes=28)
    elsewhere_s = mean_backoff_s(radio.timing) + radio.ack_gap_s + radio.ack_airtime_s
    assert _message_s(radio, 8 * size) - elsewhere_s == pytest.approx(seconds, abs=4 * error_s)


@pytest.mark.parametrize(("rate", "size", "seconds", "error_s"), MESSAGES[2::3])
def test_a_megabyte_without_the_headers_of_udp_takes_2_percent_less_at_most(rate, size, seconds, error_s):
    alone_s = _message_s(Wifi80211a(rate_bit_per_s=rate), 8 * size)
    assert 0.98 * seconds < alone_s < seconds


@pytest.mark.statistical
@pytest.mark.parametrize(("rate", "snr_db", "attempts", "failed"), ATTEMPTS)
def test_attempts_fail_as_often_as_in_ns3(rate, snr_db, attempts, failed):
    """Within 4 standard errors and 0.05 dB of the simulated share: the twelve fail in 1 of 1,000 simulations."""
    radio = Wifi80211a(rate_bit_per_s=rate, preamble_detection=False)
    ratios = snr_db + np.array([0.05, -0.05])
    succeeds = (1 - radio.frame_error_rate(ratios, 1028)) * (1 - radio.ack_error_rate(ratios))
    margin = 4 * np.sqrt(failed * (1 - failed) / attempts)
    assert 1 - succeeds[0] - margin <= failed <= 1 - succeeds[1] + margin


def test_loss_after_seven_attempts_as_in_ns3():
    # ns-3.37 at 6 Mb/s and 3.0 dB: 0.4067 of the frames are given up, the seventh power of the failed attempts.
    loss = float(SLOW.frame_error_rate(2.99988649, 1028)) ** SLOW.max_attempts
    assert loss == pytest.approx(0.4067, abs=0.02)


def test_the_snr_is_that_of_ns3():
    assert float(SLOW.snr_db(16.0206 + 53.9581355, SLOW.tx_power_dbm)) == pytest.approx(40.0078497, abs=1e-6)


def test_a_preamble_needs_minus_82_dbm():
    # ns-3.37, path-loss exponent 3: heard at 50.54 m (12.1998 dB), not at 52.12 m (11.7988 dB).
    assert SLOW.hears(np.array([12.1998281, 11.798753]), 50.0).tolist() == [True, False]


def test_a_preamble_needs_4_db_where_the_noise_is_strong():
    noisy = Wifi80211a(noise_figure_db=25.0)
    assert noisy.hears(np.array([3.99, 4.01]), 1.0).tolist() == [False, True]


def test_without_preamble_detection_the_sensitivity_remains():
    radio = Wifi80211a(preamble_detection=False)
    at_least_db = -101.0 - radio.noise_dbm
    assert radio.hears(np.array([at_least_db - 0.01, at_least_db + 0.01, 3.0]), 1.0).tolist() == [False, True, True]
    assert float(radio.frame_error_rate(at_least_db, 1)) == 1.0


def test_frames_count_all_headers():
    frames = Wifi80211a(header_bytes=28).frames(8 * 1473)
    assert (frames.count, frames.full_bytes, frames.last_bytes) == (2, 1472, 1)
    assert (frames.full_bits, frames.last_bits) == (8 * 1536, 8 * 65)
    assert frames.full_airtime_s == 2072e-6


def test_an_acknowledgement_is_14_bytes_at_its_own_rate():
    assert SLOW.ack_bits == FAST.ack_bits == 112
    assert (SLOW.ack_airtime_s, FAST.ack_airtime_s, Wifi80211g().ack_airtime_s) == (44e-6, 28e-6, 50e-6)
    assert (SLOW.ack_gap_s, Wifi80211g().ack_gap_s) == (16e-6, 10e-6)
    assert SLOW.ack_error_rate(3.0) == SLOW.error_rate.frame_error_rate(3.0, SLOW.rate, 14)
    assert FAST.ack_error_rate(12.0) == Wifi80211a(rate_bit_per_s=24e6).ack_error_rate(12.0)


@REPEATABLE
@given(st.floats(-10, 40), st.floats(-10, 40), st.integers(1, 2296))
def test_errors_fall_with_snr(one_db, other_db, size):
    low, high = sorted((one_db, other_db))
    assert float(SLOW.frame_error_rate(low, size)) >= float(SLOW.frame_error_rate(high, size))
    assert float(SLOW.ack_error_rate(low)) >= float(SLOW.ack_error_rate(high))


@REPEATABLE
@given(st.floats(-10, 40), st.integers(1, 2296), st.integers(1, 2296))
def test_errors_rise_with_size(snr_db, one, other):
    small, large = sorted((one, other))
    assert float(FAST.frame_error_rate(snr_db, small)) <= float(FAST.frame_error_rate(snr_db, large))


def test_watts_are_those_of_the_transceiver():
    assert (SLOW.idle_w, SLOW.receive_w, SLOW.sleep_w) == (ns3_wifi.idle_w, ns3_wifi.receive_w, ns3_wifi.sleep_w)
    assert SLOW.transmit_w(0.0, 1.0) == SLOW.transmit_w(20.0, 100.0) == ns3_wifi.transmit_w
    assert Wifi80211a(transceiver=ideal).transmit_w(20.0, 100.0) == 0.0


class Deaf:
    """An error model of a user's own."""

    def covers(self, rate):
        return True

    def frame_error_rate(self, snr_db, rate, psdu_bytes):
        return np.ones(np.broadcast(snr_db, psdu_bytes).shape)


def test_the_error_model_can_be_replaced():
    assert Wifi80211a(error_rate=Deaf()).frame_error_rate(30.0, 100) == 1.0


def test_what_is_shared_is_no_radio_by_itself():
    with pytest.raises(TypeError, match="abstract"):
        Wifi()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"rate_bit_per_s": 11e6}, "has the rates 6e6, 9e6"),
        ({"fragment_bytes": 0}, "greater than or equal to 1"),
        ({"fragment_bytes": 2297}, "less than or equal to 2296"),
        ({"fragment_bytes": 2296, "header_bytes": 1}, "at most 2296 together, not 2296"),
        ({"noise_figure_db": -1.0}, "greater than or equal to 0"),
        ({"max_attempts": 0}, "greater than or equal to 1"),
        ({"tx_power_dbm": float("inf")}, "finite"),
        ({"error_rate": "nist"}, "instance of ErrorRate"),
        ({"transceiver": "ns3_wifi"}, "instance of Transceiver"),
        ({"bandwidth_hz": 40e6}, "Unexpected keyword"),
    ],
)
def test_wrong_parameters_are_refused(wrong, sentence):
    with pytest.raises(ValidationError, match=sentence):
        Wifi80211a(**wrong)
