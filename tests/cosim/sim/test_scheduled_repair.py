"""Messages that are repaired end to end over the scheduled medium."""

import pytest

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
SLOW = {"kind": "erasure", "rate_bit_per_s": 3200.0, "transceiver": TRANSCEIVER}
"""A dense model of 400 bytes takes one second."""
FRAGMENTS = {**SLOW, "fragment_bytes": 100}
"""The same in four fragments of a quarter of a second."""


def only(peer_id, actions):
    """A program in which one peer acts and the others listen."""

    def program(peer):
        if peer.id == peer_id:
            yield from actions(peer)

    return program


def test_a_reliable_message_is_delivered_once_and_only_what_was_missing_is_repeated(simulate):
    """Two attempts a frame are not enough at 50 % loss; repetitions carry fewer fragments each time."""
    radio = {**FRAGMENTS, "loss": 0.5, "ack_loss": 0.3, "max_attempts": 2}
    got, answers = [], []

    def program(peer):
        if peer.id == 0:
            answers.append((yield peer.send(1, peer.initial_model, tag=3, reliable=True, timeout_s=100.0)))
        else:
            while True:
                got.append((yield peer.recv(partial=True)))

    run = simulate(program, 2, radio=radio, seeds={"world": 6})
    assert answers[0].ok
    assert [(message.tag, message.fragments) for message in got] == [(3, (True,) * 4)]
    payloads = [int(row.payload_bits) for row in run.transmissions]
    assert len(payloads) > 1
    assert payloads == sorted(payloads, reverse=True)
    assert payloads[0] == 3200 > payloads[-1]
    assert (run.world.traffic.delivered_messages, run.world.traffic.bits_delivered) == (1, 3200)
    assert answers[0].attempts == sum(int(row.attempts) for row in run.transmissions)
    assert answers[0].energy_j == pytest.approx(sum(row.joules for row in run.transmissions))


def test_repair_moves_no_luck_of_later_messages(simulate):
    """However many repetitions one message needs, the next one meets the same draws."""

    def fates(timeout_s):
        def program(peer):
            if peer.id == 0:
                yield peer.send(1, peer.initial_model, reliable=True, timeout_s=timeout_s)
                for t in range(20):
                    yield peer.broadcast(peer.initial_model, tag=1 + t)

        radio = {**FRAGMENTS, "loss": 0.5, "max_attempts": 1}
        run = simulate(program, 2, radio=radio)
        numbers = {row.transmission for row in run.transmissions if row.tag > 0}
        return len(run.transmissions), [row.fragments_heard for row in run.receptions if row.transmission in numbers]

    (few, one), (many, other) = fates(0.5), fates(50.0)
    assert few < many
    assert one == other


def test_time_is_up_for_repair(simulate):
    answers = []

    def actions(peer):
        answers.append((yield peer.send(1, peer.initial_model, reliable=True, timeout_s=2.5)))

    simulate(only(0, actions), 2, radio={**SLOW, "loss": 1.0, "max_attempts": 1})
    (answer,) = answers
    assert (answer.ok, answer.attempts, answer.time_s) == (False, 3, 3.0)
    assert answer.energy_j == pytest.approx(6.0)


def test_a_repetition_that_takes_no_time_is_not_repeated_for_ever(simulate):
    answers = []

    def actions(peer):
        answers.append((yield peer.send(1, None, reliable=True, timeout_s=2.5)))

    simulate(only(0, actions), 2, radio={**SLOW, "loss": 1.0})
    assert (answers[0].ok, answers[0].time_s) == (False, 0.0)
