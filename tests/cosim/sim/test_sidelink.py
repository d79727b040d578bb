import numpy as np
import pytest
from pydantic import ValidationError

from cosim.sim.sidelink import NrSidelink
from radio_models import sidelink
from radio_models.noise import noise_floor_dbm

RADIO = NrSidelink()


def test_a_block_fills_a_slot():
    block = sidelink.transport_block_bits(sidelink.data_elements(sidelink.Grid()), 11)
    frames = RADIO.frames(8 * RADIO.fragment_bytes + 8)
    assert RADIO.fragment_bytes == block // 8 - 12
    assert (frames.count, frames.last_bytes) == (2, 1)
    assert (frames.full_airtime_s, frames.last_airtime_s) == (0.5e-3, 0.5e-3)
    assert (frames.full_bits, frames.last_bits) == (block, block)


@pytest.mark.parametrize(("numerology", "slot_s"), [(0, 1e-3), (1, 0.5e-3), (2, 0.25e-3), (3, 0.125e-3)])
def test_slots_and_pauses(numerology, slot_s):
    radio = NrSidelink(numerology=numerology, gap_slots=3)
    assert radio.frames(8).last_airtime_s == slot_s
    assert (radio.gap_s, radio.ack_gap_s) == (3 * slot_s, 2 * slot_s)
    assert (radio.ack_airtime_s, radio.ack_bits) == (0.0, 0)


def test_noise_is_that_of_the_blocks():
    assert RADIO.noise_dbm == pytest.approx(float(noise_floor_dbm(18e6, 9.0)))
    assert NrSidelink(subchannels=1).noise_dbm == pytest.approx(RADIO.noise_dbm - 10 * np.log10(5))


def test_padding_is_lost_like_data():
    rates = RADIO.frame_error_rate(np.array([5.0, 7.0, 9.0, 30.0]), 1)
    assert rates.tolist() == RADIO.frame_error_rate(np.array([5.0, 7.0, 9.0, 30.0]), RADIO.fragment_bytes).tolist()
    assert (np.diff(rates) <= 0.0).all()
    assert rates[-1] < 1e-12
    assert RADIO.ack_error_rate(np.array([5.0])).tolist() == [0.0]


@pytest.mark.parametrize("mcs", [0, 5, 15, 28])
def test_what_can_be_decoded_is_noticed(mcs):
    """At the edge of notice hardly a block of the lowest scheme arrives, and none of any other."""
    radio = NrSidelink(mcs=mcs)
    assert radio.detection_snr_db == pytest.approx(-5.8, abs=0.1)
    assert float(radio.frame_error_rate(radio.detection_snr_db, 1)) > (0.8 if mcs == 0 else 0.999)


def test_watts_are_relative_units():
    assert RADIO.transmit_w(23.0, 1.0) == pytest.approx(0.7)
    assert RADIO.transmit_w(0.0, 1.0) == pytest.approx(0.25)
    assert RADIO.receive_w == pytest.approx(0.3)


def test_vehicles_exchange_a_message(simulate):
    def program(peer):
        if peer.id == 0:
            sent.append((yield peer.send(1, peer.initial_model)))

    sent = []
    run = simulate(program, 2, radio={"kind": "nr_sidelink"}, mobility={"kind": "circle", "radius_m": 20.0})
    assert sent[0].ok
    assert run.spent(0, "radio", "transmit")[0] == pytest.approx(0.5e-3)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"numerology": 4}, "less than or equal to 3"),
        ({"mcs": 29}, "less than or equal to 28"),
        ({"subchannels": 30}, "A number of resource blocks"),
        ({"subchannel_blocks": 11}, "Input should be 10, 12"),
        ({"subchannels": 1, "mcs": 0, "header_bytes": 40}, "leaves no room in a transport block of"),
    ],
)
def test_wrong_parameters_are_refused(wrong, sentence):
    with pytest.raises(ValidationError, match=sentence):
        NrSidelink(**wrong)
