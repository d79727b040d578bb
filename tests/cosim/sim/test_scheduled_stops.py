"""The scheduled medium when stations sleep, switch off or die in the middle of a message, and when the run ends."""

import pytest

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": TRANSCEIVER}
SLOW = {"kind": "erasure", "rate_bit_per_s": 3200.0, "transceiver": TRANSCEIVER}
"""A dense model of 400 bytes takes one second."""
FRAGMENTS = {**SLOW, "fragment_bytes": 100}
"""The same in four fragments of a quarter of a second."""


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


def sends(run):
    return [(int(row.source), row.start_s, row.end_s) for row in run.transmissions]


def everybody_sends(peer):
    yield peer.broadcast(peer.initial_model)


def sleeping_sender(peer):
    """Peer 0 falls asleep in the middle of its own message of four fragments."""
    if peer.id == 0:
        peer.spawn(everybody_sends(peer))
        yield peer.pause(0.6)
        yield peer.sleep(2.0)


def test_a_sender_that_stops_leaves_what_it_had_sent(simulate):
    got = []

    def program(peer):
        yield from sleeping_sender(peer)
        if peer.id == 1:
            message = yield peer.recv(partial=True)
            got.append((peer.now_s, message.fragments))

    run = simulate(program, 3, radio=FRAGMENTS)
    assert got == [(0.6, (True, True, False, False))]
    (sent,) = run.transmissions
    assert (sent.end_s, sent.air_s, sent.attempts, sent.bits_on_air) == (0.6, 0.6, 2, 1920)
    assert [(row.outcome, row.receive_s, row.fragments_heard) for row in run.receptions] == [("lost", 0.6, 2)] * 2
    assert run.spent(0, "radio", "sleep") == pytest.approx((2.0, 0.25))
    assert run.spent(1, "radio", "receive") == pytest.approx((0.6, 0.45))


def test_a_hearer_that_stops_keeps_what_it_had_heard(simulate):
    got = []

    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        if peer.id == 1:
            yield peer.pause(0.6)
            yield peer.sleep(1.0)
            got.append((yield peer.recv(partial=True)).fragments)

    run = simulate(program, 3, radio=FRAGMENTS)
    assert got == [(True, True, False, False)]
    assert [(row.outcome, row.receive_s) for row in run.receptions] == [("asleep", 0.6), ("heard", 1.0)]


def test_a_unicast_goes_on_without_answers_when_its_hearer_stops(simulate):
    answers = []

    def program(peer):
        if peer.id == 0:
            answers.append((yield peer.send(1, peer.initial_model)))
        else:
            yield peer.pause(0.6)
            yield peer.sleep(1.0)

    run = simulate(program, 2, radio=FRAGMENTS)
    assert (answers[0].ok, answers[0].attempts, answers[0].time_s) == (False, 4, 1.0)
    assert run.spent(0, "radio", "transmit")[0] == 1.0


def test_who_sleeps_when_a_message_is_asked_for_misses_it(simulate):
    """Even if it wakes before the end: it has missed the preamble."""
    answers = []

    def program(peer):
        if peer.id == 0:
            yield peer.pause(0.5)
            yield peer.broadcast(peer.initial_model)
            answers.append((yield peer.send(1, peer.initial_model)))
        if peer.id == 1:
            yield peer.sleep(1.0)

    run = simulate(program, 3, radio=SLOW)
    assert run.outcomes() == [(0, 1, "asleep"), (0, 2, "heard"), (1, 1, "heard")]
    assert answers[0].ok
    assert run.spent(1, "radio", "receive")[0] == 1.0


def test_an_absent_peer_is_asked_as_often_as_allowed(simulate):
    answers = []

    def program(peer):
        if peer.id == 0:
            answers.append((yield peer.send(1, peer.initial_model)))
        else:
            yield peer.sleep(10.0)

    run = simulate(
        lambda peer: program(peer),
        {"a": {"count": 1}, "b": {"count": 1, "join_s": 9.0}},
        radio={**SLOW, "max_attempts": 3},
    )
    assert (answers[0].ok, answers[0].attempts) == (False, 3)
    assert run.outcomes() == [(0, 1, "off")]


def test_who_wakes_hears_what_begins_at_that_instant(simulate):
    def program(peer):
        if peer.id == 0:
            yield peer.pause(1.0)
            yield peer.broadcast(peer.initial_model)
        else:
            yield peer.sleep(1.0)

    assert simulate(program, 3, radio=SLOW).outcomes() == [(0, 1, "heard"), (0, 2, "heard")]


def test_a_message_that_ends_as_somebody_falls_asleep_is_whole(simulate):
    got = []

    def program(peer):
        if peer.id == 1:
            yield peer.broadcast(peer.initial_model)
        elif peer.id == 0:
            yield peer.pause(1.0)
            yield peer.sleep(1.0)
            got.append((yield peer.recv()).fragments)

    run = simulate(program, 2, radio=FRAGMENTS)
    assert got == [(True,) * 4]
    assert run.spent(0, "radio", "receive") == (1.0, 0.75)


def test_messages_still_waiting_are_given_up_and_their_hearers_are_free(simulate):
    """Peer 0 has three messages to send and sleeps in the first: peer 2 need not wait for the other two."""
    answers = []

    def one(peer):
        answers.append((peer.now_s, (yield peer.send(1, peer.initial_model))))

    def program(peer):
        if peer.id == 0:
            for _ in range(3):
                peer.spawn(one(peer))
            yield peer.pause(0.5)
            yield peer.sleep(5.0)
        if peer.id == 2:
            yield peer.pause(0.6)
            yield peer.send(1, peer.initial_model)

    run = simulate(program, 3, radio=SLOW)
    assert sends(run) == [(0, 0.0, 0.5), (2, 0.6, 1.6)]
    assert [(sent.ok, sent.time_s) for _, sent in answers] == [(False, 0.5)] * 3


def test_what_is_sent_in_ones_sleep_starts_at_the_end_of_it(simulate):
    def later(peer):
        yield peer.pause(0.5)
        yield peer.broadcast(peer.initial_model)

    def program(peer):
        if peer.id == 0:
            peer.spawn(later(peer))
            yield peer.sleep(2.0)

    assert sends(simulate(program, 2, radio=SLOW)) == [(0, 2.0, 3.0)]


def test_a_battery_that_ends_in_a_message_ends_the_message(simulate):
    """2 W for sending and 1 W for the idle board: 2.1 J last 0.7 s."""
    groups = {"a": {"count": 1, "power": {"kind": "battery", "capacity_j": 2.1}}, "b": {"count": 2}}

    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        else:
            yield peer.pause(2.0)

    run = simulate(program, groups, radio=FRAGMENTS)
    assert run.world.deaths == {0: pytest.approx(0.7, rel=1e-12)}
    assert [(row.outcome, row.fragments_heard) for row in run.receptions] == [("lost", 2)] * 2
    assert run.joules[0].sum() == pytest.approx(2.1, rel=1e-12)
    assert run.spent(1, "radio", "receive")[0] == pytest.approx(0.7)
    assert run.end_s == 2.0


@pytest.mark.parametrize("power_of_hearers", ["mains", {"kind": "battery", "capacity_j": 100.0}])
def test_batteries_of_hearers_do_not_pay_for_what_never_came(simulate, power_of_hearers):
    groups = {
        "a": {"count": 1, "power": {"kind": "battery", "capacity_j": 2.1}},
        "b": {"count": 2, "power": power_of_hearers},
    }
    for radio, mobility in ((FRAGMENTS, line(0, 10, 20)), ({**WIFI, "rate_bit_per_s": 6e6}, line(0, 10, 20))):

        def program(peer):
            for _ in range(3):
                yield peer.send((peer.id + 1) % 3, peer.initial_model)
            yield peer.pause(1.0)

        simulate(program, groups, radio=radio, mobility=mobility)


def test_the_end_of_the_run_ends_what_is_under_way(simulate):
    run = simulate(everybody_sends, 3, radio=FRAGMENTS, rounds={"count": 9, "stop_s": 1.5})
    assert sends(run) == [(0, 0.0, 1.0), (1, 1.0, 1.5)]
    assert run.end_s == 1.5
    assert [row.outcome for row in run.receptions] == ["heard", "heard", "lost", "lost"]


def test_a_message_of_no_length_that_ends_as_its_hearer_falls_asleep(simulate):
    """It waits for the hearer's turn, begins and ends at that instant, and those around hear it, too."""
    radio = {"kind": "first_order", "rate_bit_per_s": 3200.0, "range_m": 100.0}
    edges = {"kind": "edges", "edges": [[[0, 1], [2, 1]]]}

    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        if peer.id == 1:
            yield peer.pause(1.0)
            yield peer.sleep(1.0)
        if peer.id == 2:
            yield peer.pause(0.5)
            yield peer.broadcast(None)

    run = simulate(program, 4, radio=radio, mobility=line(0, 10, 20, 30), graph=edges)
    assert sends(run) == [(0, 0.0, 1.0), (2, 1.0, 1.0)]
    assert [outcome for number, _, outcome in run.outcomes() if number == 1] == ["heard"] * 3
