import numpy as np
import pytest

from cosim.sim.air import Received
from cosim.sim.budget import Budget
from cosim.sim.footprint import Footprints
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.hearings import Hearings, Jitter
from cosim.sim.luck import LinkLuck
from cosim.sim.medium import Content
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.propagation import LogDistance
from cosim.sim.repair import Repair
from cosim.sim.station import COLLIDED, HEARD, LOST
from cosim.sim.success_table import SuccessTable
from cosim.sim.wifi import Wifi80211a

RADIO = Wifi80211a(fragment_bytes=100)


class Still:
    moving, max_speed_m_per_s = False, 0.0

    def positions_m(self, time_s):
        return np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [400.0, 0.0]])


@pytest.fixture
def scene():
    chain = [LogDistance(exponent=3.0, reference_loss_db=46.6777)]
    budget = Budget(Still(), chain, RADIO, np.full(4, 16.0206), 1)
    return budget, Footprints(budget), Hearings(budget, SuccessTable(), 1)


def message(recipients=(1, 2), destination=BROADCAST, bits=8 * 300):
    return Outgoing(0, destination, recipients, Content(None, 1.0, (), 0, bits), RADIO)


def opened(scene, **kind):
    _, footprints, hearings = scene
    outgoing = message(**kind)
    hearings.open(outgoing, footprints.of(0, 0.0), 0.0)
    return outgoing


def judged(scene, outgoing, log_success):
    _, footprints, hearings = scene
    footprint = footprints.of(0, 0.0)
    frame = FrameOnAir(outgoing, 0, footprint, 0.0, 1e-3, hearings._table.row(RADIO, 100))
    frame.codes[:] = HEARD
    received = Received(np.array([0, 1]), np.array([1, 2]), np.array(log_success))
    return hearings.judge(frame, received), frame


def test_a_frame_arrives_if_its_draw_is_not_below_its_loss(scene):
    outgoing = opened(scene)
    draws = [LinkLuck(1, "delivery").draws(0, hearer, 0, 3)[0] for hearer in (1, 2)]
    chances = [1.0 - draws[0] + 1e-9, 1.0 - draws[1] - 1e-9]
    came, frame = judged(scene, outgoing, np.log(chances))
    assert came.tolist() == [True, False]
    # Without the others it would have arrived: these links are good.
    assert frame.codes.tolist() == [HEARD, COLLIDED]
    assert outgoing.arrived[:, 0].tolist() == [True, False]


def test_each_attempt_has_its_draws(scene):
    outgoing = opened(scene)
    first = scene[2]._draws(outgoing).copy()
    outgoing.attempt = 1
    second = scene[2]._draws(outgoing)
    assert (first != second).all()
    luck = LinkLuck(1, "delivery", "attempt", 1)
    assert second[0].tolist() == luck.draws(0, 1, 0, 3).tolist()


def test_those_it_is_meant_for_are_hearers_even_out_of_reach(scene):
    outgoing = opened(scene, recipients=(1, 3))
    assert outgoing.ids.tolist() == [1, 2, 3]
    assert outgoing.detects.tolist() == [True, True, False]
    assert outgoing.distance_m.tolist() == [10.0, 20.0, 400.0]


def test_who_notices_acknowledgements_is_admitted_but_not_the_sender(scene):
    outgoing = opened(scene)
    scene[2].admit(outgoing, np.array([0, 1, 3]), 0.0)
    assert outgoing.ids.tolist() == [1, 2, 3]


def test_a_broken_frame_reaches_nobody(scene):
    outgoing = opened(scene)
    _, footprints, hearings = scene
    frame = FrameOnAir(outgoing, 0, footprints.of(0, 0.0), 0.0, 1e-3, 0)
    frame.codes[:] = HEARD
    hearings.broken(frame)
    assert frame.codes.tolist() == [LOST, LOST]
    assert not outgoing.arrived.any()


def test_what_is_repaired_is_handed_over_once_it_is_whole(scene):
    outgoing = opened(scene, recipients=(1,), destination=1)
    outgoing.repair = Repair(outgoing.content, outgoing.frames, 0)
    outgoing.arrived[0, :2] = True
    assert list(scene[2].messages(outgoing)) == []
    rest = message(recipients=(1,), destination=1)
    scene[2].open(rest, scene[1].of(0, 0.0), 0.0)
    rest.repair = outgoing.repair
    rest.arrived[0] = True
    assert list(scene[2].messages(rest)) == [(1, (True,) * 3)]


def test_jitter_is_drawn_by_message_and_only_for_broadcasts():
    jitter, first, second = Jitter(1, 0.5), message(), message()
    second.sequence = 1
    first.requested_s = second.requested_s = 2.0
    begins = [jitter.begins_s(first), jitter.begins_s(second)]
    assert len({*begins, 2.0}) == 3
    assert all(2.0 <= time_s < 2.5 for time_s in begins)
    assert jitter.begins_s(first) == begins[0]
    unicast = message(recipients=(1,), destination=1)
    assert jitter.begins_s(unicast) == Jitter(1, 0.0).begins_s(unicast) == 0.0
