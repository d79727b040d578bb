import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.sim.first_order import FirstOrder
from radio_models.first_order import receive_j, transmit_j

REPEATABLE = settings(deadline=None, derandomize=True)
RADIO = FirstOrder(rate_bit_per_s=250e3, range_m=100.0)


@pytest.mark.parametrize(("reach_m", "joules"), [(10.0, 2.04e-4), (50.0, 3.0e-4), (100.0, 7.2e-4)])
def test_4000_bits_cost_the_joules_of_the_formula(reach_m, joules):
    frames = RADIO.frames(4000)
    assert RADIO.transmit_w(0.0, reach_m) * frames.last_airtime_s == pytest.approx(joules, rel=1e-9)
    assert RADIO.receive_w * frames.last_airtime_s == pytest.approx(2.0e-4, rel=1e-9)


@REPEATABLE
@given(st.floats(1e3, 1e9), st.integers(1, 11776), st.floats(0, 1000))
def test_joules_do_not_depend_on_the_rate(rate_bit_per_s, bits, reach_m):
    radio = FirstOrder(rate_bit_per_s=rate_bit_per_s, range_m=100.0)
    frames = radio.frames(bits)
    sent_j = radio.transmit_w(0.0, reach_m) * frames.last_airtime_s
    assert sent_j == pytest.approx(float(transmit_j(frames.last_bits, reach_m)), rel=1e-9)
    assert radio.receive_w * frames.last_airtime_s == pytest.approx(float(receive_j(frames.last_bits)), rel=1e-9)


def test_all_arrives_within_the_range_and_nothing_beyond():
    assert RADIO.hears(np.nan, np.array([0.0, 100.0, 100.001])).tolist() == [True, True, False]
    assert not RADIO.frame_error_rate(np.full(2, np.nan), np.array([1, 1472])).any()
    assert RADIO.ack_error_rate(np.nan) == 0.0


def test_there_is_no_noise():
    assert np.isnan(RADIO.snr_db(80.0, 0.0))


def test_the_amplifier_follows_the_distance():
    assert RADIO.uses_positions
    assert RADIO.adapts_power
    assert RADIO.transmit_w(0.0, 20.0) < RADIO.transmit_w(0.0, 40.0)
    assert RADIO.transmit_w(0.0, 20.0) == RADIO.transmit_w(30.0, 20.0)


def test_many_reaches_are_priced_at_once_as_one_by_one():
    reaches_m = np.array([0.0, 20.0, 87.7, 87.8, 100.0])
    expected = [RADIO.transmit_w(0.0, reach_m) for reach_m in reaches_m]
    assert RADIO.transmit_watts(reaches_m).tolist() == expected


def test_only_frames_take_time_and_energy():
    assert (RADIO.gap_s, RADIO.ack_gap_s, RADIO.ack_airtime_s, RADIO.ack_bits, RADIO.latency_s) == (
        0.0,
        0.0,
        0.0,
        0,
        0.0,
    )
    assert (RADIO.idle_w, RADIO.sleep_w) == (0.0, 0.0)


def test_its_transceiver_is_that_of_full_reach():
    transceiver = RADIO.transceiver
    assert transceiver.transmit_w == RADIO.transmit_w(0.0, 100.0)
    assert (transceiver.idle_w, transceiver.receive_w, transceiver.sleep_w) == (0.0, RADIO.receive_w, 0.0)


def test_headers_are_sent_too():
    frames = FirstOrder(rate_bit_per_s=1e6, range_m=1.0, header_bytes=25, fragment_bytes=100).frames(8 * 150)
    assert (frames.count, frames.full_bits, frames.last_bits) == (2, 1000, 600)


@pytest.mark.parametrize("wrong", [{"range_m": 0.0}, {"e_elec_j_per_bit": -1.0}, {"e_fs_j_per_bit_m2": 0.0}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ValidationError, match="greater than"):
        FirstOrder(**{"rate_bit_per_s": 1e6, "range_m": 10.0, **wrong})
