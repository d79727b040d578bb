"""Packet fidelity when stations sleep, switch off or die in the middle of a frame, and when the run ends."""

import pytest

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": TRANSCEIVER, "fragment_bytes": 100}
"""A model of 400 bytes goes out in four fragments of 208 us, each with at least DIFS before it."""
PACKET = {"kind": "csma_ca", "fidelity": "packet"}
FRAME_S, DIFS_S = 208e-6, 34e-6


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


@pytest.fixture
def air(simulate):
    def run(program, *places_m, peers=None, **sections):
        peers = len(places_m) if peers is None else peers
        return simulate(program, peers, radio=WIFI, mobility=line(*places_m), medium=PACKET, **sections)

    return run


def everybody_sends(peer):
    yield peer.broadcast(peer.initial_model)


def test_a_sender_that_sleeps_breaks_off_its_frame(air):
    got = []

    def program(peer):
        if peer.id == 0:
            peer.spawn(everybody_sends(peer))
            yield peer.pause(DIFS_S + FRAME_S / 2)
            yield peer.sleep(2.0)
        else:
            got.append((yield peer.recv(partial=True, timeout_s=1.0)))

    run = air(program, 0, 10)
    (sent,), (row,) = run.transmissions, run.receptions
    assert (sent.air_s, sent.attempts) == (pytest.approx(FRAME_S / 2), 0)
    assert sent.bits_on_air == pytest.approx(8 * 136 // 2, abs=1)
    assert (row.outcome, row.fragments_heard) == ("lost", 0)
    assert row.receive_s == pytest.approx(FRAME_S / 2 - 4e-6)
    assert got == [None]
    assert run.spent(0, "radio", "sleep") == pytest.approx((2.0, 0.25))


def test_a_hearer_that_sleeps_keeps_what_it_has(air):
    got = []

    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        else:
            yield peer.pause(DIFS_S + FRAME_S * 1.01)
            yield peer.sleep(1.0)
            got.append((yield peer.recv(partial=True)).fragments)

    run = air(program, 0, 10)
    assert got == [(True, False, False, False)]
    (row,) = run.receptions
    assert (row.outcome, row.fragments_heard) == ("asleep", 1)


def test_an_acknowledgement_that_breaks_off_is_none(air):
    answers = []

    def program(peer):
        if peer.id == 0:
            answers.append((yield peer.send(1, None)))
        else:
            yield peer.pause(DIFS_S + 72e-6 + 16e-6 + 22e-6)
            yield peer.sleep(1.0)

    run = air(program, 0, 10)
    assert (answers[0].ok, answers[0].attempts) == (False, 7)
    (row,) = run.receptions
    assert (row.outcome, row.fragments_heard) == ("heard", 1)
    assert row.transmit_s == pytest.approx(22e-6)


def test_messages_still_waiting_are_given_up(air):
    answers = []

    def one(peer):
        answers.append((yield peer.send(1, peer.initial_model)))

    def program(peer):
        if peer.id == 0:
            for _ in range(3):
                peer.spawn(one(peer))
            yield peer.pause(DIFS_S + 1e-5)
            yield peer.sleep(1.0)

    run = air(program, 0, 10)
    assert [answer.ok for answer in answers] == [False] * 3
    assert len(run.transmissions) == 1


def test_what_is_sent_in_ones_sleep_starts_at_the_end_of_it(air):
    def later(peer):
        yield peer.pause(0.5)
        yield peer.broadcast(peer.initial_model)

    def program(peer):
        if peer.id == 0:
            peer.spawn(later(peer))
            yield peer.sleep(2.0)

    (sent,) = air(program, 0, 10).transmissions
    assert sent.start_s == 2.0


def test_who_wakes_in_a_frame_has_missed_its_preamble(air):
    def program(peer):
        if peer.id == 0:
            yield peer.pause(1.0 - DIFS_S - FRAME_S / 2)
            yield peer.broadcast(peer.initial_model)
        else:
            yield peer.sleep(1.0)

    (row,) = air(program, 0, 10).receptions
    assert row.fragments_heard == 3
    assert row.outcome == "asleep"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_battery_ends_in_the_middle_of_a_frame(air, share):
    """2 W for sending and 1 W for the idle board, after DIFS at 1.5 W."""
    capacity_j = 1.5 * DIFS_S + 3.0 * share * FRAME_S
    peers = {"a": {"count": 1, "power": {"kind": "battery", "capacity_j": capacity_j}}, "b": {"count": 1}}

    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        else:
            yield peer.pause(1.0)

    run = air(program, 0, 10, peers=peers)
    assert run.world.deaths == {0: pytest.approx(DIFS_S + share * FRAME_S, rel=1e-9)}
    assert run.joules[0].sum() == pytest.approx(capacity_j, rel=1e-9)
    assert run.transmissions[0].air_s == pytest.approx(share * FRAME_S)


def test_batteries_pay_for_what_comes_and_not_for_what_breaks_off(air):
    """The fixture compares batteries with the ledger."""
    battery = {"kind": "battery", "capacity_j": 5.0}
    peers = {"a": {"count": 1, "power": {"kind": "battery", "capacity_j": 2e-3}}, "b": {"count": 3, "power": battery}}

    def program(peer):
        for _ in range(3):
            yield peer.send((peer.id + 1) % 4, peer.initial_model)
            yield peer.broadcast(peer.initial_model)

    run = air(program, 0, 10, 20, 45, peers=peers)
    assert list(run.world.deaths) == [0]


def test_the_end_of_the_run_ends_what_is_under_way(air):
    run = air(everybody_sends, 0, 10, 20, rounds={"count": 9, "stop_s": 3e-4})
    assert run.end_s == 3e-4
    assert {row.end_s for row in run.transmissions} == {3e-4}


def test_a_receiver_that_goes_deaf_loses_its_frame(make_world):
    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)

    sections = {"radio": WIFI, "mobility": line(0, 10), "medium": PACKET}
    world, _ = make_world(program, 2, **sections)
    world.clock.at(DIFS_S + FRAME_S / 2, order=0, call=lambda _: world.medium.deafen(1))
    world.run()
    heard = world.traffic.receptions
    assert (heard[6], heard[7]) == (0.0, 5.0)
    assert heard[8] == pytest.approx(FRAME_S / 2 - 4e-6)


def test_a_receiver_that_sleeps_by_a_schedule_still_sends_and_hears_its_answers(simulate):
    """Peer 0 listens 1 ms of each 100 ms, and sends at any time; what comes while it sleeps it misses."""
    answers = {}
    peers = {
        "sleepy": {"count": 1, "sleep": {"kind": "periodic", "period_s": 0.1, "on_s": 0.001, "offset_s": 0.0}},
        "b": {"count": 1},
    }

    def program(peer):
        yield peer.pause(0.05 if peer.id == 0 else 0.07)
        answers[peer.id] = yield peer.send(1 - peer.id, peer.initial_model)

    run = simulate(program, peers, radio=WIFI, mobility=line(0, 10), medium=PACKET)
    assert answers[0].ok
    assert (answers[1].ok, answers[1].attempts) == (False, 28)
    assert [row.outcome for row in run.receptions if row.peer == 0] == ["asleep"]
    assert run.spent(0, "radio", "sleep")[0] > 0.5 * run.end_s
