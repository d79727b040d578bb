"""What goes wrong in programs, and what their peers do about it."""

import numpy as np
import pytest

SLOW = {"kind": "erasure", "rate_bit_per_s": 3200.0}
"""A dense model takes one second."""


def one(simulate, actions, peers=2, **sections):
    """Peer 0 does this, the others nothing; what it notes."""
    notes = []

    def program(peer):
        if peer.id == 0:
            yield from actions(peer, notes)

    return notes, simulate(program, peers, **sections)


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda peer: peer.layer("head"), "the model has no layer 'head', only weight, bias"),
        (lambda peer: peer.slice(peer.zeros, 5, 5), "entries 5 to 5 are not within a vector of 100"),
        (lambda peer: peer.slice(peer.zeros, 0, 101), "entries 0 to 101 are not within"),
        (lambda peer: peer.slice(peer.zeros, -1, 4), "entries -1 to 4 are not within"),
        (lambda peer: peer.write(peer.zeros, 1, peer.zeros), "100 entries do not fit into a vector of 100 from 1 on"),
        (lambda peer: peer.members("servers"), "there is no group 'servers' among nodes"),
        (lambda peer: peer.send(0, None), "peer 0 cannot send to 0"),
        (lambda peer: peer.send(7, None), "peer 0 cannot send to 7: the others are 0 to 1 without itself"),
        (lambda peer: peer.send(1, None, reliable=True), "a reliable send needs timeout_s"),
        (lambda peer: peer.send(1, None, timeout_s=1.0), "for the other end may never answer; others have none"),
        (lambda peer: peer.link(0), "peer 0 cannot send to 0"),
        (lambda peer: peer.changed("weather"), "nothing in a scenario changes 'weather'"),
        (lambda peer: peer.pause(-1.0), r"nothing can happen at -1\.0 s"),
        (lambda peer: peer.sleep(-1.0), r"nothing can happen at -1\.0 s"),
        (lambda peer: peer.recv(timeout_s=-1.0), r"nothing can happen at -1\.0 s"),
        (lambda peer: peer.mix([]), "nothing to mix"),
    ],
)
def test_mistakes_are_sentences(simulate, mistake, sentence):
    def actions(peer, notes):
        yield mistake(peer)

    with pytest.raises(ValueError, match=sentence):
        one(simulate, actions)


def test_a_mistake_in_a_program_beside_is_seen_too(simulate):
    def side():
        yield from ()
        raise KeyError("head")

    def actions(peer, notes):
        peer.spawn(side())
        yield peer.pause(1.0)

    with pytest.raises(KeyError, match="head"):
        one(simulate, actions)


def test_with_nobody_near_nothing_is_sent_but_the_message_counts(simulate):
    """What becomes of the next message must not depend on whether somebody was near for the last one."""

    def fragments(first):
        def actions(peer, notes):
            yield from first(peer)
            yield peer.send(1, peer.initial_model)

        radio = {**SLOW, "loss": 0.5, "fragment_bytes": 10, "max_attempts": 1}
        edges = {"kind": "edges", "edges": [[], [[0, 1]]], "period_s": 5.0}
        _, run = one(simulate, actions, radio=radio, graph=edges)
        return run.world.traffic.sent_messages, [row.fragments_heard for row in run.receptions][-1]

    def into_the_void(peer):
        assert (yield peer.broadcast(peer.initial_model)) == ()
        assert peer.now_s == 0.0

    def to_somebody(peer):
        yield peer.pause(5.0)
        assert (yield peer.broadcast(peer.initial_model)) == (1,)

    (few, lonely), (more, together) = fragments(into_the_void), fragments(to_somebody)
    assert (few, more) == (1, 2)
    assert lonely == together


def test_tuning_the_radio_changes_the_graph_at_once(simulate):
    notes = []

    def watching(peer):
        notes.append((peer.neighbours(), (yield peer.changed("graph")), peer.neighbours()))

    def program(peer):
        if peer.id == 0:
            peer.spawn(watching(peer))
            yield peer.pause(1.25)
            peer.radio(tx_power_dbm=-30.0)
            yield peer.pause(1.0)

    mobility = {"kind": "static", "positions_m": [[0.0, 0.0], [10.0, 0.0]]}
    run = simulate(program, 2, radio={"kind": "wifi_80211a"}, mobility=mobility, graph={"kind": "radio"})
    assert notes == [((1,), 1.25, ())]
    changes = np.reshape(run.world.links.changes, (-1, 5))[:, :4].tolist()
    assert changes == [[0.0, 0, 1, 1], [0.0, 1, 0, 1], [1.25, 0, 1, 0]]


def test_equal_work_of_different_peers_shares_its_operation(simulate):
    def program(peer):
        model = yield peer.train(peer.initial_model)
        message, _ = yield peer.compress(model)
        yield peer.mix([(1.0, model), (1.0, message)])
        peer.slice(model, 0, 10)

    levels = simulate(program, 3).world.lineage.levels
    assert [{operation.name: len(recipes) for operation, recipes in level.items()} for level in levels] == [
        {"initial": 1, "zeros": 1},
        {"train": 3},
        {"compress": 3, "slice": 3},
        {"mix": 3},
    ]


def test_a_loop_over_rounds_that_is_left_is_over(simulate):
    def actions(peer, notes):
        for t in peer.rounds():
            if t == 1:
                break
            notes.append(peer.has_rounds_left)
            yield peer.train(peer.initial_model)
        notes.append(peer.has_rounds_left)

    notes, run = one(simulate, actions)
    assert notes == [True, False]
    assert run.world.peers[0].completed_rounds == 1


def test_who_stops_gives_up_all_programs_and_may_clean_up(simulate):
    notes = []

    def side(peer):
        try:
            yield peer.pause(100.0)
        finally:
            notes.append(("side", peer.now_s))

    def program(peer):
        peer.spawn(side(peer))
        try:
            while True:
                yield peer.train(peer.initial_model)
        finally:
            notes.append(("main", peer.now_s))
            peer.spawn(side(peer))

    run = simulate(program, {"a": {"count": 1, "leave_s": 0.25}, "b": {"count": 1, "join_s": 9.0, "leave_s": 9.5}})
    assert sorted(notes) == [("main", 0.25), ("main", 9.5), ("side", 0.25), ("side", 9.5)]
    assert run.spent(0, "processor", "compute")[0] == pytest.approx(0.25)
    assert not run.world.peers[0].busy


def test_a_batch_of_values_is_shared_again_and_again(simulate, resolve):
    """All ask at one time; then, without time passing, all ask for what they made of the answer."""

    def program(peer):
        model = yield peer.train(peer.initial_model)
        first = yield peer.value(model)
        second = yield peer.value(peer.slice(model, 0, int(first[0]) + 1 if first[0] < 99 else 1))
        yield peer.value(peer.slice(model, 0, int(second[0]) + 1 if second[0] < 99 else 1))
        assert peer.now_s == pytest.approx(0.1)

    simulate(program, 5)
    assert resolve.batches == [5, 5, 5]
