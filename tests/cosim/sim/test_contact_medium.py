import numpy as np
import pytest

from cosim.sim.contact_medium import ContactMedium


@pytest.fixture
def medium(tmp_path):
    """0 and 1 are in contact from 0 to 40 and from 80 to 100 s, 0 and 2 from 20 to 40 s."""
    (tmp_path / "a.tij").write_text("20 7 9\n40 9 7\n40 7 30\n100 7 9\n")
    return {"kind": "contacts", "file": str(tmp_path / "a.tij")}


def test_a_broadcast_goes_to_those_in_contact(noted, medium):
    def program(peer):
        peer.note(peer.neighbours())
        yield peer.pause(25.0 - peer.now_s)
        peer.note((yield peer.broadcast(peer.initial_model)))
        yield peer.pause(30.0)
        peer.note((yield peer.broadcast(peer.initial_model)))

    def listen(peer):
        peer.note((yield peer.recv(timeout_s=90.0)) is not None)

    run, notes = noted(program, listen, listen, peers=3, medium=medium, graph={"kind": "radio"})
    assert [what for _, what in notes[0]] == [(1,), (1, 2), ()]
    assert notes[1] == notes[2] == [(26.0, True)]
    assert isinstance(run.world.medium, ContactMedium)
    changes = np.reshape(run.world.links.changes, (-1, 5))
    assert [(row[0], row[3]) for row in changes.tolist() if row[1] == 0] == [
        (0.0, 1.0), (20.0, 1.0), (40.0, 0.0), (40.0, 0.0)
    ]  # fmt: skip


def test_a_contact_that_ends_cuts_what_is_under_way(noted, medium):
    """Ten fragments of 0.1 s each, begun half a second before the end: five are there."""
    radio = {"kind": "erasure", "rate_bit_per_s": 3200.0, "fragment_bytes": 40, "transceiver": "ns3_wifi"}

    def unicast(peer):
        yield peer.pause(39.45)
        sent = yield peer.send(1, peer.initial_model)
        peer.note((sent.ok, sent.attempts))

    def listen(peer):
        message = yield peer.recv(timeout_s=90.0, partial=True)
        peer.note(sum(message.fragments))

    run, notes = noted(unicast, listen, peers=2, medium=medium, graph={"kind": "radio"}, radio=radio)
    assert notes[1] == [(pytest.approx(40.45), 5)]
    assert notes[0] == [(pytest.approx(40.45), (False, 10))]
    (heard,) = run.receptions
    assert heard.outcome == "lost"
    assert heard.receive_s == pytest.approx(0.55)


def test_who_is_not_in_contact_hears_nothing(noted, medium):
    def send(peer):
        yield peer.pause(50.0)
        sent = yield peer.send(1, peer.initial_model)
        peer.note(sent.ok)

    run, notes = noted(send, peers=2, medium=medium, graph={"kind": "complete"})
    assert notes[0][0][1] is False
    assert run.outcomes() == [(0, 1, "below_sensitivity")]


def test_a_receiver_that_sleeps_by_its_schedule_hears_in_its_windows_alone(noted, medium):
    """Awake for 2 s of every 10 s; a message takes 1 s."""

    def send(peer):
        for wait_s in (0.5, 4.0):
            yield peer.pause(wait_s)
            peer.note((yield peer.send(1, peer.initial_model)).ok)

    sleep = {"kind": "periodic", "period_s": 10.0, "on_s": 2.0, "offset_s": 0.0}
    peers = {"up": {"count": 1}, "dozing": {"count": 1, "sleep": sleep}}
    run, notes = noted(send, peers=peers, medium=medium, graph={"kind": "radio"})
    assert [what for _, what in notes[0]] == [True, False]
    assert run.outcomes() == [(0, 1, "heard"), (1, 1, "asleep")]
