import pytest

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": TRANSCEIVER}
SLOW = {"kind": "erasure", "rate_bit_per_s": 3200.0, "transceiver": TRANSCEIVER}
"""A dense model of 400 bytes takes one second."""
FRAGMENTS = {**SLOW, "fragment_bytes": 100}
"""The same in four fragments of a quarter of a second."""

# IEEE 802.11a at 6 Mb/s, from the clauses: DIFS 34 us and on average 7.5 slots of 9 us; SIFS 16 us; a PPDU takes 20 us
# and 4 us for each 24 bits of 16 + 8 * PSDU + 6. A model of 400 bytes has a PSDU of 436, an acknowledgement of 14.
GAP_S, SIFS_S, FRAME_S, ACK_S = 101.5e-6, 16e-6, 608e-6, 44e-6


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


def only(peer_id, actions):
    """A program in which one peer acts and the others listen."""

    def program(peer):
        if peer.id == peer_id:
            yield from actions(peer)

    return program


def sends(run):
    return [(int(row.source), row.start_s, row.end_s) for row in run.transmissions]


# Closed forms


def test_a_broadcast_between_two_stations(simulate):
    run = simulate(
        only(0, lambda peer: (yield peer.broadcast(peer.initial_model))), 2, radio=WIFI, mobility=line(0, 10)
    )
    (sent,), (heard,) = run.transmissions, run.receptions
    assert (sent.start_s, sent.end_s) == pytest.approx((0.0, GAP_S + FRAME_S))
    assert (sent.attempts, sent.bits_on_air, sent.payload_bits) == (1, 8 * 436, 3200)
    assert (sent.air_s, sent.joules, sent.acknowledged) == pytest.approx((FRAME_S, 2.0 * FRAME_S, 0.0))
    assert (heard.outcome, heard.receive_s, heard.distance_m) == ("heard", pytest.approx(FRAME_S), 10.0)
    assert heard.joules == pytest.approx(0.75 * FRAME_S)
    assert run.spent(0, "radio", "idle") == pytest.approx((GAP_S, 0.5 * GAP_S))
    assert run.end_s == sent.end_s


def test_a_unicast_between_two_stations(simulate):
    answers = []

    def actions(peer):
        answers.append((yield peer.send(1, peer.initial_model)))

    run = simulate(only(0, actions), 2, radio=WIFI, mobility=line(0, 10))
    (sent,), (heard,) = run.transmissions, run.receptions
    end_s = GAP_S + FRAME_S + SIFS_S + ACK_S
    assert (sent.end_s, sent.bits_on_air, sent.acknowledged) == pytest.approx((end_s, 8 * 436 + 112, 1.0))
    assert sent.joules == pytest.approx(2.0 * FRAME_S + 0.75 * ACK_S)
    assert heard.joules == pytest.approx(0.75 * FRAME_S + 2.0 * ACK_S)
    assert answers == [(True, 1, pytest.approx(end_s), pytest.approx(sent.joules))]
    assert run.spent(1, "radio", "transmit") == pytest.approx((ACK_S, 2.0 * ACK_S))


def test_a_unicast_in_fragments_repeats_each_for_itself(simulate):
    answers = []
    radio = {**WIFI, "fragment_bytes": 100, "max_attempts": 5}

    def actions(peer):
        answers.append((yield peer.send(1, peer.initial_model)))

    # At 51 m and 16 dBm frames of 136 bytes get lost now and then.
    run = simulate(only(0, actions), 2, radio={**radio, "preamble_detection": False}, mobility=line(0, 108))
    (sent,), (sent_answer,) = run.transmissions, answers
    frame_s = 20e-6 + 4e-6 * -(-(16 + 8 * 136 + 6) // 24)
    assert sent.attempts == sent_answer.attempts > 4
    assert sent.air_s == pytest.approx(sent.attempts * frame_s)
    assert sent.end_s == pytest.approx(sent.attempts * (GAP_S + frame_s + SIFS_S + ACK_S))
    assert sent.acknowledgement_s <= sent.attempts * ACK_S


def test_a_first_order_radio_pays_for_the_distance_to_its_farthest_hearer(simulate):
    """Heinzelman 2002: 50 nJ a bit for each end, and 10 pJ a bit and square metre below the crossover of 88 m."""
    radio = {"kind": "first_order", "rate_bit_per_s": 1e6, "range_m": 60.0}
    run = simulate(
        only(0, lambda peer: (yield peer.broadcast(peer.initial_model))), 3, radio=radio, mobility=line(0, 10, 50)
    )
    (sent,) = run.transmissions
    assert sent.joules == pytest.approx(3200 * (50e-9 + 10e-12 * 50.0**2))
    assert [row.joules for row in run.receptions] == pytest.approx([3200 * 50e-9] * 2)


# Whose turn it is


def everybody_sends(peer):
    yield peer.broadcast(peer.initial_model)


def test_one_after_the_other_and_ties_by_number(simulate):
    run = simulate(everybody_sends, 3, radio=SLOW)
    assert sends(run) == [(0, 0.0, 1.0), (1, 1.0, 2.0), (2, 2.0, 3.0)]


def test_a_station_does_one_thing_at_a_time(simulate):
    """On a directed ring each sends to the next: who sends cannot receive, so of three only one can send."""
    run = simulate(everybody_sends, 3, radio=SLOW, graph={"kind": "directed_ring"})
    assert sends(run) == [(0, 0.0, 1.0), (1, 1.0, 2.0), (2, 2.0, 3.0)]
    for peer in range(3):
        assert run.spent(peer, "radio", "transmit")[0] == run.spent(peer, "radio", "receive")[0] == 1.0


def test_pairs_apart_send_at_the_same_time(simulate):
    edges = {"kind": "edges", "edges": [[[0, 1], [2, 3]]]}
    run = simulate(only(0, everybody_sends), 4, radio=SLOW, graph=edges)
    assert sends(run) == [(0, 0.0, 1.0)]

    def evens(peer):
        if peer.id % 2 == 0:
            yield peer.broadcast(peer.initial_model)

    assert sends(simulate(evens, 4, radio=SLOW, graph=edges)) == [(0, 0.0, 1.0), (2, 0.0, 1.0)]


def test_first_come_first_served(simulate):
    def program(peer):
        if peer.id:
            yield peer.pause(0.1 * (4 - peer.id))
            yield peer.send(0, peer.initial_model)

    assert sends(simulate(program, 4, radio=SLOW)) == [
        (3, 0.1, 1.1),
        (2, pytest.approx(1.1), pytest.approx(2.1)),
        (1, pytest.approx(2.1), pytest.approx(3.1)),
    ]


def test_a_busy_hearer_is_waited_for_and_a_busy_bystander_is_not(simulate):
    def program(peer):
        if peer.id == 0:
            yield peer.send(1, peer.initial_model)
        if peer.id == 2:
            yield peer.pause(0.5)
            yield peer.send(3, peer.initial_model)
            yield peer.send(1, peer.initial_model)

    assert sends(simulate(program, 4, radio=SLOW)) == [(0, 0.0, 1.0), (2, 0.5, 1.5), (2, 1.5, 2.5)]


def test_messages_arrive_at_the_end_and_after_the_latency(simulate):
    got = []

    def program(peer):
        if peer.id == 0:
            yield peer.send(1, peer.initial_model, tag=5)
        else:
            message = yield peer.recv()
            got.append((peer.now_s, message.time_s, message.source, message.tag))

    simulate(program, 2, radio={**SLOW, "latency_s": 0.25})
    assert got == [(1.25, 1.25, 0, 5)]


# Who hears


def test_others_within_earshot_pay_and_discard(simulate):
    got = []

    def program(peer):
        if peer.id == 0:
            yield peer.send(1, peer.initial_model)
        else:
            got.append((peer.id, (yield peer.recv(timeout_s=1.0)) is not None))

    run = simulate(program, 4, radio=WIFI, mobility=line(0, 10, 20, 900))
    assert [(row.peer, row.intended, row.outcome) for row in run.receptions] == [(1, 1, "heard"), (2, 0, "heard")]
    assert run.receptions[1].joules == pytest.approx(0.75 * FRAME_S)
    assert got == [(1, True), (2, False), (3, False)]
    assert run.world.traffic.delivered_messages == 1


def test_under_a_scheduled_graph_bystanders_hear_too(simulate):
    run = simulate(only(0, everybody_sends), 3, radio=WIFI, mobility=line(0, 10, 20), graph={"kind": "directed_ring"})
    assert [(row.peer, row.intended) for row in run.receptions] == [(1, 1), (2, 0)]


def test_who_is_busy_overhears_nothing(simulate):
    """Two pairs in one place send at the same time."""

    def program(peer):
        if peer.id in (0, 2):
            yield peer.send(peer.id + 1, peer.initial_model)

    run = simulate(program, 5, radio=WIFI, mobility=line(0, 10, 20, 30, 15))
    assert run.outcomes() == [
        (0, 1, "heard"), (0, 2, "busy"), (0, 3, "busy"), (0, 4, "heard"),
        (1, 0, "busy"), (1, 1, "busy"), (1, 3, "heard"), (1, 4, "busy"),
    ]  # fmt: skip


def test_who_waits_for_its_turn_overhears_until_then(simulate):
    """Peer 2 waits for peer 1, which is out of the reach of peer 3; meanwhile it hears peer 3 talk to peer 4."""

    def program(peer):
        if peer.id == 0:
            yield peer.send(1, peer.initial_model)
        if peer.id == 2:
            yield peer.pause(1e-4)
            yield peer.send(1, peer.initial_model)
        if peer.id == 3:
            yield peer.pause(1.5e-4)
            yield peer.send(4, None)

    run = simulate(program, 5, radio=WIFI, mobility=line(0, 40, 80, 110, 140))
    assert [outcome for number, peer, outcome in run.outcomes() if (number, peer) == (2, 2)] == ["heard"]
    by_start = sorted(run.transmissions, key=lambda row: row.start_s)
    assert [int(row.source) for row in by_start] == [0, 3, 2]


def test_a_recipient_out_of_reach_notices_nothing(simulate):
    answers = []

    def actions(peer):
        answers.append((yield peer.send(1, peer.initial_model)))

    run = simulate(only(0, actions), 2, radio=WIFI, mobility=line(0, 500))
    assert run.outcomes() == [(0, 1, "below_sensitivity")]
    assert run.spent(1, "radio", "receive") == (0.0, 0.0)
    # No way back either: the frame is sent once.
    assert (answers[0].ok, answers[0].attempts) == (False, 1)


def test_a_link_in_one_direction_delivers_without_repetition(simulate):
    answers = []

    def program(peer):
        if peer.id == 0:
            yield peer.pause(0.001)
            answers.append((yield peer.send(1, peer.initial_model)))
        else:
            peer.radio(tx_power_dbm=-40.0)
            answers.append((yield peer.recv()).source)

    run = simulate(program, 2, radio=WIFI, mobility=line(0, 10))
    sent, source = answers
    assert (sent.ok, sent.attempts, source) == (False, 1, 0)
    assert run.transmissions[0].acknowledgement_s == 0.0


def test_another_channel_is_another_world(simulate):
    def program(peer):
        if peer.id == 2:
            peer.radio(channel=6)
        yield peer.pause(0.001)
        if peer.id == 0:
            assert peer.neighbours() == (1,)
            sent = yield peer.send(2, peer.initial_model)
            assert not sent.ok
            yield peer.broadcast(peer.initial_model)

    run = simulate(program, 3, radio=WIFI, mobility=line(0, 10, 20), graph={"kind": "radio"})
    assert run.outcomes() == [(0, 1, "heard"), (0, 2, "below_sensitivity"), (1, 1, "heard")]


def test_what_was_asked_for_before_keeps_its_power(simulate):
    """Two broadcasts asked for at once, then the power goes down: both are still heard."""

    def program(peer):
        if peer.id == 0:
            peer.spawn(everybody_sends(peer))
            peer.spawn(everybody_sends(peer))
            yield peer.pause(1e-5)
            peer.radio(tx_power_dbm=-40.0)
            yield peer.pause(0.01)
            yield peer.send(1, peer.initial_model)

    run = simulate(program, 2, radio=WIFI, mobility=line(0, 10))
    assert [outcome for *_, outcome in run.outcomes()] == ["heard", "heard", "below_sensitivity"]


# Stations that stop


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


# Repair


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
    assert answers == [(False, 3, 3.0, pytest.approx(6.0))]


def test_a_repetition_that_takes_no_time_is_not_repeated_for_ever(simulate):
    answers = []

    def actions(peer):
        answers.append((yield peer.send(1, None, reliable=True, timeout_s=2.5)))

    simulate(only(0, actions), 2, radio={**SLOW, "loss": 1.0})
    assert (answers[0].ok, answers[0].time_s) == (False, 0.0)
