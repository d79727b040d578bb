"""What programs wait for besides messages, what they ask for free, and how their peers come, sleep and go."""

import numpy as np
import pytest

PERIOD = {"count": 3, "period_s": 4.0}
FOUR_FRAGMENTS = {"kind": "erasure", "rate_bit_per_s": 3200.0, "fragment_bytes": 100}
WIFI = {"kind": "wifi_80211a", "transceiver": "ns3_wifi"}
LOSS = [{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}]


def static(*places_m):
    """A line of peers at these places."""
    return {"kind": "static", "positions_m": [[float(x), 0.0] for x in places_m]}


def notes(*programs):
    """A program per peer, by number, which notes (time, what) by `peer.note`; all notes are kept by peer."""
    kept = {}

    def program(peer):
        peer.note = lambda what=None: kept.setdefault(peer.id, []).append((peer.now_s, what))
        if peer.id < len(programs) and programs[peer.id] is not None:
            yield from programs[peer.id](peer)

    return program, kept


def speak(*tags):
    """Broadcasts a model under each tag, one second each."""

    def program(peer):
        for tag in tags:
            yield peer.broadcast(peer.initial_model, tag=tag)

    return program


# --- several waits -----------------------------------------------------------------------------------------------


def test_the_first_of_several_waits(simulate) -> None:
    def listen(peer):
        message = peer.recv(tag=2)
        peer.note((yield peer.wait_any([peer.pause(0.5), message])))
        while True:
            done = yield peer.wait_any([message, peer.pause(1.0)])
            peer.note([i for i, _ in done])
            if done[0][0] == 0:
                peer.note(done[0][1].tag)
                return

    program, kept = notes(speak(1, 2), listen)
    run = simulate(program)
    assert kept[1] == [(0.5, [(0, None)]), (1.5, [1]), (2.0, [0]), (2.0, 2)]
    assert [message.tag for message in run.world.peers[1].mailbox.gather(None, False)] == [1]


def test_a_receive_that_lost_a_race_swallows_nothing(simulate) -> None:
    def listen(peer):
        ((i, _),) = yield peer.wait_any([peer.recv(), peer.pause(0.5)])
        peer.note(i)
        yield peer.pause(2.0)
        peer.note((yield peer.recv()).tag)

    program, kept = notes(speak(7), listen)
    simulate(program)
    assert kept[1] == [(0.5, 1), (2.5, 7)]


def test_two_receives_at_once_get_a_message_each_and_lose_none(simulate) -> None:
    def listen(peer):
        yield peer.pause(3.0)
        done = yield peer.wait_any([peer.recv(), peer.recv()])
        peer.note([message.tag for _, message in done])
        peer.note((yield peer.recv(timeout_s=1.0)))

    program, kept = notes(speak(1, 2), listen)
    run = simulate(program)
    left = [message.tag for message in run.world.peers[1].mailbox.gather(None, False)]
    got = kept[1][0][1] + ([] if kept[1][1][1] is None else [kept[1][1][1].tag])
    assert sorted(got + left) == [1, 2]


def test_all_of_several_waits(simulate) -> None:
    def listen(peer):
        peer.note((yield peer.wait_all([])))
        answers = yield peer.wait_all([peer.recv(tag=2), peer.train(peer.initial_model), peer.recv(timeout_s=0.5)])
        peer.note((answers[0].tag, answers[1].shape, answers[2]))

    program, kept = notes(speak(1, 2), listen)
    simulate(program)
    assert kept[1] == [(0.0, []), (2.0, (2, (100,), None))]


def test_waits_can_be_nested(simulate) -> None:
    def listen(peer):
        both = peer.wait_all([peer.recv(tag=1), peer.recv(tag=2)])
        peer.note([i for i, _ in (yield peer.wait_any([both, peer.pause(1.5)]))])
        peer.note([message.tag for message in (yield both)])

    program, kept = notes(speak(1, 2), listen)
    simulate(program)
    assert kept[1] == [(1.5, [1]), (2.0, [1, 2])]


def test_programs_beside_each_other(simulate) -> None:
    def other(peer, seconds):
        yield peer.pause(seconds)
        peer.note(seconds)
        return seconds * 10

    def program(peer):
        first, second = peer.spawn(other(peer, 2.0)), peer.spawn(other(peer, 1.0))
        peer.note((yield peer.wait_all([first, second])))
        peer.note((yield first))

    once, kept = notes(program)
    simulate(once, peers=1)
    assert kept[0] == [(1.0, 1.0), (2.0, 2.0), (2.0, [20.0, 10.0]), (2.0, 20.0)]


def test_many_programs_end_with_their_peer(simulate) -> None:
    def other(peer):
        try:
            yield peer.pause(100.0)
        finally:
            peer.note("ended")

    def program(peer):
        for _ in range(20):
            peer.spawn(other(peer))
        yield peer.pause(100.0)

    def stay(peer):
        yield peer.pause(100.0)

    once, kept = notes(program, stay)
    run = simulate(once, {"guests": {"count": 1, "leave_s": 3.0}, "hosts": {"count": 1}}, rounds={"stop_s": 9.0})
    assert kept[0] == [(3.0, "ended")] * 20
    assert [peer.busy for peer in run.world.peers] == [False, True]


# --- sleep -------------------------------------------------------------------------------------------------------


def test_a_sleeping_peer_hears_nothing_and_draws_little(simulate) -> None:
    def nap(peer):
        yield peer.sleep(1.5)
        peer.note((yield peer.recv(timeout_s=5.0)).tag)

    program, kept = notes(speak(1, 2, 3), nap)
    run = simulate(program)
    assert run.outcomes() == [(0, 1, "asleep"), (1, 1, "asleep"), (2, 1, "heard")]
    assert kept[1] == [(3.0, 3)]
    assert run.spent(1, "radio", "sleep") == pytest.approx((1.5, 1.5 * 0.125))
    assert run.spent(1, "radio", "receive") == pytest.approx((1.0, 0.75))
    assert run.spent(1, "processor", "idle") == pytest.approx((3.0, 3.0))


def test_a_peer_that_falls_asleep_keeps_the_fragments_it_has(simulate) -> None:
    def nap(peer):
        yield peer.pause(0.6)
        yield peer.sleep(0.1)
        peer.note((yield peer.recv(timeout_s=5.0, partial=True)).fragments)

    program, kept = notes(speak(1), nap)
    run = simulate(program, radio={**FOUR_FRAGMENTS, "transceiver": "ns3_wifi"})
    assert run.outcomes() == [(0, 1, "asleep")]
    assert run.spent(1, "radio", "receive")[0] == pytest.approx(0.6)
    assert kept[1] == [(1.0, (True, True, False, False))]


def test_who_pauses_goes_on_listening(simulate) -> None:
    def nap(peer):
        yield peer.pause(1.5)
        peer.note((yield peer.recv()).time_s)

    program, kept = notes(speak(1), nap)
    assert simulate(program).spent(1, "radio", "sleep") == (0.0, 0.0)
    assert kept[1] == [(1.5, 1.0)]


def test_what_is_sent_in_sleep_starts_on_waking(simulate) -> None:
    def talk_in_sleep(peer):
        yield peer.wait_all([peer.sleep(2.0), peer.broadcast(peer.initial_model, tag=4)])
        peer.note()

    def listen(peer):
        peer.note((yield peer.recv()).tag)

    program, kept = notes(talk_in_sleep, listen)
    simulate(program)
    assert kept == {0: [(3.0, None)], 1: [(3.0, 4)]}


def test_of_two_naps_the_longer_one_counts(simulate) -> None:
    def nap(peer):
        yield peer.wait_all([peer.sleep(2.0), peer.sleep(0.5)])

    program, _ = notes(nap)
    assert simulate(program, peers=1).spent(0, "radio", "sleep") == (2.0, 0.25)


# --- changes -----------------------------------------------------------------------------------------------------


def test_waiting_for_another_graph(simulate) -> None:
    def look(peer):
        peer.note(peer.neighbours())
        for t in peer.rounds():
            time_s = yield peer.changed("graph")
            peer.note((t, time_s, peer.neighbours()))

    program, kept = notes(look)
    graph = {"kind": "edges", "edges": [[[0, 1]], [[0, 1]], [[0, 2]], [[0, 1], [0, 2]]], "period_s": 1.5}
    simulate(program, peers=3, graph=graph)
    assert kept[0] == [(0.0, (1,)), (3.0, (0, 3.0, (2,))), (4.5, (1, 4.5, (1, 2))), (6.0, (2, 6.0, (1,)))]


def test_waiting_for_neighbours_who_come_and_go(simulate) -> None:
    def look(peer):
        for _ in peer.rounds():
            yield peer.changed("graph")
            peer.note(peer.neighbours())

    program, kept = notes(look)
    groups = {"hosts": {"count": 1}, "guests": {"count": 1, "join_s": 1.0, "leave_s": 2.5}}
    simulate(program, groups, rounds={"count": 2, "stop_s": 10.0})
    assert kept[0] == [(1.0, (1,)), (2.5, ())]


def test_waiting_for_the_battery(simulate) -> None:
    def look(peer):
        assert peer.battery_fraction == 1.0
        for _ in range(3):
            time_s = yield peer.changed("battery")
            peer.note((time_s, round(peer.battery_fraction, 9)))

    def others(peer):
        assert peer.battery_fraction == 1.0
        yield peer.pause(9.0)

    program, kept = notes(look, others)
    cell = {"kind": "battery", "capacity_j": 15.0}  # 1.5 W at rest: a tenth a second
    simulate(program, {"phones": {"count": 1, "power": cell}, "hosts": {"count": 1}})
    times_s, told = zip(*kept[0], strict=True)
    assert times_s == pytest.approx((1.0, 2.0, 3.0))
    assert told == tuple(zip(times_s, (0.9, 0.8, 0.7), strict=True))


def test_nothing_else_changes(simulate) -> None:
    def look(peer):
        with pytest.raises(ValueError, match="nothing in a scenario changes 'weather'; a program can wait for"):
            peer.changed("weather")
        yield peer.pause(0.0)

    simulate(notes(look)[0], peers=1)


# --- free of charge ----------------------------------------------------------------------------------------------


def test_rounds_follow_the_clock_or_run_free(simulate) -> None:
    def program(peer):
        for t in peer.rounds():
            peer.note((t, peer.round_end_s(t)))
            yield peer.train(peer.initial_model, steps=5)
            yield peer.collect(tag=t, until_s=peer.round_end_s(t))

    once, kept = notes(program)
    run = simulate(once, peers=1, rounds=PERIOD)
    assert kept[0] == [(0.0, (0, 4.0)), (4.0, (1, 8.0)), (8.0, (2, 12.0))]
    assert run.world.peers[0].completed_rounds == 3
    once, kept = notes(program)
    simulate(once, peers=1, rounds={"count": 2})
    assert kept[0] == [(0.0, (0, 0.0)), (0.5, (1, 0.5))]


def test_no_round_begins_before_its_time_and_none_is_skipped(simulate) -> None:
    def program(peer):
        for t in peer.rounds():
            yield peer.train(peer.initial_model, steps=60 if t == 0 else 5)
            peer.note(t)

    once, kept = notes(program)
    run = simulate(once, peers=1, rounds={"count": 4, "period_s": 4.0})
    assert [t for _, t in kept[0]] == [0, 1, 2, 3]
    assert [time_s for time_s, _ in kept[0]] == pytest.approx([6.0, 6.5, 8.5, 12.5])
    assert run.spent(0, "processor", "compute")[0] == pytest.approx(7.5)


def test_who_joins_late_begins_with_the_next_round(simulate) -> None:
    def program(peer):
        for t in peer.rounds():
            peer.note(t)
            yield peer.collect(tag=t, until_s=peer.round_end_s(t))

    once, kept = notes(program, program, program)
    groups = {"a": {"count": 1}, "b": {"count": 1, "join_s": 4.0}, "c": {"count": 1, "join_s": 5.0}}
    simulate(once, groups, rounds=PERIOD)
    assert [[t for _, t in kept[peer]] for peer in range(3)] == [[0, 1, 2], [1, 2], [2]]


def test_groups_and_their_members(simulate) -> None:
    def program(peer):
        peer.note((peer.group, peer.members("a"), peer.members("b")))
        with pytest.raises(ValueError, match="there is no group 'c' among a, b"):
            peer.members("c")
        yield peer.pause(0.0)

    once, kept = notes(program, program, program)
    simulate(once, {"a": {"count": 1}, "b": {"count": 2}})
    assert [kept[peer][0][1] for peer in range(3)] == [("a", (0,), (1, 2)), ("b", (0,), (1, 2)), ("b", (0,), (1, 2))]


def test_what_a_node_could_estimate_of_its_links(simulate) -> None:
    def program(peer):
        if peer.id == 0:
            peer.note([peer.link(1), peer.link(2)])
            with pytest.raises(ValueError, match="peer 0 cannot send to 0"):
                peer.link(0)
        yield peer.pause(0.0)

    once, kept = notes(program)
    simulate(once, peers=3, radio=WIFI, mobility=static(0, 10, 400), propagation=LOSS, graph={"kind": "radio"})
    near, far = kept[0][0][1]
    seconds = 1e-6 * (20 + 4 * np.ceil((22 + 8 * (1472 + 36)) / 24))
    assert near.rate_bit_per_s == pytest.approx(8 * 1472 / (seconds + 101.5e-6))
    assert near.j_per_bit == pytest.approx(3.0 * 0.38 * seconds / (8 * 1472))
    assert (near.loss, far.loss) == (pytest.approx(0.0, abs=1e-9), 1.0)
    assert near.snr_db - far.snr_db == pytest.approx(30 * np.log10(40))


def test_more_power_reaches_farther_and_another_channel_nobody(simulate) -> None:
    def program(peer):
        peer.note(peer.neighbours())
        peer.radio(tx_power_dbm=30.0)
        peer.note(peer.neighbours())
        yield peer.broadcast(peer.initial_model)
        peer.radio(channel=3)
        peer.note(peer.neighbours())
        peer.note((yield peer.send(1, None, scalars=(1.0,))).ok)
        peer.radio(channel=0, tx_power_dbm=-20.0)
        peer.note(peer.neighbours())

    once, kept = notes(program)
    run = simulate(once, peers=3, radio=WIFI, mobility=static(0, 40, 150), propagation=LOSS, graph={"kind": "radio"})
    assert [what for _, what in kept[0]] == [(1,), (1, 2), (), False, ()]
    assert run.outcomes() == [(0, 1, "heard"), (0, 2, "heard"), (1, 1, "below_sensitivity")]


def test_what_is_shown_to_the_evaluation(simulate) -> None:
    def program(peer):
        yield peer.pause(1.5)
        peer.observe(peer.initial_model, weight=0.5, tag=3, norm=2.0)

    run = simulate(notes(program)[0], peers=1)
    assert run.audience.shown == [(1.5, 0, run.world.initial_model, 0.5, 3, {"norm": 2.0})]
    assert run.audience.present == [(0, "joined")]


@pytest.mark.parametrize("bits", [32, 64])
def test_numbers_are_rounded_as_on_the_wire(simulate, bits) -> None:
    def program(peer):
        peer.note(peer.wire(0.1))
        yield peer.pause(0.0)

    once, kept = notes(program)
    simulate(once, peers=1, task={"value_bits": bits})
    assert kept[0] == [(0.0, 0.1 if bits == 64 else float(np.float32(0.1)))]


def test_dice_are_named_and_may_be_shared(simulate) -> None:
    def program(peer):
        own = [peer.rng(name).random() for name in ("a", "a", "b")]
        shared = [peer.shared_rng(name, t).random() for name, t in (("a", 0), ("a", 0), ("a", 1), ("b", 0))]
        peer.note((own, shared))
        yield peer.pause(0.0)

    once, kept = notes(program, program)
    simulate(once)
    (((_, (own, shared)),), ((_, (others_own, others_shared)),)) = kept[0], kept[1]
    assert shared == others_shared
    assert own[0] == own[1] != own[2]
    assert shared[0] == shared[1]
    assert len({*own, *others_own, *shared}) == 4 + 3


# --- coming and going --------------------------------------------------------------------------------------------


def test_a_peer_is_there_from_joining_to_leaving(simulate) -> None:
    def listen(peer):
        while True:
            peer.note((yield peer.recv()).tag)

    def send(peer):
        for tag in range(6):
            yield peer.send(1, peer.initial_model, tag=tag)

    program, kept = notes(send, listen)
    groups = {"hosts": {"count": 1}, "guests": {"count": 1, "join_s": 1.5, "leave_s": 4.5}}
    run = simulate(program, groups, radio={"kind": "erasure", "rate_bit_per_s": 3200.0, "max_attempts": 1})
    assert kept[1] == [(3.0, 2), (4.0, 3)]
    assert [outcome for _, _, outcome in run.outcomes()] == ["off", "off", "heard", "heard", "off", "off"]
    assert run.audience.present == [(0, "joined"), (1, "joined"), (1, "lost")]
    assert run.spent(1, "radio", "off")[0] == run.spent(1, "processor", "off")[0] == 3.0


def test_who_has_left_is_no_neighbour_and_gets_no_answer(simulate) -> None:
    def ask(peer):
        yield peer.pause(2.0)
        peer.note(peer.neighbours())
        peer.note((yield peer.send(1, peer.initial_model))._replace(energy_j=0.0))

    program, kept = notes(ask)
    simulate(program, {"hosts": {"count": 1}, "guests": {"count": 1, "leave_s": 1.0}})
    assert kept[0] == [(2.0, ()), (9.0, (False, 7, 7.0, 0.0))]


def test_a_message_cut_by_the_death_of_its_sender_arrives_in_part(simulate) -> None:
    def listen(peer):
        message = yield peer.recv(partial=True)
        peer.note(message.fragments)
        peer.note(peer.neighbours())

    program, kept = notes(speak(0, 1), listen)
    cell = {"kind": "battery", "capacity_j": 0.6 * 3.0}  # sends at 2 W with an idle processor at 1 W
    transceiver = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.1}
    groups = {"phones": {"count": 1, "power": cell}, "hosts": {"count": 1}}
    run = simulate(program, groups, radio={**FOUR_FRAGMENTS, "transceiver": transceiver})
    assert run.world.deaths == {0: pytest.approx(0.6)}
    assert kept[1] == [(run.world.deaths[0], (True, True, False, False)), (run.world.deaths[0], ())]
    assert run.outcomes() == [(0, 1, "lost")]
    assert not run.world.peers[0].alive


def test_nothing_can_be_begun_by_the_dead(simulate) -> None:
    def program(peer):
        try:
            yield peer.pause(9.0)
        finally:
            peer.note(peer.spawn(speak(1)(peer)).triggered)

    once, kept = notes(program)
    run = simulate(once, {"guests": {"count": 1, "leave_s": 1.0}, "hosts": {"count": 1}})
    assert kept[0] == [(1.0, False)]
    assert run.world.traffic.sent_messages == 0
