import numpy as np
import pytest

from cosim.sim.capacity import PacketCapacity
from cosim.sim.energy import RADIO, RECEIVE, TRANSMIT, Ledger, Meter
from cosim.sim.erasure import Erasure
from cosim.sim.station import Station
from cosim.sim.terminal import Lane, Terminal, frame_bits
from radio_models.transceivers import Transceiver

RADIO_PART = Erasure(
    rate_bit_per_s=1e6,
    fragment_bytes=100,
    header_bytes=10,
    transceiver=Transceiver(idle_w=1.0, receive_w=2.0, transmit_w=5.0, sleep_w=0.0),
)


@pytest.fixture
def lane():
    return Lane(PacketCapacity(np.array([0.1])), 0.0)


def test_frames_of_a_message_are_full_but_the_last():
    assert frame_bits(RADIO_PART.frames(8 * 250)).tolist() == [880.0, 880.0, 480.0]


def test_a_lane_serves_in_the_order_of_coming(lane):
    assert lane.serve(np.ones(2), 0.25) == pytest.approx([0.3, 0.4])
    assert lane.serve(np.ones(2), 0.25) == pytest.approx([0.5, 0.6])
    assert lane.free_at_s == pytest.approx(0.6)
    assert lane.serve(np.ones(1), 2.05) == pytest.approx([2.1])


def test_nothing_waits_any_more_in_a_cleared_lane(lane):
    lane.serve(np.ones(50), 0.25)
    lane.clear(0.25)
    assert lane.serve(np.ones(1), 0.25) == pytest.approx([0.3])


def test_a_lane_may_be_ahead_in_its_trace():
    lane = Lane(PacketCapacity(np.array([0.1])), 0.06)
    assert lane.serve(np.ones(2), 0.0) == pytest.approx([0.04, 0.14])


def test_sending_is_what_is_paid_where_both_ways_work(lane):
    ledger = Ledger(1, True)
    station = Station(0, Meter(ledger, 0, RADIO), RADIO_PART, 0.0, None)
    station.wake(0.0)
    terminal = Terminal(station, lane, lane)
    terminal.receive(1.0, 1)
    terminal.send(2.0, 1)
    terminal.send(4.0, -1)
    terminal.receive(7.0, -1)
    seconds, joules = ledger.totals(10.0)
    assert seconds[0, RADIO, [RECEIVE, TRANSMIT]].tolist() == [4.0, 2.0]
    assert joules[0].sum() == pytest.approx(4 * 1.0 + 4 * 2.0 + 2 * 5.0)
    assert terminal.received_s(10.0) == 4.0


def test_messages_that_come_together_pay_one_after_the_other(lane):
    station = Station(0, Meter(Ledger(1, True), 0, RADIO), RADIO_PART, 0.0, None)
    terminal = Terminal(station, lane, lane)
    terminal.receive(1.0, 1)
    first = terminal.received_s(1.0)
    terminal.receive(2.0, 1)
    second = terminal.received_s(2.0)
    terminal.receive(4.0, -1)
    assert terminal.paid_s(4.0, first) == 3.0
    terminal.receive(5.0, -1)
    assert terminal.paid_s(5.0, second) == 1.0


def test_a_wire_draws_nothing():
    ledger = Ledger(1, True)
    station = Station(0, Meter(ledger, 0, RADIO), RADIO_PART, 0.0, None)
    station.wake(0.0)
    terminal = Terminal(station, None, None)
    assert terminal.wired
    terminal.send(1.0, 1)
    assert terminal.passed_s(None, np.ones(2), 1.0).tolist() == [1.0, 1.0]
    assert ledger.totals(3.0)[1].sum() == pytest.approx(3.0)
