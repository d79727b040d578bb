import math
from types import SimpleNamespace

import numpy as np
import pytest

from cosim.sim.clock import Clock
from cosim.sim.flow import Flow
from cosim.sim.medium import Content
from cosim.sim.nearby import SOME, Nearby
from cosim.sim.transfer import BROADCAST


def flow(sender):
    return Flow(sender, BROADCAST, (), Content(None, 1.0, (), 0, 8), Clock().later())


def nearby(x_m, speed_m_per_s=0.0):
    places_m = np.array([[x, 0.0] for x in x_m])
    return Nearby(SimpleNamespace(
        moving=speed_m_per_s > 0.0, positions_m=lambda time_s: places_m,
        place_m=lambda peer, time_s: places_m[peer].tolist(),
        trajectories=SimpleNamespace(max_speed_m_per_s=speed_m_per_s),
    ))  # fmt: skip


def whom(found):
    return [(other.sender, disturbed, disturbing) for other, disturbed, disturbing in found]


def test_only_those_within_reach_of_either_are_found():
    active = nearby([0.0, 50.0, 150.0, 1000.0])
    assert active.enter(flow(1), 60.0, 0.0) == []
    assert whom(active.enter(flow(3), 10.0, 0.0)) == []
    assert whom(active.enter(flow(2), 120.0, 0.0)) == [(1, True, False)]
    assert whom(active.enter(flow(0), 40.0, 0.0)) == [(1, False, True)]


def test_those_that_came_first_are_first_and_those_who_left_are_gone():
    flows = [flow(i) for i in range(3 * SOME)]
    active = nearby(range(3 * SOME))
    for each in flows[:SOME]:
        active.enter(each, math.inf, 0.0)
    for each in flows[:SOME:2]:
        active.leave(each)
    for each in flows[SOME:-1]:
        active.enter(each, math.inf, 0.0)
    found = active.enter(flows[-1], 0.5, 0.0)
    assert [other for other, _, _ in found] == flows[1:SOME:2] + flows[SOME:-1]
    assert {(disturbed, disturbing) for _, disturbed, disturbing in found} == {(False, True)}


@pytest.mark.parametrize(("time_s", "found"), [(9.0, []), (10.0, [(0, False, True)])])
def test_those_that_move_may_have_come_nearer(time_s, found):
    """At 2 m/s each, two come 40 m nearer in 10 s."""
    active = nearby([0.0, 100.0], 2.0)
    active.enter(flow(0), 60.0, 0.0)
    assert whom(active.enter(flow(1), 1.0, time_s)) == found
