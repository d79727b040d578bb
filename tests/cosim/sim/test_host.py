import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.clock import Clock
from cosim.sim.energy import HOST, IDLE, RECEIVE, TRANSMIT, Ledger, Meter
from cosim.sim.host import CrossFactor, Host
from cosim.sim.supply import Supply

ENERGY = CrossFactor(
    transmit_j_per_frame=1.0, receive_j_per_frame=0.5, transmit_j_per_byte=0.01, receive_j_per_byte=0.02
)
FOREVER = float("inf")


def at_work(moments, supply_j=None, end_s=10.0):
    """A host that does these things at these times, up to its end; its intervals, and what is left of its battery."""
    clock, ledger = Clock(), Ledger(1)
    supply = None if supply_j is None else Supply(clock, 0, supply_j, supply_j, lambda peer: None)
    host = Host(ENERGY, clock, Meter(ledger, 0, HOST), supply)
    host.start(0.0)
    for time_s, what, frames, size in moments:
        clock.at(time_s, order=0, call=lambda _, f=what, a=frames, b=size: getattr(host, f)(a, b))
    clock.at(end_s, order=1, call=lambda _: host.stop(end_s))
    clock.advance(FOREVER)
    rows = [tuple(row) for row in ledger.intervals(end_s)[:, 1:].tolist()]
    return rows, None if supply is None else supply.remaining_j()


def test_joules_are_per_frame_and_per_byte():
    assert ENERGY.transmit_j(3, 200) == 5.0
    assert ENERGY.receive_j(4, 100) == 4.0


def test_a_message_is_paid_over_the_time_since_the_last_one():
    rows, _ = at_work([(2.0, "send", 2, 0), (4.0, "receive", 4, 0)])
    assert rows == [(TRANSMIT, 0.0, 2.0, 1.0), (RECEIVE, 2.0, 4.0, 1.0), (IDLE, 4.0, 10.0, 0.0)]


def test_intervals_that_round_up_do_not_overlap():
    first_s, second_s = 1.2899758978453837, 3.401685309233461
    assert first_s + (second_s - first_s) > second_s
    rows, _ = at_work([(first_s, "send", 1, 0), (second_s, "send", 1, 0), (5.0, "send", 1, 0)])
    assert [row[1:3] for row in rows] == [(0.0, first_s), (first_s, second_s), (second_s, 5.0), (5.0, 10.0)]


def test_what_ends_together_shares_an_interval():
    rows, _ = at_work([(4.0, "send", 3, 0), (4.0, "receive", 2, 0)])
    assert rows == [(TRANSMIT, 0.0, 3.0, 1.0), (RECEIVE, 3.0, 4.0, 1.0), (IDLE, 4.0, 10.0, 0.0)]


def test_a_message_of_no_joules_has_no_interval():
    rows, _ = at_work([(1.0, "send", 0, 0)], end_s=3.0)
    assert rows == [(IDLE, 0.0, 3.0, 0.0)]


def test_a_battery_pays_what_it_can():
    rows, left_j = at_work([(1.0, "send", 3, 0), (2.0, "send", 3, 0)], supply_j=4.0)
    assert [(state, (end_s - start_s) * watts) for state, start_s, end_s, watts in rows[:2]] == [
        (TRANSMIT, 3.0), (TRANSMIT, 1.0)
    ]  # fmt: skip
    assert left_j == 0.0


moments = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.25, 7.5]),
        st.sampled_from(["send", "receive"]),
        st.integers(0, 5),
        st.integers(0, 2000),
    ),
    max_size=12,
).map(sorted)


@settings(deadline=None, derandomize=True)
@given(moments)
def test_no_joule_is_lost_or_counted_twice(moments):
    rows, _ = at_work(moments)
    for state, what in ((TRANSMIT, "send"), (RECEIVE, "receive")):
        price = ENERGY.transmit_j if what == "send" else ENERGY.receive_j
        expected = sum(price(frames, size) for _, kind, frames, size in moments if kind == what)
        booked = sum((end_s - start_s) * watts for kind, start_s, end_s, watts in rows if kind == state)
        # What ends at the very start has no interval behind it until the next message.
        late = any(time_s > 0.0 and (frames or size) for time_s, _, frames, size in moments)
        if late or all(time_s > 0.0 for time_s, *_ in moments):
            assert booked == pytest.approx(expected, rel=1e-9)
