import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.results.tables import PARTS, STATES
from cosim.sim.energy import COMPUTE, IDLE, OFF, PROCESSOR, RADIO, RECEIVE, SLEEP, TRANSMIT, Ledger, Meter

REPEATABLE = settings(deadline=None, derandomize=True)
WATTS = {IDLE: 0.8, TRANSMIT: 1.1, RECEIVE: 0.9, SLEEP: 0.1, OFF: 0.0}


def rows(ledger, until_s):
    return [tuple(row) for row in ledger.intervals(until_s).tolist()]


def test_states_and_parts_are_those_of_the_tables():
    named = (STATES.index("idle"), STATES.index("transmit"), STATES.index("receive"), STATES.index("sleep"))
    assert (IDLE, TRANSMIT, RECEIVE, SLEEP) == named
    assert (OFF, COMPUTE) == (STATES.index("off"), STATES.index("compute"))
    assert (RADIO, PROCESSOR) == (PARTS.index("radio"), PARTS.index("processor"))


def test_rests_fill_the_gaps_between_activities():
    ledger = Ledger(1)
    meter = Meter(ledger, 0, RADIO)
    meter.rest(1.0, IDLE, 0.8)
    meter.burst(2.0, 3.0, TRANSMIT, 1.1)
    meter.burst(3.0, 3.5, RECEIVE, 0.9)
    meter.rest(4.0, SLEEP, 0.1)
    assert rows(ledger, 6.0) == [
        (0.0, OFF, 0.0, 1.0, 0.0),
        (0.0, IDLE, 1.0, 2.0, 0.8),
        (0.0, TRANSMIT, 2.0, 3.0, 1.1),
        (0.0, RECEIVE, 3.0, 3.5, 0.9),
        (0.0, IDLE, 3.5, 4.0, 0.8),
        (0.0, SLEEP, 4.0, 6.0, 0.1),
    ]


def test_what_takes_no_time_is_not_logged():
    ledger = Ledger(1)
    meter = Meter(ledger, 0, RADIO)
    meter.rest(0.0, IDLE, 0.8)
    meter.burst(1.0, 1.0, TRANSMIT, 1.1)
    assert rows(ledger, 2.0) == [(0.0, IDLE, 0.0, 2.0, 0.8)]


def test_a_meter_without_activity_was_off():
    ledger = Ledger(2)
    for peer in range(2):
        Meter(ledger, peer, PROCESSOR)
    assert rows(ledger, 5.0) == [(1.0, OFF, 0.0, 5.0, 0.0), (4.0, OFF, 0.0, 5.0, 0.0)]


def test_overlapping_activities_are_an_error():
    ledger = Ledger(1)
    meter = Meter(ledger, 0, RADIO)
    meter.burst(0.0, 2.0, TRANSMIT, 1.1)
    meter.burst(1.0, 3.0, RECEIVE, 0.9)
    with pytest.raises(AssertionError, match=r"overlap by 1\.0 s"):
        ledger.intervals(5.0)
    with pytest.raises(AssertionError, match="overlap"):
        ledger.totals(5.0)


def test_every_joule_belongs_to_one_peer_part_and_state():
    ledger = Ledger(2)
    radio, processor = Meter(ledger, 1, RADIO), Meter(ledger, 1, PROCESSOR)
    radio.rest(0.0, IDLE, 0.5)
    processor.rest(0.0, IDLE, 0.25)
    radio.burst(1.0, 2.0, TRANSMIT, 2.0)
    processor.burst(0.0, 4.0, COMPUTE, 4.0)
    seconds, joules = ledger.totals(5.0)
    assert joules[1, RADIO, TRANSMIT] == 2.0
    assert joules[1, RADIO, IDLE] == 2.0
    assert joules[1, PROCESSOR, COMPUTE] == 16.0
    assert joules[1, PROCESSOR, IDLE] == 0.25
    assert joules.sum() == 20.25
    assert seconds[1].sum(axis=1).tolist() == [5.0, 5.0, 0.0]
    assert joules[0].sum() == 0.0


activities = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.floats(0.0, 2.0),
        st.floats(0.0, 2.0),
        st.sampled_from([TRANSMIT, RECEIVE]),
        st.one_of(st.none(), st.sampled_from([IDLE, SLEEP, OFF])),
    ),
    max_size=40,
)


def carry_out(activities, ledgers, then):
    """Log the same in all ledgers, and after some activities do something; the end of the last."""
    meters = [[Meter(ledger, peer, RADIO) for peer in range(3)] for ledger in ledgers]
    at_s = [0.0] * 3
    for number, (peer, gap_s, duration_s, state, rest) in enumerate(activities):
        start_s = at_s[peer] + gap_s
        at_s[peer] = start_s + duration_s
        for meter in meters:
            meter[peer].burst(start_s, at_s[peer], state, WATTS[state])
            if rest is not None:
                meter[peer].rest(at_s[peer], rest, WATTS[rest])
        if number in then:
            then[number](number, max(at_s))
    return max(at_s)


@REPEATABLE
@given(activities=activities, looks=st.sets(st.integers(0, 40)))
def test_sums_do_not_depend_on_when_and_whether_they_are_taken(activities, looks):
    """Ledgers that are looked at, relieved or emptied on the way against one that is left alone."""
    ledgers = kept, summed, taken = Ledger(3), Ledger(3, keep=False, spill=0), Ledger(3)
    portions = []

    def look(number, now_s):
        summed.relieve()
        summed.totals(now_s)
        if number % 2:
            taken.totals(now_s)
        else:
            portions.append(taken.take())
            assert taken.booked == len(taken.rows) == 0

    end_s = carry_out(activities, ledgers, {number: look for number in looks}) + 1.0
    intervals = kept.intervals(end_s)
    for totals, weights in zip(kept.totals(end_s), (1.0, intervals[:, 4]), strict=True):
        weights = (intervals[:, 3] - intervals[:, 2]) * weights
        assert totals.sum() == pytest.approx(weights.sum(), rel=1e-12, abs=1e-12)
    for one, *others in zip(kept.totals(end_s), summed.totals(end_s), taken.totals(end_s), strict=True):
        assert all((one == other).all() for other in others)
    portioned = np.concatenate([*portions, taken.intervals(end_s)])
    assert portioned[np.lexsort((portioned[:, 2], portioned[:, 0]))].tolist() == intervals.tolist()
    assert kept.totals(end_s)[0].sum(axis=2)[:, RADIO] == pytest.approx(np.full(3, end_s), rel=1e-12)
    for meter in range(3):
        mine = intervals[intervals[:, 0] == len(PARTS) * meter]
        assert (mine[1:, 2] == mine[:-1, 3]).all()
        assert (mine[0, 2], mine[-1, 3]) == (0.0, end_s)


def test_what_is_not_kept_is_dropped():
    ledger = Ledger(1, keep=False, spill=100)
    meter = Meter(ledger, 0, RADIO)
    for start in range(100):
        meter.burst(float(start), start + 0.5, TRANSMIT, 1.0)
        ledger.relieve()
    assert len(ledger.rows) <= 105
    assert ledger.totals(100.0)[1].sum() == 50.0
    with pytest.raises(ValueError, match="not kept"):
        ledger.intervals(100.0)
    with pytest.raises(ValueError, match="not kept"):
        ledger.take()
