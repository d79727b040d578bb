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
    (answer,) = answers
    assert (answer.ok, answer.attempts) == (True, 1)
    assert (answer.time_s, answer.energy_j) == pytest.approx((end_s, sent.joules))
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


# Headers, and receivers that sleep


def test_a_bystander_that_drops_frames_pays_for_their_headers(simulate):
    """20 us of PHY header and 24 bytes at 6 Mb/s, 9 symbols of 4 us."""
    chip = {**TRANSCEIVER, "overhearing": "header"}
    radio = {**WIFI, "fragment_bytes": 200, "transceiver": chip}
    run = simulate(
        only(0, lambda peer: (yield peer.send(1, peer.initial_model))), 3, radio=radio, mobility=line(0, 10, 20)
    )
    heard, dropped = run.receptions
    assert (heard.intended, dropped.intended, dropped.outcome) == (1.0, 0.0, "heard")
    assert dropped.receive_s == pytest.approx(2 * 56e-6, rel=1e-9)
    assert run.spent(2, "radio", "receive") == pytest.approx((2 * 56e-6, 0.75 * 2 * 56e-6), rel=1e-9)


def test_a_deafened_receiver_hears_the_beginning_and_goes_on_sending(make_world, examined):
    """Peer 1 sends from 0 to 1 s and receives from then on; it is deaf from 0.5 s and again from 1.75 s on."""

    def program(peer):
        if peer.id == 1:
            yield peer.broadcast(peer.initial_model)
        if peer.id == 0:
            yield peer.pause(1.0)
            yield peer.broadcast(peer.initial_model)

    world, _ = make_world(program, 2, radio=FRAGMENTS)
    world.clock.at(0.5, order=0, call=lambda _: world.medium.deafen(1))
    world.clock.at(1.0, order=-1, call=lambda _: world.stations[1].wake(1.0))
    world.clock.at(1.75, order=0, call=lambda _: world.medium.deafen(1))
    world.run()
    run = examined(world)
    assert sends(run) == [(1, 0.0, 1.0), (0, 1.0, 2.0)]
    first, second = run.receptions
    assert (first.peer, first.outcome) == (0, "heard")
    assert (second.peer, second.outcome, second.fragments_heard, second.receive_s) == (1, "asleep", 3, 0.75)
    assert run.spent(1, "radio", "idle") == (0.25, 0.125)
