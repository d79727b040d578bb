from types import SimpleNamespace

import numpy as np
import pytest

from cosim.sim.access import NEVER_S, Due
from cosim.sim.clock import Clock
from cosim.sim.turns import Turns


class Rota:
    """A strategy that does what it is told, and takes notes."""

    senses = True

    def __init__(self):
        self.at_s = NEVER_S
        self.notes = []

    def next_s(self):
        return self.at_s

    def due(self, now_s, air):
        if now_s < self.at_s:
            return Due([], [])
        self.at_s = NEVER_S
        return Due([1], [0])

    def request(self, peer, now_s, busy):
        self.notes.append(("request", peer, busy))

    def became_busy(self, peers, now_s):
        self.notes.append(("busy", peers.tolist()))

    def became_idle(self, peers, now_s):
        self.notes.append(("idle", peers.tolist()))

    def heard(self, peers, came, now_s, reserved_s):
        self.notes.append(("heard", peers.tolist(), came.tolist(), reserved_s))


@pytest.fixture
def setting():
    clock, rota = Clock(), Rota()
    air = SimpleNamespace(total=np.zeros(3), taken=np.zeros(3, dtype=bool))
    air.busy = lambda peers: air.taken[peers]
    called = []
    turns = Turns(clock, rota, air, lambda peer: called.append((clock.time_s, peer)), lambda peer: called.append(peer))
    return clock, rota, air, turns, called


def test_only_changes_are_told(setting):
    _, rota, air, turns, _ = setting
    everybody = np.arange(3)
    turns.sense(everybody)
    air.taken[:2] = True
    turns.sense(everybody)
    turns.sense(everybody)
    air.taken[:] = [False, True, True]
    turns.heard(everybody, np.array([0]), np.array([False]), 5e-5)
    assert rota.notes == [("busy", [0, 1]), ("heard", [0], [False], 5e-5), ("busy", [2]), ("idle", [0])]
    turns.request(1)
    assert rota.notes[-1] == ("request", 1, True)


def test_it_rings_when_somebody_is_due(setting):
    clock, rota, _, turns, called = setting
    rota.at_s = 2.0
    turns.arm()
    clock.advance(10.0)
    assert called == [0, (2.0, 1)]


def test_an_earlier_turn_takes_the_place_of_a_later_one(setting):
    clock, rota, _, turns, called = setting
    for at_s in (3.0, 1.0):
        rota.at_s = at_s
        turns.arm()
    clock.advance(10.0)
    assert called == [0, (1.0, 1)]
    assert clock.time_s == 1.0


def test_a_turn_that_was_put_off_comes_later(setting):
    clock, rota, _, turns, called = setting
    rota.at_s = 1.0
    turns.arm()
    rota.at_s = 5.0
    turns.arm()
    clock.advance(10.0)
    assert called == [0, (5.0, 1)]


def test_where_nobody_waits_no_alarm_prolongs_the_run(setting):
    clock, rota, _, turns, called = setting
    rota.at_s = 5.0
    turns.arm()
    rota.at_s = NEVER_S
    turns.arm()
    clock.advance(10.0)
    assert (clock.time_s, called) == (0.0, [])
