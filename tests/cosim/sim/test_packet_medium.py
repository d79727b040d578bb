"""The medium at packet fidelity: times, whose turn it is, who hears, and books that balance."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": TRANSCEIVER}
PACKET = {"kind": "csma_ca", "fidelity": "packet"}

# IEEE 802.11a at 6 Mb/s, from the clauses: DIFS 34 us, SIFS 16 us, slots of 9 us; a PPDU takes 20 us and 4 us for each
# 24 bits of 16 + 8 * PSDU + 6. A model of 400 bytes has a PSDU of 436, an acknowledgement one of 14.
DIFS_S, SIFS_S, SLOT_S, FRAME_S, ACK_S = 34e-6, 16e-6, 9e-6, 608e-6, 44e-6
FOUND_S = 4e-6
"""From the beginning of a frame until its preamble is found: only then receivers receive."""
TIMEOUT_S = SIFS_S + SLOT_S + 20e-6


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


def only(peer_id, actions):
    def program(peer):
        if peer.id == peer_id:
            yield from actions(peer)

    return program


def everybody_sends(peer):
    yield peer.broadcast(peer.initial_model)


def two_send(peer):
    if peer.id < 2:
        yield peer.broadcast(peer.initial_model)


@pytest.fixture
def air(simulate):
    """air(program, places, ...): stations on a line that contend."""

    def run(program, *places_m, radio=WIFI, medium=PACKET, **sections):
        return simulate(program, len(places_m), radio=radio, mobility=line(*places_m), **{"medium": medium, **sections})

    return run


# Closed forms


def test_a_frame_handed_to_an_idle_medium_goes_out_after_difs(air):
    run = air(only(0, everybody_sends), 0, 10)
    (sent,), (heard,) = run.transmissions, run.receptions
    assert (sent.start_s, sent.end_s) == pytest.approx((0.0, DIFS_S + FRAME_S))
    assert (sent.attempts, sent.bits_on_air, sent.payload_bits) == (1, 8 * 436, 3200)
    assert (sent.air_s, sent.joules, sent.acknowledged) == pytest.approx((FRAME_S, 2.0 * FRAME_S, 0.0))
    assert (heard.outcome, heard.receive_s) == ("heard", pytest.approx(FRAME_S - FOUND_S))
    assert heard.joules == pytest.approx(0.75 * (FRAME_S - FOUND_S))
    assert run.end_s == sent.end_s


def test_a_unicast_is_acknowledged(air):
    answers, got = [], []

    def program(peer):
        if peer.id == 0:
            answers.append((yield peer.send(1, peer.initial_model)))
        else:
            message = yield peer.recv()
            got.append((peer.now_s, message.fragments))

    run = air(program, 0, 10)
    (sent,), (heard,) = run.transmissions, run.receptions
    end_s = DIFS_S + FRAME_S + SIFS_S + ACK_S
    assert (sent.end_s, sent.bits_on_air, sent.acknowledged) == pytest.approx((end_s, 8 * 436 + 112, 1.0))
    assert sent.joules == pytest.approx(2.0 * FRAME_S + 0.75 * (ACK_S - FOUND_S))
    assert heard.joules == pytest.approx(0.75 * (FRAME_S - FOUND_S) + 2.0 * ACK_S)
    (answer,) = answers
    assert (answer.ok, answer.attempts) == (True, 1)
    assert (answer.time_s, answer.energy_j) == pytest.approx((end_s, sent.joules))
    # What is whole is handed over before the acknowledgement.
    assert got == [(pytest.approx(DIFS_S + FRAME_S), (True,))]


def test_who_is_never_answered_repeats_with_growing_windows(air):
    """Nobody is there: seven attempts, each after a timeout, DIFS and a whole number of slots."""
    answers = []

    def actions(peer):
        answers.append((yield peer.send(1, peer.initial_model)))

    run = air(only(0, actions), 0, 500)
    (sent,) = run.transmissions
    assert (answers[0].ok, answers[0].attempts, sent.attempts) == (False, 7, 7)
    slots = (sent.end_s - 7 * (DIFS_S + FRAME_S + TIMEOUT_S)) / SLOT_S
    assert slots == pytest.approx(round(slots), abs=1e-6)
    assert 0 <= round(slots) <= 31 + 63 + 127 + 255 + 511 + 1023
    assert run.outcomes() == [(0, 1, "below_sensitivity")]


def test_frames_of_one_message_contend_each_anew(air):
    run = air(only(0, everybody_sends), 0, 10, radio={**WIFI, "fragment_bytes": 100})
    (sent,) = run.transmissions
    frame_s = 20e-6 + 4e-6 * -(-(16 + 8 * 136 + 6) // 24)
    slots = (sent.end_s - 4 * (DIFS_S + frame_s)) / SLOT_S
    assert slots == pytest.approx(round(slots), abs=1e-6)
    assert 0 <= round(slots) <= 45
    assert run.receptions[0].fragments_heard == 4


# Who hears


def test_who_begins_together_collides_and_hears_nothing(air):
    run = air(two_send, 0, 10, 5)
    assert run.outcomes() == [(0, 1, "busy"), (0, 2, "collided"), (1, 0, "busy"), (1, 2, "collided")]
    assert run.spent(2, "radio", "receive")[0] == 0.0


def test_a_hidden_station_destroys_what_is_heard_between(air):
    """80 m apart they do not sense each other, and 40 m from both sits their hearer."""

    def program(peer):
        if peer.id == 1:
            return
        if peer.id == 2:
            yield peer.pause(300e-6)
        yield peer.broadcast(peer.initial_model)

    run = air(program, 0, 40, 80)
    assert [row for row in run.outcomes() if row[1] == 1] == [(0, 1, "collided"), (1, 1, "busy")]


def test_an_exposed_station_waits_although_it_would_do_no_harm(air):
    def program(peer):
        if peer.id in (1, 2):
            yield peer.pause(0.0 if peer.id == 1 else 100e-6)
            yield peer.send(0 if peer.id == 1 else 3, peer.initial_model)

    run = air(program, 0, 40, 80, 120)
    first, second = run.transmissions
    assert second.end_s - second.air_s - SIFS_S - ACK_S > first.end_s


def test_those_within_earshot_pay_and_discard(air):
    got = []

    def program(peer):
        if peer.id == 0:
            yield peer.send(1, peer.initial_model)
        else:
            got.append((peer.id, (yield peer.recv(timeout_s=1.0)) is not None))

    run = air(program, 0, 10, 20, 900)
    assert [(row.peer, row.intended, row.outcome) for row in run.receptions] == [(1, 1, "heard"), (2, 0, "heard")]
    assert run.receptions[1].receive_s == pytest.approx(FRAME_S + ACK_S - 2 * FOUND_S)
    assert got == [(1, True), (2, False), (3, False)]
    assert run.world.traffic.delivered_messages == 1


def test_who_hears_only_the_answers_pays_for_them(air):
    run = air(only(0, lambda peer: (yield peer.send(1, peer.initial_model))), 0, 40, 80)
    beyond = run.receptions[1]
    assert (beyond.peer, beyond.outcome, beyond.fragments_heard) == (2, "below_sensitivity", 0)
    assert beyond.receive_s == pytest.approx(ACK_S - FOUND_S)


def test_first_come_first_served(air):
    order = []

    def one(peer, name):
        yield peer.broadcast(peer.initial_model)
        order.append(name)

    def program(peer):
        for name in "abc":
            peer.spawn(one(peer, name))
        yield peer.pause(0.0)

    air(only(0, program), 0, 10)
    assert order == ["a", "b", "c"]


def test_jitter_spreads_what_would_collide(air):
    medium = {**PACKET, "jitter_s": 0.1}
    run = air(two_send, 0, 10, 5, medium=medium)
    assert {outcome for *_, outcome in run.outcomes()} == {"heard"}
    assert all(row.start_s < 0.1 for row in run.transmissions)


def test_another_channel_is_another_world(air):
    def program(peer):
        if peer.id == 2:
            peer.radio(channel=6)
        yield peer.pause(0.001)
        if peer.id == 0:
            yield peer.send(2, peer.initial_model)
            yield peer.broadcast(peer.initial_model)

    run = air(program, 0, 10, 20, graph={"kind": "radio"})
    assert run.outcomes()[-1] == (1, 1, "heard")
    assert (0, 2, "below_sensitivity") in run.outcomes()


def test_a_repaired_message_comes_whole_across_a_bad_link(air):
    answers, got = [], []

    def program(peer):
        if peer.id == 0:
            answers.append((yield peer.send(1, peer.initial_model, reliable=True, timeout_s=10.0)))
        else:
            got.append((yield peer.recv()).fragments)

    radio = {**WIFI, "fragment_bytes": 50, "max_attempts": 2, "preamble_detection": False}
    run = air(program, 0, 108, radio=radio)
    assert answers[0].ok
    assert got == [(True,) * 8]
    assert run.world.traffic.delivered_messages == 1
    assert len(run.transmissions) > 1


def test_an_erasure_code_makes_up_for_what_is_lost(air):
    got = []

    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        else:
            message = yield peer.recv(timeout_s=1.0)
            got.append(message is not None and message.fragments)

    radio = {**WIFI, "fragment_bytes": 50, "preamble_detection": False}
    repair = {"kind": "erasure_code", "redundancy": 2.0}
    run = air(program, 0, 106, radio=radio, repair=repair)
    assert got == [(True,) * 8]
    (row,) = run.receptions
    assert (row.outcome, row.fragments) == ("heard", 24)
    assert 8 <= row.fragments_heard < 24


def test_rate_fallback_learns_from_every_frame(air):
    radio = {**WIFI, "rate_bit_per_s": 54e6, "fragment_bytes": 50, "rate_control": {"kind": "arf"}}
    run = air(only(0, lambda peer: (yield peer.send(1, peer.initial_model))), 0, 40, radio=radio)
    (sent,) = run.transmissions
    assert sent.acknowledged
    assert sent.attempts > 8


# Invariants


def tables(run):
    return [vars(row) for row in (*run.transmissions, *run.receptions)]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    places=st.lists(st.floats(0.0, 150.0), min_size=3, max_size=5, unique=True),
    acts=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 20)), min_size=1, max_size=6),
)
def test_whatever_is_sent_books_balance_and_nothing_gets_lost(simulate, places, acts):
    """The fixture checks the ledger: seconds without gap or overlap, and a second account from the tables."""
    count, asked = len(places), []

    def program(peer):
        for source, target, wait in acts:
            if source % count == peer.id:
                yield peer.pause(wait * 1e-4)
                asked.append(peer.id)
                if target % count == peer.id:
                    yield peer.broadcast(peer.initial_model)
                else:
                    yield peer.send(target % count, peer.initial_model)

    sections = {"radio": {**WIFI, "fragment_bytes": 200}, "mobility": line(*places), "medium": PACKET}
    run = simulate(program, count, **sections)
    assert len(run.transmissions) == len(asked) == len(acts)
    links = {
        (peer, hearer)
        for peer in range(count)
        for hearer in run.world.budget.reach(peer, (), 0.0).ids
    }  # fmt: skip
    source = {row.transmission: int(row.source) for row in run.transmissions}
    for row in run.receptions:
        heard = row.fragments_heard > 0
        assert not heard or (source[row.transmission], int(row.peer)) in links
        assert (row.outcome == "heard") == (row.fragments_heard == row.fragments)
    del asked[:]
    assert tables(simulate(program, count, **sections)) == tables(run)


def test_another_listener_moves_no_luck(air):
    """On a bad link the same fragments arrive, whoever else listens."""

    def heard_by(*places_m):
        radio = {**WIFI, "fragment_bytes": 20, "preamble_detection": False}
        run = air(only(0, everybody_sends), *places_m, radio=radio)
        return run.receptions[0].fragments_heard, run.transmissions[0].end_s

    assert 0 < heard_by(0, 106)[0] < 20
    assert heard_by(0, 106) == heard_by(0, 106, 30, 60)


def test_frames_fade_one_by_one_and_neighbours_in_a_block_together(simulate):
    """Walking at 1 m/s at 5 GHz a block lasts some 10 ms: many frames of 208 us share one fate, none all of them."""
    radio = {**WIFI, "fragment_bytes": 100, "preamble_detection": False}
    mobility = {"kind": "random_waypoint", "area_m": [60, 60], "speed_m_per_s": [1, 1.001], "pause_s": 0}
    loss = [{"kind": "log_distance", "exponent": 3.8, "reference_loss_db": 46.6777}]
    fading = {"kind": "rayleigh", "frequency_hz": 5.2e9}

    def program(peer):
        if peer.id == 0:
            for _ in range(40):
                yield peer.broadcast(peer.initial_model)
                yield peer.pause(0.02)

    def heard(chain):
        run = simulate(program, 2, radio=radio, mobility=mobility, medium=PACKET, propagation=chain)
        return [int(row.fragments_heard) for row in run.receptions]

    faded = heard([*loss, fading])
    assert len(set(faded)) > 1
    assert faded.count(0) + faded.count(4) > 20
    assert faded == heard([*loss, fading])
    assert faded != heard(loss)
