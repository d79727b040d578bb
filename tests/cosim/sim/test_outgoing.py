import numpy as np
import pytest

from cosim.sim.footprint import Footprint
from cosim.sim.luck import LinkLuck
from cosim.sim.medium import Content
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.station import BELOW, BUSY, COLLIDED, HEARD, LOST
from cosim.sim.wifi import Wifi80211a

RADIO = Wifi80211a(fragment_bytes=100)


def footprint(*ids):
    levels = np.full(len(ids), 20.0)
    return Footprint(0, np.array(ids), len(ids), levels, levels, levels > 0.0)


@pytest.fixture
def outgoing():
    made = Outgoing(0, BROADCAST, (2, 5), Content(None, 1.0, (), 0, 8 * 250), RADIO)
    near = footprint(2, 5, 7)
    made.meet(near.near_ids, near.snr_db, near.distance_m, near.detects)
    return made


def test_fragments_have_their_sizes_and_times(outgoing):
    assert outgoing.frames.count == 3
    assert outgoing.size_bytes == 100
    full_s, bits = outgoing.airtime_s, outgoing.frame_bits
    outgoing.fragment = 2
    assert outgoing.size_bytes == 50
    assert outgoing.airtime_s < full_s
    assert outgoing.frame_bits == bits - 400


def test_another_rate_changes_times_and_no_sizes(outgoing):
    slow_s = outgoing.airtime_s
    outgoing.use(Wifi80211a(fragment_bytes=100, rate_bit_per_s=54e6))
    assert outgoing.airtime_s < slow_s / 4
    assert outgoing.size_bytes == 100


def test_who_was_not_near_at_first_comes_in_its_place(outgoing):
    assert outgoing.places(footprint(2, 5, 7)) is None
    outgoing.arrived[1] = True
    assert outgoing.strangers(np.array([1, 5, 9])).tolist() == [True, False, True]
    outgoing.add(np.array([1, 9]), np.zeros(2), np.zeros(2), np.array([False, True]))
    assert outgoing.ids.tolist() == [1, 2, 5, 7, 9]
    assert outgoing.arrived.all(axis=1).tolist() == [False, False, True, False, False]
    assert outgoing.places(footprint(5, 9)).tolist() == [2, 4]
    assert outgoing.arrived_at(5).all()


def test_an_outcome_is_what_cost_most_fragments(outgoing):
    outgoing.add(np.array([9]), np.zeros(1), np.zeros(1), np.array([False]))
    near = footprint(2, 5, 7)
    for fragment, codes in enumerate([[HEARD, COLLIDED, BUSY], [HEARD, LOST, HEARD], [HEARD, COLLIDED, HEARD]]):
        outgoing.note(outgoing.places(near), np.array(codes), fragment)
    assert outgoing.outcomes().tolist() == [HEARD, COLLIDED, BUSY, BELOW]


def test_of_a_coded_message_enough_is_as_good_as_all():
    coded = Content(None, 1.0, (), 0, 800).coded(2400, 2)
    outgoing = Outgoing(0, BROADCAST, (2,), coded, RADIO)
    near = footprint(2, 3)
    outgoing.meet(near.near_ids, near.snr_db, near.distance_m, near.detects)
    outgoing.note(None, np.array([HEARD, HEARD]), 0)
    outgoing.note(None, np.array([LOST, HEARD]), 2)
    assert outgoing.outcomes().tolist() == [LOST, HEARD]


def test_draws_are_those_of_the_link_and_the_message(outgoing):
    outgoing.sequence = 4
    luck = LinkLuck(1, "delivery")
    for i, hearer in enumerate((2, 5, 7)):
        assert outgoing.drawn(luck)[i].tolist() == LinkLuck(1, "delivery").draws(0, hearer, 4, 3).tolist()
