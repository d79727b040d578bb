"""The world: who lives in it and how long, the same every time, and independent of who looks on."""

import numpy as np
import pytest

from cosim.lineage import Lineage
from cosim.sim.world import World

WIFI = {"kind": "wifi_80211a", "fragment_bytes": 60, "rate_bit_per_s": 12e6, "transceiver": "ns3_wifi"}
MOBILE = {
    "mobility": {"kind": "random_waypoint", "area_m": [150.0, 150.0], "speed_m_per_s": [5.0, 15.0]},
    "propagation": [
        {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777},
        {"kind": "log_normal_shadowing", "sigma_db": 3.0},
    ],
    "radio": WIFI,
    "graph": {"kind": "radio", "sample_s": 0.5},
    "rounds": {"count": 6, "period_s": 0.5},
}
CONTENDING = {**MOBILE, "medium": {"kind": "csma_ca", "jitter_s": 0.01}}
RING = {
    "radio": {"kind": "erasure", "rate_bit_per_s": 16000.0, "fragment_bytes": 100, "loss": 0.3},
    "graph": {"kind": "directed_ring"},
    "rounds": {"count": 6, "period_s": 1.0},
}


def gossip(peer):
    """Trains, sends, hears, mixes."""
    model = peer.initial_model
    for t in peer.rounds():
        model = yield peer.train(model)
        yield peer.broadcast(model, tag=t)
        heard = yield peer.collect(tag=t, until_s=peer.round_end_s(t))
        model = yield peer.mix([(1.0, model), *(message.term for message in heard)])
        peer.observe(model, tag=t)


def books(run):
    """Everything that was booked, to the last bit."""
    world, traffic = run.world, run.world.traffic
    rows = traffic.transmissions, traffic.receptions, world.links.changes, world.ledger.rows, world.tasks.rows
    shown = [(time_s, peer, model.key, weight, tag) for time_s, peer, model, weight, tag, _ in run.audience.shown]
    return [buffer.tobytes() for buffer in rows] + [world.tasks.keys, world.end_s, shown]


def fates(run, ids=None):
    """What arrived: (number of the sender's message, sender, hearer) -> fragments heard, of intended hearers."""
    sent = {int(row.transmission): (int(row.source), int(row.tag)) for row in run.transmissions}
    return {
        (*sent[int(row.transmission)], int(row.peer)): int(row.fragments_heard)
        for row in run.receptions
        if row.intended and (ids is None or {sent[int(row.transmission)][0], int(row.peer)} <= set(ids))
    }


# --- the same every time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sections", [MOBILE, CONTENDING, RING], ids=["mobile", "contending", "ring"])
def test_two_runs_are_the_same_to_the_last_bit(simulate, sections) -> None:
    one, same = (simulate(gossip, peers=5, **sections) for _ in range(2))
    assert books(one) == books(same)
    assert one.world.clock.events == same.world.clock.events
    assert one.world.traffic.bits_delivered > 0


def test_another_world_seed_is_another_world(simulate) -> None:
    one, other = (simulate(gossip, peers=5, **MOBILE, seeds={"world": seed}) for seed in (1, 2))
    assert books(one) != books(other)


def test_another_listener_changes_no_luck(simulate) -> None:
    def few(peer):
        if peer.id < 3:
            yield from gossip(peer)

    def ring(*edges):
        return {**RING, "graph": {"kind": "edges", "edges": [[*edges]]}}

    three = [[0, 1], [1, 2], [2, 0]]
    one = simulate(few, peers=3, **ring(*three))
    more = simulate(few, peers=4, **ring(*three, [0, 3], [1, 3]))
    assert fates(one, range(3)) == fates(more, range(3))
    assert len(fates(more)) > len(fates(one))
    assert one.world.tasks.keys[0] == more.world.tasks.keys[0]


def test_an_observer_who_sees_more_changes_nothing(simulate) -> None:
    def watched(peer):
        for t in peer.rounds():
            peer.observe(peer.initial_model, tag=t, extra=1.0)
            model = yield peer.train(peer.initial_model)
            peer.rng("of nobody else").random()
            yield peer.broadcast(model, tag=t)
            yield peer.collect(tag=t, until_s=peer.round_end_s(t))

    def unwatched(peer):
        for t in peer.rounds():
            model = yield peer.train(peer.initial_model)
            yield peer.broadcast(model, tag=t)
            yield peer.collect(tag=t, until_s=peer.round_end_s(t))

    assert books(simulate(watched, peers=4, **RING))[:-1] == books(simulate(unwatched, peers=4, **RING))[:-1]


@pytest.mark.parametrize("power_dbm", [6.0, 14.0])
def test_transmit_power_moves_nobody_and_no_draw(simulate, power_dbm) -> None:
    """Who hears with less power hears with more; positions and recipes of the first round are the same."""
    weak, strong = (
        simulate(gossip, peers=5, **{**MOBILE, "radio": {**WIFI, "tx_power_dbm": level}})
        for level in (power_dbm, power_dbm + 6.0)
    )
    for time_s in (0.0, 1.3, 3.0):
        places = [run.world.budget.positions_m(time_s).tolist() for run in (weak, strong)]
        assert places[0] == places[1]
    assert weak.world.tasks.keys[:5] == strong.world.tasks.keys[:5]
    before, after = fates(weak), fates(strong)
    assert before
    assert set(before) <= set(after)
    assert all(after[link] >= count for link, count in before.items())
    assert sum(after.values()) > sum(before.values())


def test_tuning_one_radio_in_the_run_moves_no_draw_of_others(simulate) -> None:
    def tuning(peer):
        if peer.id == 3:
            peer.radio(tx_power_dbm=-30.0, channel=1)
        yield from gossip(peer)

    plain, tuned = (simulate(program, peers=4, **MOBILE) for program in (gossip, tuning))
    assert fates(plain, range(3)) == fates(tuned, range(3))
    assert not any(3 in link[::2] for link in fates(tuned))


# --- ties --------------------------------------------------------------------------------------------------------


def test_what_happens_at_one_time_follows_the_numbers_of_peers(noted) -> None:
    order = []

    def program(peer):
        for _ in range(3):
            yield peer.pause(0.1 * 3)
            order.append(peer.id)

    noted(*[program] * 5, peers=5)
    assert order == [0, 1, 2, 3, 4] * 3


def test_the_lower_number_sends_first(noted) -> None:
    def speak(peer):
        yield peer.broadcast(peer.initial_model)
        peer.note()

    _, kept = noted(speak, speak, speak, peers=3)
    assert kept == {peer: [(peer + 1.0, None)] for peer in range(3)}


# --- how long it lasts -------------------------------------------------------------------------------------------


def test_a_run_ends_when_everybody_has_ended(noted) -> None:
    def program(peer):
        yield peer.pause(2.0 + peer.id)

    run, _ = noted(program, program, rounds={"count": 1, "stop_s": 99.0})
    assert run.end_s == 3.0
    assert [peer.busy for peer in run.world.peers] == [False, False]


def test_a_run_ends_at_its_stop_and_what_is_under_way_is_paid_up_to_then(noted) -> None:
    def speak(peer):
        yield peer.wait_all([peer.train(peer.initial_model, steps=30), peer.broadcast(peer.initial_model)])

    run, _ = noted(speak, rounds={"count": 1, "stop_s": 0.75})
    assert run.end_s == 0.75
    assert run.spent(0, "radio", "transmit") == (0.75, 1.5)
    assert run.spent(1, "radio", "receive") == (0.75, 0.5625)
    assert run.spent(0, "processor", "compute") == (0.75, 2.25)
    assert run.world.traffic.delivered_messages == 0


def test_nobody_is_kept_alive_by_the_plans_of_the_dead(noted) -> None:
    def program(peer):
        yield peer.wait_any([peer.train(peer.initial_model, steps=9999), peer.recv(timeout_s=5000.0)])

    run, _ = noted(program, peers={"guests": {"count": 1, "leave_s": 3.0}})
    assert run.end_s == 3.0
    assert run.spent(0, "processor", "compute") == (3.0, 9.0)


def test_an_empty_program_takes_no_time(noted) -> None:
    run, _ = noted(peers=3)
    assert (run.end_s, run.joules.sum()) == (0.0, 0.0)


# --- deaths ------------------------------------------------------------------------------------------------------


def test_a_death_takes_a_peer_out_of_the_world(noted) -> None:
    def stay(peer):
        while True:
            yield peer.pause(1.0)
            peer.note(peer.neighbours())

    cell = {"kind": "battery", "capacity_j": 3.75}  # 1.5 W at rest
    run, kept = noted(stay, stay, peers={"hosts": {"count": 1}, "phones": {"count": 1, "power": cell}},
                      rounds={"stop_s": 5.0})  # fmt: skip
    assert run.world.deaths == {1: pytest.approx(2.5)}
    assert [what for _, what in kept[0]] == [(1,), (1,), (), (), ()]
    assert len(kept[1]) == 2
    assert run.audience.present == [(0, "joined"), (1, "joined"), (1, "lost")]
    assert run.spent(1, "radio", "off")[0] == run.spent(1, "processor", "off")[0] == pytest.approx(2.5)


def test_who_leaves_does_not_die_and_the_dead_do_not_leave_again(noted) -> None:
    def stay(peer):
        yield peer.pause(9.0)

    cell = {"kind": "battery", "capacity_j": 3.75}
    run, _ = noted(stay, stay, peers={
        "early": {"count": 1, "power": cell, "leave_s": 1.0}, "late": {"count": 1, "power": cell, "leave_s": 7.0},
        "hosts": {"count": 1}}, rounds={"stop_s": 9.0})  # fmt: skip
    assert list(run.world.deaths) == [1]
    assert [entry for entry in run.audience.present if entry[1] == "lost"] == [(0, "lost"), (1, "lost")]
    assert run.world.members[0].supply.remaining_j() == pytest.approx(2.25)


def test_an_empty_battery_never_joins(noted) -> None:
    def stay(peer):
        peer.note()
        yield peer.pause(2.0)

    cell = {"kind": "battery", "capacity_j": 1.0, "initial_fraction": 0.0}
    run, kept = noted(stay, stay, peers={"hosts": {"count": 1}, "phones": {"count": 1, "power": cell}})
    assert list(kept) == [0]
    assert run.joules[1].sum() == 0.0
    assert run.seconds[1, :, 4].tolist() == [2.0, 2.0, 0.0]


# --- books -------------------------------------------------------------------------------------------------------


def test_the_summary_level_keeps_sums_and_no_rows(simulate) -> None:
    full, brief = (simulate(gossip, peers=4, **RING, recording={"level": level}) for level in ("full", "summary"))
    assert len(brief.world.traffic.transmissions) == len(brief.world.tasks.rows) == 0
    np.testing.assert_allclose(brief.joules, full.joules, rtol=1e-12)
    for counter in ("sent_messages", "delivered_messages", "payload_bits", "bits_on_air", "bits_delivered"):
        assert getattr(brief.world.traffic, counter) == getattr(full.world.traffic, counter) > 0


def test_a_graph_that_changes_needs_to_know_when(make_world) -> None:
    graph = {"kind": "edges", "edges": [[[0, 1]], [[1, 0]]]}
    world, audience = make_world(gossip, graph=graph, rounds={"count": 2, "period_s": 2.0})
    free = world.scenario.rounds.model_copy(update={"period_s": None})
    unclocked = world.scenario.model_copy(update={"rounds": free})
    with pytest.raises(ValueError, match=r"this graph changes: give graph.period_s, or rounds.period_s"):
        World(unclocked, world.workload, Lineage(), world.describe, list, audience)
    world.run()
    changes = [(time_s, source, up) for time_s, source, _, up, _ in np.reshape(world.links.changes, (-1, 5)).tolist()]
    assert changes[:3] == [(0.0, 0.0, 1.0), (2.0, 0.0, 0.0), (2.0, 1.0, 1.0)]


def test_events_per_round_stay_few(simulate) -> None:
    """At most six per peer and round, at degree 4."""
    graph = {"kind": "random_k_out", "k": 4, "period_s": 1e9}
    sections = {**RING, "radio": {**RING["radio"], "rate_bit_per_s": 1e6}, "graph": graph}
    few, many = (simulate(gossip, peers=8, **{**sections, "rounds": {"count": n, "period_s": 1.0}}) for n in (5, 25))
    more = many.world.clock.events - few.world.clock.events
    assert more / (8 * 20) <= 6


# --- traces ------------------------------------------------------------------------------------------------------


def test_vehicles_come_and_go_with_their_trace(noted, tmp_path) -> None:
    """Vehicle a is there from 0 to 2 s, b from 1 to 3 s; a third peer would have nobody to follow."""
    steps = ["a", "ab", "b", ""]
    rows = [
        f'<timestep time="{i}">' + "".join(f'<vehicle id="{car}" x="{i}" y="0"/>' for car in cars) + "</timestep>"
        for i, cars in enumerate(steps)
    ]
    (tmp_path / "a.xml").write_text(f"<fcd-export>{''.join(rows)}</fcd-export>")

    def watch(peer):
        while True:
            peer.note(peer.neighbours())
            yield peer.pause(0.75)

    sections = {
        "mobility": {"kind": "sumo_fcd", "file": str(tmp_path / "a.xml")},
        "radio": {"kind": "wifi_80211a", "transceiver": "ns3_wifi"},
        "graph": {"kind": "radio", "sample_s": 0.25},
    }
    run, notes = noted(watch, watch, peers=2, **sections)
    assert notes[0] == [(0.0, ()), (0.75, ()), (1.5, (1,))]
    assert notes[1] == [(1.0, (0,)), (1.75, (0,)), (2.5, ())]
    assert run.audience.present == [(0, "joined"), (1, "joined"), (0, "lost"), (1, "lost")]
