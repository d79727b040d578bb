import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.sim.ble import BluetoothLowEnergy
from radio_models import ble

REPEATABLE = settings(deadline=None, derandomize=True)
RADIO = BluetoothLowEnergy()


def test_packets_of_a_message():
    frames = RADIO.frames(8 * 500)
    assert (RADIO.fragment_bytes, frames.count, frames.last_bytes) == (244, 3, 12)
    assert frames.full_airtime_s == 2088e-6
    assert BluetoothLowEnergy(encrypted=True).frames(8 * 244).last_airtime_s == 2120e-6
    assert BluetoothLowEnergy(payload_bytes=27, header_bytes=0).fragment_bytes == 27
    assert frames.full_bits == 8 * (4 + 2 + 251 + 3)


def test_throughput_within_a_connection_event():
    """Full packets, answers of 80 us and two pauses of 150 us: 813.6 kb/s of the link layer's payload at 1 Mb/s."""
    exchange_s = RADIO.gap_s + RADIO.frames(8 * 244).last_airtime_s + RADIO.ack_gap_s + RADIO.ack_airtime_s
    assert exchange_s == pytest.approx(2468e-6, rel=1e-12)
    assert 8 * 251 / exchange_s == pytest.approx(813.6e3, rel=1e-4)


@pytest.mark.parametrize(("phy", "sensitivity_dbm"), [("1M", -95), ("2M", -92), ("S2", -99), ("S8", -103)])
def test_each_phy_has_its_sensitivity(phy, sensitivity_dbm):
    radio = BluetoothLowEnergy(phy=phy)
    assert float(ble.bit_error_rate(radio.snr_db(0.0 - sensitivity_dbm, 0.0))) == pytest.approx(1e-3, rel=1e-6)
    assert BluetoothLowEnergy(phy=phy, sensitivity_dbm=-80.0).noise_dbm > radio.noise_dbm


def test_an_answer_is_an_empty_packet():
    assert (RADIO.ack_bits, RADIO.ack_airtime_s) == (72, 80e-6)
    assert BluetoothLowEnergy(phy="2M").ack_airtime_s == 44e-6
    assert float(RADIO.ack_error_rate(12.0)) == pytest.approx(float(ble.packet_error_rate(12.0, 72)))


@REPEATABLE
@given(st.floats(5, 20), st.floats(5, 20), st.integers(1, 244), st.integers(1, 244))
def test_errors_fall_with_snr_and_rise_with_size(one_db, other_db, one, other):
    (low, high), (small, large) = sorted((one_db, other_db)), sorted((one, other))
    assert float(RADIO.frame_error_rate(high, small)) <= float(RADIO.frame_error_rate(low, small)) * (1 + 1e-9)
    assert float(RADIO.frame_error_rate(low, small)) <= float(RADIO.frame_error_rate(low, large))


def test_a_broadcast_has_no_answers(simulate):
    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        else:
            heard.append((yield peer.recv(timeout_s=1.0)))

    heard = []
    run = simulate(program, 2, radio={"kind": "ble"}, mobility={"kind": "circle", "radius_m": 2.0})
    assert heard[0] is not None
    assert run.spent(0, "radio", "transmit")[0] == pytest.approx(2088e-6 + float(ble.packet_s(156 + 7, ble.phy("1M"))))
    assert run.spent(1, "radio", "transmit")[0] == 0.0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"phy": "4M"}, "'1M', '2M', 'S2' or 'S8'"),
        ({"payload_bytes": 252}, "less than or equal to 251"),
        ({"payload_bytes": 26}, "greater than or equal to 27"),
        ({"header_bytes": 21}, "less than or equal to 20"),
    ],
)
def test_wrong_parameters_are_refused(wrong, sentence):
    with pytest.raises(ValidationError, match=sentence):
        BluetoothLowEnergy(**wrong)
