import numpy as np
import pytest
from pydantic import ValidationError

from cosim.scenario.problem import ScenarioError
from cosim.sim.lora import Lora
from radio_models import lora
from radio_models.lora_capture import CAPTURE_MODELS

RADIO = Lora()


def test_frames_are_as_long_as_the_region_allows():
    assert [Lora(spreading_factor=factor).fragment_bytes for factor in range(7, 13)] == [222, 222, 115, 51, 51, 51]
    frames = RADIO.frames(8 * 1000)
    assert (frames.count, frames.last_bytes) == (5, 112)
    assert (frames.full_bits, frames.last_bits) == (8 * 235, 8 * 125)
    assert frames.full_airtime_s == float(lora.time_on_air_s(235, lora.Modulation(7)))
    assert Lora(payload_bytes=20, header_bytes=0).frames(160).last_airtime_s == 0.056576


def test_the_channel_names_the_duty_cycle():
    assert RADIO.duty_cycle == 0.01
    assert RADIO.channel_hz == 868.1e6
    assert Lora(frequency_hz=869.525e6, tx_power_dbm=20.0).duty_cycle == 0.1
    assert Lora(region="us915", spreading_factor=10).duty_cycle == 1.0


@pytest.mark.parametrize(
    ("sensitivity", "factor", "dbm"), [("sx1272", 7, -124), ("lorasim", 12, -133.25), ("sx1301", 9, -135)]
)
def test_frames_arrive_from_the_sensitivity_on(sensitivity, factor, dbm):
    radio = Lora(spreading_factor=factor, sensitivity=sensitivity)
    ratios = radio.snr_db(14.0 - dbm + np.array([0.01, -0.01]), 14.0)
    assert radio.hears(ratios, 1.0).tolist() == [False, True]
    assert radio.frame_error_rate(ratios, 51).tolist() == [1.0, 0.0]
    assert float(radio.most_loss_db(14.0)) == pytest.approx(14.0 - dbm, rel=1e-12)


def test_nobody_answers():
    assert (RADIO.max_attempts, RADIO.ack_airtime_s, RADIO.ack_bits, RADIO.ack_gap_s, RADIO.gap_s) == (1, 0, 0, 0, 0)
    assert RADIO.ack_error_rate(np.array([10.0, 20.0])).tolist() == [1.0, 1.0]


def test_what_media_with_collisions_ask():
    assert RADIO.modulation == lora.Modulation(7, 125e3, 1, 8)
    assert Lora(capture="lorasim").capture_model is CAPTURE_MODELS["lorasim"]


def test_watts_follow_the_level():
    assert RADIO.transmit_w(7.0, 1.0) == pytest.approx(3.3 * 20e-3)
    assert RADIO.transmit_w(13.0, 1.0) == pytest.approx(3.3 * 29e-3)


def test_a_level_above_the_sub_band_is_refused(simulate):
    with pytest.raises(ScenarioError, match=r"eu868 allows at most 16\.15 dBm \(EIRP\) on this channel, not 17"):
        simulate(lambda peer: iter(()), 2, radio={"kind": "lora", "tx_power_dbm": 17.0})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"spreading_factor": 6}, "greater than or equal to 7"),
        ({"region": "us915", "spreading_factor": 12}, "The data rates of the region are .* got SF12/125 kHz"),
        ({"frequency_hz": 915e6}, "got 125 kHz at 915 MHz"),
        ({"payload_bytes": 223}, "payload_bytes is at most 222 at this data rate, not 223"),
        ({"bandwidth_hz": 250e3, "sensitivity": "sx1301"}, "The LoRa sensitivities of sx1301"),
        ({"region": "us915", "header_bytes": 14}, "header_bytes is at most 13 here"),
        ({"region": "us915", "coding_rate": 4}, r"a frame of 0\.\d* s is longer than the 0\.4 s that us915 allows"),
        ({"capture": "none"}, "'lorasim', 'flora' or 'goursaud'"),
    ],
)
def test_wrong_parameters_are_refused(wrong, sentence):
    with pytest.raises(ValidationError, match=sentence):
        Lora(**wrong)
