"""Messages as programs send and receive them, in worlds of a few peers: a dense model is one second on air."""

import numpy as np
import pytest

from cosim.peer import Sent

PERIOD = {"count": 3, "period_s": 4.0}
LOSSY = {"kind": "erasure", "rate_bit_per_s": 3200.0, "loss": 0.5, "max_attempts": 2}
FOUR_FRAGMENTS = {"kind": "erasure", "rate_bit_per_s": 3200.0, "fragment_bytes": 100}


def edges(*pairs):
    """A graph that is written out."""
    return {"kind": "edges", "edges": [[*pairs]]}


def sender(*tags, pause_s=0.0, **options):
    """Broadcasts a model under each tag."""

    def program(peer):
        for tag in tags:
            yield peer.pause(pause_s)
            yield peer.broadcast(peer.initial_model, tag=tag, **options)

    return program


# --- talking -----------------------------------------------------------------------------------------------------


def test_a_broadcast_reaches_all_neighbours_and_nobody_else(noted) -> None:
    def speak(peer):
        peer.note((yield peer.broadcast(peer.initial_model, scale=0.5, scalars=(0.1, 2.0), tag=7)))

    def listen(peer):
        peer.note((yield peer.recv()))

    run, kept = noted(speak, listen, listen, listen, peers=4, graph=edges([0, 1], [0, 2], [3, 0]))
    seconds = (3200 + 2 * 32) / 3200
    assert kept[0] == [(seconds, (1, 2))]
    for peer in (1, 2):
        ((time_s, message),) = kept[peer]
        assert (time_s, message.time_s, message.source, message.tag) == (seconds, seconds, 0, 7)
        assert message.scalars == (float(np.float32(0.1)), 2.0)
        assert message.term == (0.5, run.world.initial_model)
    assert 3 not in kept
    assert run.world.traffic.payload_bits == 3264


def test_a_message_of_numbers_alone_has_no_term(noted) -> None:
    def listen(peer):
        message = yield peer.recv()
        with pytest.raises(ValueError, match="the message of peer 0 carries no vector"):
            _ = message.term
        peer.note(message.scalars)

    def speak(peer):
        yield peer.send(1, None, scalars=(3.0,))

    run, kept = noted(speak, listen)
    assert kept[1] == [(0.01, (3.0,))]
    assert run.world.traffic.payload_bits == 32


def test_nobody_is_there_to_hear(noted) -> None:
    def speak(peer):
        peer.note((yield peer.broadcast(peer.initial_model)))

    run, kept = noted(speak, graph=edges([1, 0]))
    assert kept[0] == [(0.0, ())]
    assert run.world.traffic.sent_messages == 0


def test_a_unicast_tells_how_it_ended(noted) -> None:
    def speak(peer):
        for tag in range(40):
            peer.note((yield peer.send(1, peer.initial_model, tag=tag)))

    def listen(peer):
        while True:
            peer.note((yield peer.recv()).tag)

    radio = {**LOSSY, "ack_loss": 0.0, "transceiver": {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75,
             "transmit_w": 2.0, "sleep_w": 0.1}}  # fmt: skip
    run, kept = noted(speak, listen, radio=radio, rounds={"stop_s": 200.0})
    sent = [what for _, what in kept[0]]
    assert {(one.ok, one.attempts) for one in sent} == {(True, 1), (True, 2), (False, 2)}
    assert [one.time_s for one in sent] == pytest.approx([float(one.attempts) for one in sent])
    assert [one.energy_j for one in sent] == pytest.approx([2.0 * one.attempts for one in sent])
    assert [tag for _, tag in kept[1]] == [tag for tag, one in enumerate(sent) if one.ok]
    assert all(isinstance(one, Sent) for one in sent)
    assert run.world.traffic.delivered_messages == len(kept[1])


def test_a_lost_acknowledgement_leaves_a_message_that_was_delivered(noted) -> None:
    def speak(peer):
        peer.note((yield peer.send(1, peer.initial_model)).ok)

    def listen(peer):
        peer.note((yield peer.recv()).source)

    _, kept = noted(speak, listen, radio={**LOSSY, "loss": 0.0, "ack_loss": 1.0})
    assert kept == {0: [(2.0, False)], 1: [(2.0, 0)]}


def test_a_reliable_message_is_repaired_and_arrives_once(noted) -> None:
    def speak(peer):
        for tag in range(12):
            peer.note((yield peer.send(1, peer.initial_model, tag=tag, reliable=True, timeout_s=200.0)))

    def listen(peer):
        while True:
            peer.note((yield peer.recv(partial=True)))

    run, kept = noted(
        speak, listen, radio={**FOUR_FRAGMENTS, "loss": 0.5, "max_attempts": 1}, rounds={"stop_s": 2000.0}
    )
    sent = [what for _, what in kept[0]]
    assert all(one.ok for one in sent)
    assert max(one.attempts for one in sent) > 4
    assert [message.tag for _, message in kept[1]] == list(range(12))
    assert {message.fragments for _, message in kept[1]} == {(True,) * 4}
    assert {message.payload for _, message in kept[1]} == {run.world.initial_model}
    assert run.world.traffic.bits_delivered == 12 * 3200
    assert sum(one.time_s for one in sent) == pytest.approx(sum(one.attempts for one in sent) / 4)


def test_a_repair_ends_at_its_time_out(noted) -> None:
    def speak(peer):
        peer.note((yield peer.send(1, peer.initial_model, reliable=True, timeout_s=4.5)))
        with pytest.raises(ValueError, match="a reliable send needs timeout_s"):
            peer.send(1, peer.initial_model, reliable=True)

    _, kept = noted(speak, radio={**LOSSY, "loss": 1.0})
    ((time_s, sent),) = kept[0]
    assert (sent.ok, sent.attempts, sent.time_s, time_s) == (False, 6, 6.0, 6.0)


def test_there_must_be_somebody_to_send_to(noted) -> None:
    def speak(peer):
        for nobody in (0, 2, -1):
            with pytest.raises(ValueError, match=f"peer 0 cannot send to {nobody}: the others are 0 to 1"):
                peer.send(nobody, peer.initial_model)
        yield peer.pause(0.0)

    noted(speak)


# --- receiving ---------------------------------------------------------------------------------------------------


def test_receives_choose_by_tag_and_source_and_give_up_at_their_time_out(noted) -> None:
    def listen(peer):
        peer.note((yield peer.recv(tag=9, timeout_s=0.5)))
        peer.note((yield peer.recv(source=2)).tag)
        peer.note((yield peer.recv(tag=4)).source)
        peer.note((yield peer.recv()).tag)

    _, kept = noted(sender(3, 4), None, sender(5), listen, peers=4, graph=edges([0, 3], [2, 3]))
    # Peer 3 hears one after the other: tag 3 at 1 s, tag 5 at 2 s, tag 4 at 3 s.
    assert kept[3] == [(0.5, None), (2.0, 5), (3.0, 0), (3.0, 3)]


def test_incomplete_messages_are_for_those_who_ask(noted) -> None:
    def listen(peer):
        for partial in (False, True):
            message = yield peer.recv(partial=partial, timeout_s=1.5)
            peer.note(message and message.fragments)

    _, kept = noted(sender(*range(20)), listen, radio={**FOUR_FRAGMENTS, "loss": 0.4})
    incomplete = kept[1][-1][1]
    assert len(incomplete) == 4
    assert False in incomplete


def test_collecting_ends_with_the_round_and_counts_what_is_late(noted) -> None:
    def listen(peer):
        for t in peer.rounds():
            heard = yield peer.collect(tag=t, until_s=peer.round_end_s(t))
            peer.note([(message.source, message.tag) for message in heard])

    run, kept = noted(
        sender(0, 0, 0, 0, 2, pause_s=0.5), sender(0, 5), listen, peers=3, rounds=PERIOD, graph=edges([0, 2], [1, 2])
    )
    assert [time_s for time_s, _ in kept[2]] == [4.0, 8.0, 12.0]
    first, second, third = ([*what] for _, what in kept[2])
    assert first == [(0, 0), (1, 0)]
    assert second == []
    assert third == [(0, 2)]
    mailbox = run.world.peers[2].mailbox
    assert mailbox.late == 3  # tag 0 at 4, 5.5 and 7 s; tag 5 waits for a round that never comes
    assert [message.tag for message in mailbox.gather(None, False)] == [5]


def test_what_arrives_at_the_end_of_a_round_belongs_to_the_next_whatever_its_sender(noted) -> None:
    def listen(peer):
        for t in peer.rounds():
            heard = yield peer.collect(tag=None if t else 0, until_s=peer.round_end_s(t))
            peer.note([message.source for message in heard])

    _, kept = noted(sender(1, pause_s=3.0), listen, sender(1, pause_s=3.0), peers=3, rounds=PERIOD, graph=edges([0, 1]))
    assert [what for _, what in kept[1]] == [[], [0], []]
    _, kept = noted(None, listen, sender(1, pause_s=3.0), peers=3, rounds=PERIOD, graph=edges([2, 1]))
    assert [what for _, what in kept[1]] == [[], [2], []]


def test_without_a_clock_one_collects_what_has_come_and_nothing_is_late(noted) -> None:
    def listen(peer):
        yield peer.pause(2.5)
        for t in peer.rounds():
            heard = yield peer.collect(tag=t, until_s=peer.round_end_s(t))
            peer.note([message.tag for message in heard])
            yield peer.pause(1.0)

    run, kept = noted(sender(8, 3, 5), listen, rounds={"count": 2})
    assert [sorted(what) for _, what in kept[1]] == [[3, 8], [5]]
    assert run.world.peers[1].mailbox.late == 0


def test_collecting_may_take_incomplete_messages(noted) -> None:
    def listen(peer):
        for t in peer.rounds():
            heard = yield peer.collect(tag=t, until_s=peer.round_end_s(t), partial=t == 1)
            peer.note([sum(message.fragments) for message in heard])

    run, kept = noted(sender(0, 0, 0, 1, 1, 1), listen, rounds=PERIOD, radio={**FOUR_FRAGMENTS, "loss": 0.4})
    (_, whole), (_, partial), _ = kept[1]
    assert set(whole) <= {4}
    assert min(partial) < 4
    assert run.world.peers[1].mailbox.partial > 0
