from types import SimpleNamespace

import numpy as np
import pytest

from cosim.results.tables import STATES
from cosim.sim.account import TrafficAccount
from cosim.sim.air import Received
from cosim.sim.energy import IDLE, RADIO, RECEIVE, TRANSMIT, Ledger, Meter
from cosim.sim.footprint import Footprint
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.medium import Content
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.packet_books import PacketBooks
from cosim.sim.station import BUSY, HEARD
from cosim.sim.wifi import Wifi80211a

RADIO_PART = Wifi80211a(fragment_bytes=100)
AIR_S = 1e-3


@pytest.fixture
def scene():
    ledger, account = Ledger(3), TrafficAccount()
    stations = []
    for peer in range(3):
        meter = Meter(ledger, peer, RADIO)
        meter.rest(0.0, IDLE, 0.5)
        stations.append(SimpleNamespace(meter=meter, receive_w=0.75, transmit_w=2.0, supply=None))
    levels = np.full(2, 20.0)
    footprint = Footprint(0, np.array([1, 2]), 2, levels, levels, levels > 0.0)
    outgoing = Outgoing(0, BROADCAST, (1,), Content(None, 1.0, (), 7, 800), RADIO_PART)
    outgoing.meet(footprint.near_ids, footprint.snr_db, footprint.distance_m, footprint.detects)
    frame = FrameOnAir(outgoing, 0, footprint, 1.0, AIR_S, 0)
    frame.transmit_w, frame.lock_s = 2.0, 1.0 + 4e-6
    return SimpleNamespace(
        ledger=ledger, account=account, books=PacketBooks(account, ledger, stations), outgoing=outgoing, frame=frame
    )


def seconds(scene, peer, state):
    return scene.ledger.totals(2.0)[0][peer, RADIO, state]


def follow(scene, *peers, until_s):
    places = np.array([peer - 1 for peer in peers])
    scene.books.heard(scene.frame, Received(places, np.array(peers), np.zeros(len(peers))), until_s)


def test_a_frame_costs_its_sender_and_those_who_follow_it(scene):
    end_s = scene.frame.end_s
    follow(scene, 1, 2, until_s=end_s)
    scene.books.sent(scene.frame, end_s)
    scene.outgoing.note(None, np.array([HEARD, BUSY]), 0)
    scene.books.close(scene.outgoing, end_s, ())
    assert len(STATES) == scene.ledger.totals(2.0)[0].shape[2]
    assert seconds(scene, 0, TRANSMIT) == pytest.approx(AIR_S)
    assert seconds(scene, 1, RECEIVE) == seconds(scene, 2, RECEIVE) == pytest.approx(AIR_S - 4e-6)
    sent = np.array(scene.account.transmissions)
    assert sent[[5, 6, 8]].tolist() == [7.0, 800.0, 1.0]
    assert sent[11] == pytest.approx(2.0 * AIR_S)
    got = np.reshape(scene.account.receptions, (2, -1))
    assert got[:, [1, 2, 6, 7]].tolist() == [[1, 1, 1, HEARD], [2, 0, 0, BUSY]]
    assert got[:, 10] == pytest.approx([0.75 * (AIR_S - 4e-6)] * 2)
    assert scene.account.rows == 3


def test_who_stops_pays_until_then(scene):
    scene.books.stopped(scene.frame, 2, 1.0 + AIR_S / 2)
    assert scene.frame.codes.tolist() == [BUSY, BUSY]
    assert scene.outgoing.receive_s.tolist() == pytest.approx([0.0, AIR_S / 2 - 4e-6])
    assert seconds(scene, 2, RECEIVE) == pytest.approx(AIR_S / 2 - 4e-6)


def test_a_frame_that_breaks_off_is_no_attempt(scene):
    scene.books.sent(scene.frame, 1.0 + AIR_S / 4)
    assert (scene.outgoing.attempts, scene.outgoing.air_s) == (0, pytest.approx(AIR_S / 4))
    assert scene.outgoing.bits_on_air == pytest.approx(scene.outgoing.frame_bits / 4, abs=1)


def test_answers_go_to_the_account_of_the_message(scene):
    outgoing = scene.outgoing
    answer = FrameOnAir(outgoing, 1, scene.frame.footprint, 1.5, AIR_S, 0)
    answer.transmit_w, answer.lock_s = 2.0, 1.5
    scene.books.sent(answer, answer.end_s)
    received = Received(np.array([0, 1]), np.array([0, 2]), np.zeros(2))
    scene.books.heard(answer, received, answer.end_s)
    assert outgoing.transmit_s.tolist() == pytest.approx([AIR_S, 0.0])
    assert outgoing.receive_s.tolist() == pytest.approx([0.0, AIR_S])
    assert outgoing.answered_s == pytest.approx(AIR_S)
    assert (outgoing.attempts, outgoing.bits_on_air) == (0, 112)
    assert scene.books.joules(outgoing) == pytest.approx(0.75 * AIR_S)


def test_a_message_is_booked_when_its_answer_is_over_too(scene):
    """Who has given up leaves an answer on the air, and others pay for it."""
    scene.books.close(scene.outgoing, 0.5, [scene.frame])
    assert len(scene.account.transmissions) == 0
    scene.frame.acknowledges = True
    scene.books.sent(scene.frame, scene.frame.end_s)
    assert len(scene.account.transmissions) > 0
