import pytest

from cosim.sim.changes import Changes
from cosim.sim.clock import Clock
from cosim.sim.supply import Supply

FOREVER = float("inf")


class Graph:
    """A graph that changes at given times: peer 0 then has one neighbour more."""

    def __init__(self, clock, times_s, sample_s):
        self.clock, self.times_s, self.sample_s = clock, times_s, sample_s
        self.missing = set()

    def next_change_s(self, time_s):
        return FOREVER if self.sample_s is None else (time_s // self.sample_s + 1) * self.sample_s

    def neighbours(self, peer):
        count = sum(time_s <= self.clock.time_s for time_s in self.times_s) if peer == 0 else 0
        return tuple(other for other in range(1, 1 + count) if other not in self.missing)


class Scene:
    def __init__(self, times_s=(), sample_s=1.0):
        self.clock = Clock()
        self.graph = Graph(self.clock, times_s, sample_s)
        self.changes = Changes(self.clock, self.graph, self.graph.neighbours)
        self.woken = []

    def waiting(self, peer=0, wanted=True, times=1):
        for _ in range(times):
            got = yield self.changes.graph(peer, lambda: wanted)
            self.woken.append((peer, self.clock.time_s, got))

    def run(self, *programs, until_s=FOREVER):
        for program in programs:
            self.clock.process(program)
        self.clock.advance(until_s)
        return self.woken


def test_a_change_is_seen_when_the_graph_is_looked_at_next():
    scene = Scene(times_s=(2.5, 4.0))
    assert scene.run(scene.waiting(times=2)) == [(0, 3.0, 3.0), (0, 4.0, 4.0)]


def test_the_run_goes_on_for_who_is_wanted_and_not_for_others():
    scene = Scene(times_s=(2.5,))
    assert scene.run(scene.waiting(wanted=False)) == []
    assert scene.clock.time_s == 0.0


def test_who_is_not_wanted_is_woken_as_long_as_the_run_goes_on():
    scene = Scene(times_s=(2.5,))
    scene.clock.at(10.0, order=0, call=lambda _: None)
    assert scene.run(scene.waiting(wanted=False)) == [(0, 3.0, 3.0)]


def test_only_those_whose_neighbours_change_are_woken():
    scene = Scene(times_s=(2.5,))
    assert scene.run(scene.waiting(0), scene.waiting(1), until_s=20.0) == [(0, 3.0, 3.0)]


def test_who_has_given_up_keeps_nobody_waiting():
    scene = Scene(times_s=(5.5,))

    def program():
        yield scene.changes.graph(0, lambda: True) | scene.clock.at(2.0, order=0)

    scene.run(program())
    assert scene.clock.time_s == 2.0


def test_changes_from_outside_are_seen_at_once():
    scene = Scene(times_s=(0.0,), sample_s=None)

    def leave():
        scene.graph.missing.add(1)
        scene.changes.look()

    scene.clock.at(1.5, order=0, call=lambda _: leave())
    assert scene.run(scene.waiting()) == [(0, 1.5, 1.5)]


def test_a_graph_at_rest_wakes_nobody():
    scene = Scene(sample_s=None)
    scene.clock.at(9.0, order=0, call=lambda _: None)
    assert scene.run(scene.waiting()) == []


def test_those_who_switch_off_wait_no_more():
    scene = Scene(times_s=(2.5,))
    scene.clock.at(1.0, order=0, call=lambda _: scene.changes.forget(0))
    scene.clock.at(9.0, order=0, call=lambda _: None)
    assert scene.run(scene.waiting()) == []


@pytest.mark.parametrize(
    ("initial_j", "levels_s"),
    [(10.0, [1.0, 2.0, 3.0]), (9.5, [0.5, 1.5, 2.5]), (9.0, [1.0, 2.0, 3.0]), (0.5, [0.5])],
)
def test_a_battery_changes_with_every_tenth_of_its_capacity(initial_j, levels_s):
    scene = Scene()
    supply = Supply(scene.clock, 0, 10.0, initial_j, lambda peer: None)
    supply.rest(0, 1.0)

    def program():
        for _ in levels_s:
            got = yield scene.changes.battery(supply, lambda: True)
            scene.woken.append(got)

    assert scene.run(program()) == pytest.approx(levels_s, rel=1e-12)


def test_a_battery_that_nobody_wants_does_not_keep_the_run_going():
    scene = Scene()
    supply = Supply(scene.clock, 0, 10.0, 10.0, lambda peer: None)
    supply.rest(0, 1.0)

    def program():
        yield scene.changes.battery(supply, lambda: False)

    scene.run(program())
    assert scene.clock.time_s == 0.0


def test_mains_never_change():
    scene = Scene()

    def program():
        scene.woken.append((yield scene.changes.battery(None, lambda: True)))

    scene.clock.at(5.0, order=0, call=lambda _: None)
    assert scene.run(program()) == []
