from types import SimpleNamespace

import pytest

from cosim.sim.stop_rule import StopRule


def rule(spent_j=lambda: 0.0, **keys):
    rounds = {"count": None, "stop_s": None, "energy_j": None, "target_accuracy": None, **keys}
    return StopRule(SimpleNamespace(**rounds), spent_j)


def rounds_done(stop, period_s=1.0, most=20):
    """Rounds of a peer that is always on time."""
    done = 0
    while done < most and stop.goes_on(done, done * (period_s or 1.0), period_s):
        done += 1
    return done


def test_a_count_is_the_number_of_rounds() -> None:
    assert rounds_done(rule(count=7)) == 7
    assert rounds_done(rule(count=7), period_s=None) == 7


@pytest.mark.parametrize(("stop_s", "rounds"), [(2.5, 3), (3.0, 3), (3.1, 4), (0.1, 1)])
def test_no_round_begins_at_or_after_the_stop(stop_s, rounds) -> None:
    assert rounds_done(rule(stop_s=stop_s)) == rounds
    assert rounds_done(rule(stop_s=stop_s), period_s=None) == rounds
    assert rule(stop_s=stop_s).stop_s == stop_s


def test_without_a_stop_the_clock_never_ends_a_run() -> None:
    assert rule(count=1).stop_s == float("inf")
    assert rounds_done(rule(target_accuracy=0.9)) == 20


def test_a_round_begins_when_it_is_due_even_for_who_is_early() -> None:
    stop = rule(stop_s=2.5)
    assert stop.goes_on(2, 0.0, 1.0)
    assert not stop.goes_on(3, 0.0, 1.0)
    assert not stop.goes_on(0, 2.5, 1.0)


def test_no_round_begins_once_the_joules_are_spent() -> None:
    spent = iter([0.0, 4.0, 9.9, 10.0, 99.0])
    asked = []

    def spent_j():
        asked.append(next(spent))
        return asked[-1]

    assert rounds_done(rule(spent_j, energy_j=10.0)) == 3
    assert asked == [0.0, 4.0, 9.9, 10.0]


def test_the_joules_are_counted_once_per_round_and_all_peers_do_the_same_rounds() -> None:
    spent = [0.0]
    stop = rule(lambda: spent[0], energy_j=10.0)
    assert [stop.goes_on(t, float(t), 1.0) for t in (0, 1)] == [True, True]
    spent[0] = 50.0
    assert stop.goes_on(1, 1.0, 1.0)
    assert not stop.goes_on(2, 2.0, 1.0)
    assert stop.goes_on(1, 2.0, 1.0)
    spent[0] = 0.0
    assert not stop.goes_on(2, 2.0, 1.0)


def test_no_new_round_begins_after_the_target_accuracy_was_seen() -> None:
    stop = rule(target_accuracy=0.8, count=10)
    assert stop.goes_on(0, 0.0, 1.0)
    stop.saw(0.79)
    assert stop.goes_on(1, 1.0, 1.0)
    stop.saw(0.8)
    assert stop.goes_on(1, 1.0, 1.0)
    assert not stop.goes_on(2, 2.0, 1.0)
    stop.saw(0.1)
    assert not stop.goes_on(2, 2.0, 1.0)


def test_without_a_target_accuracies_change_nothing() -> None:
    stop = rule(count=2)
    stop.saw(1.0)
    assert rounds_done(stop) == 2


def test_the_first_rule_to_hold_ends_the_run() -> None:
    assert rounds_done(rule(count=9, stop_s=4.0)) == 4
    assert rounds_done(rule(count=3, stop_s=4.0, energy_j=1e9)) == 3


def program(peer):
    for t in peer.rounds():
        yield peer.train(peer.initial_model)
        yield peer.broadcast(peer.initial_model, tag=t)
        yield peer.collect(tag=t, until_s=peer.round_end_s(t))


@pytest.mark.parametrize(
    ("rounds", "completed", "end_s"),
    [
        ({"count": 2, "period_s": 4.0}, 2, 8.0),
        ({"count": 9, "period_s": 4.0, "stop_s": 10.0}, 2, 10.0),
        # A peer draws 1.5 W, and more when it works: 12 J a round for both and no more than 3 x 2 J on top.
        ({"period_s": 4.0, "energy_j": 25.0}, 2, 8.0),
    ],
)
def test_a_run_ends_by_its_rule(simulate, rounds, completed, end_s) -> None:
    done = simulate(program, rounds=rounds)
    assert [peer.completed_rounds for peer in done.world.peers] == [completed] * 2
    assert done.end_s == end_s


def test_a_run_without_rounds_still_ends_at_its_stop(simulate) -> None:
    def forever(peer):
        while True:
            yield peer.pause(0.75)

    assert simulate(forever, rounds={"stop_s": 2.0}).end_s == 2.0
