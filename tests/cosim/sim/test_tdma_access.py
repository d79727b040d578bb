import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim.sim.tdma_access import TdmaAccess, two_hop_colours


def starts(access, peer, count, now_s=0.0):
    found = []
    for _ in range(count):
        access.request(peer, now_s, busy=False)
        now_s = access.next_s()
        assert access.due(now_s, None).sending == [peer]
        found.append(now_s)
    return found


def test_everybody_sends_in_slots_of_its_own():
    access = TdmaAccess(range(3), 0.1, 0.0, None)
    assert starts(access, 0, 3) == pytest.approx([0.0, 0.3, 0.6])
    assert starts(access, 1, 3) == pytest.approx([0.1, 0.4, 0.7])
    assert starts(access, 2, 2, now_s=0.25) == pytest.approx([0.5, 0.8])


def test_a_slot_is_used_once():
    access = TdmaAccess([0, 1], 0.1, 0.0, None)
    assert starts(access, 0, 2, now_s=0.1) == pytest.approx([0.2, 0.4])


def test_rounding_does_not_cost_a_slot():
    access = TdmaAccess([0], 0.1, 0.0, None)
    assert starts(access, 0, 1, now_s=0.1 + 0.2) == pytest.approx([0.3])


def test_who_withdraws_sends_nothing():
    access = TdmaAccess([0, 1], 0.1, 0.0, None)
    access.request(0, 0.05, busy=False)
    access.withdraw(0)
    assert access.next_s() == float("inf")


def test_a_line_needs_three_slots():
    colours = two_hop_colours([[1], [0, 2], [1, 3], [2, 4], [3, 5], [4]])
    assert len(set(colours)) == 3


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_no_hearer_has_two_senders_in_one_slot(edges):
    near = [sorted({b for a, b in edges if a == peer and b != peer}) for peer in range(8)]
    colours = two_hop_colours(near)
    for hearer in range(8):
        heard = [sender for sender in range(8) if hearer in near[sender]]
        assert len({colours[sender] for sender in (*heard, hearer)}) == len(heard) + 1
