import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.clock import Clock
from cosim.sim.energy import IDLE, OFF, RADIO, RECEIVE, SLEEP, TRANSMIT, Ledger, Meter
from cosim.sim.erasure import Erasure
from cosim.sim.station import ASLEEP, BUSY, HEARD, LOST, SWITCHED_OFF, Overhearing, Station
from cosim.sim.supply import Supply
from cosim.sim.wifi import Wifi80211a
from radio_models.transceivers import Transceiver

REPEATABLE = settings(deadline=None, derandomize=True)
WATTS = Transceiver(idle_w=0.5, receive_w=0.75, transmit_w=2.0, sleep_w=0.125)
WIFI = Wifi80211a(transceiver=WATTS)
FOREVER = float("inf")


class Mast:
    """A station of peer 0 with its clock, ledger and battery."""

    def __init__(self, radio=WIFI, awake=True):
        self.clock, self.ledger = Clock(), Ledger(1)
        self.supply = Supply(self.clock, 0, 1e6, 1e6, lambda peer: None)
        self.supply.rest(RADIO, 0.0)
        self.station = Station(0, Meter(self.ledger, 0, RADIO), radio, 16.0, self.supply)
        if awake:
            self.station.wake(0.0)

    def at(self, time_s, call):
        self.clock.at(time_s, order=0, call=lambda _: call())

    def end(self, time_s):
        """The intervals up to a time; the battery agrees with them."""
        self.at(time_s, lambda: None)
        self.clock.advance(FOREVER)
        self.station.finish(time_s, LOST)
        rows = [tuple(row[1:]) for row in self.ledger.intervals(time_s).tolist()]
        joules = sum((end_s - start_s) * watts for _, start_s, end_s, watts in rows)
        assert 1e6 - self.supply.remaining_j() == pytest.approx(joules, rel=1e-9, abs=1e-9)
        return [row[:3] for row in rows]


def test_a_station_is_off_at_first():
    mast = Mast(awake=False)
    assert (mast.station.listening, mast.station.off, mast.station.absence) == (False, True, SWITCHED_OFF)
    assert mast.end(1.0) == [(OFF, 0.0, 1.0)]


def test_states_and_their_watts():
    mast = Mast()
    station = mast.station
    mast.at(2.0, lambda: station.fall_silent(2.0, SLEEP))
    mast.at(3.0, lambda: station.wake(3.0))
    mast.at(4.0, lambda: station.fall_silent(4.0, OFF))
    assert mast.end(5.0) == [(IDLE, 0.0, 2.0), (SLEEP, 2.0, 3.0), (IDLE, 3.0, 4.0), (OFF, 4.0, 5.0)]
    assert (station.listening, station.absence) == (False, SWITCHED_OFF)


def test_messages_are_numbered():
    station = Mast().station
    assert [station.next_sequence() for _ in range(3)] == [0, 1, 2]


def test_a_reservation_keeps_the_station():
    station = Mast().station
    station.reserve(1.0, 3.0, 0.0)
    station.reserve(3.0, 4.0, 0.0)
    assert station.free_at_s == 4.0


@pytest.mark.parametrize("now_s", [0.0, 1.0, 2.0])
def test_the_last_reservation_can_be_given_back(now_s):
    station = Mast().station
    station.reserve(1.0, 3.0, 0.0)
    station.release(1.0, 3.0, now_s)
    assert station.free_at_s == max(now_s, 1.0)


def test_an_earlier_reservation_stays_where_it_was():
    station = Mast().station
    station.reserve(1.0, 3.0, 0.0)
    station.reserve(3.0, 4.0, 0.0)
    station.release(1.0, 3.0, 2.0)
    assert station.free_at_s == 4.0


def heard(mast, overhearing):
    """What a medium does at the end of a transmission."""
    mast.station.flush_overheard(overhearing.end_s)
    return overhearing.outcome, overhearing.start_s, overhearing.end_s


def test_who_has_nothing_to_do_receives_frames_for_others():
    mast = Mast()
    overhearing = mast.station.overhear(1.0, 2.0)
    mast.at(2.0, lambda: heard(mast, overhearing))
    assert mast.end(3.0) == [(IDLE, 0.0, 1.0), (RECEIVE, 1.0, 2.0), (IDLE, 2.0, 3.0)]
    assert overhearing.outcome == HEARD


def test_who_is_busy_receives_nothing():
    station = Mast().station
    station.reserve(0.0, 1.5, 0.0)
    assert heard_at(station, 1.0, 2.0) == (BUSY,)


def heard_at(station, start_s, end_s):
    """The outcome, and from when to when it listened, if it did."""
    overhearing = station.overhear(start_s, end_s)
    if overhearing.end_s <= overhearing.start_s:
        return (overhearing.outcome,)
    return overhearing.outcome, overhearing.start_s, overhearing.end_s


@pytest.mark.parametrize(("state", "outcome"), [(SLEEP, ASLEEP), (OFF, SWITCHED_OFF)])
def test_who_is_absent_receives_nothing(state, outcome):
    mast = Mast()
    mast.station.fall_silent(0.0, state)
    assert heard_at(mast.station, 1.0, 2.0) == (outcome,)


def test_who_waits_for_its_turn_receives_until_then():
    station = Mast().station
    station.reserve(1.5, 3.0, 0.0)
    assert heard_at(station, 0.5, 1.0) == (HEARD, 0.5, 1.0)
    assert heard_at(station, 1.0, 2.0) == (BUSY, 1.0, 1.5)
    assert heard_at(station, 2.0, 4.0) == (BUSY,)
    assert heard_at(station, 3.0, 4.0) == (HEARD, 3.0, 4.0)


def test_two_frames_at_once_cannot_both_be_received():
    station = Mast().station
    assert heard_at(station, 1.0, 2.0)[0] == HEARD
    assert heard_at(station, 1.5, 3.0) == (BUSY,)
    assert heard_at(station, 2.0, 3.0)[0] == HEARD


def test_what_was_overheard_is_logged_once_by_whoever_takes_it_over():
    mast = Mast()
    station, taken = mast.station, []
    first, second, third = (station.overhear(float(start), start + 1.0) for start in (1, 2, 3))
    mast.at(2.0, lambda: taken.append(station.take_over(first)))
    mast.at(4.0, lambda: taken.append(station.take_over(third)))
    mast.at(4.0, lambda: taken.append(station.take_over(second)))
    # The third came before the second had been taken, so the station logged both.
    mast.at(4.0, lambda: station.meter.burst(1.0, 2.0, RECEIVE, station.receive_w))
    assert mast.end(5.0) == [
        (IDLE, 0.0, 1.0), (RECEIVE, 1.0, 2.0), (RECEIVE, 2.0, 3.0), (RECEIVE, 3.0, 4.0), (IDLE, 4.0, 5.0),
    ]  # fmt: skip
    assert taken == [True, False, False]


def test_an_activity_of_its_own_ends_what_it_overhears():
    mast = Mast()
    station = mast.station
    overhearing = station.overhear(1.0, 5.0)
    mast.at(2.0, lambda: station.reserve(2.0, 3.0, 2.0))
    mast.at(3.0, lambda: station.burst(2.5, 3.0, TRANSMIT, 2.0))
    mast.at(2.0, lambda: mast.supply.draw(RADIO, 2.5, 3.0, 2.0))
    mast.at(5.0, lambda: heard(mast, overhearing))
    assert mast.end(6.0) == [
        (IDLE, 0.0, 1.0), (RECEIVE, 1.0, 2.0), (IDLE, 2.0, 2.5), (TRANSMIT, 2.5, 3.0), (IDLE, 3.0, 6.0),
    ]  # fmt: skip
    assert (overhearing.outcome, overhearing.end_s) == (BUSY, 2.0)


def test_an_activity_before_the_frame_begins_leaves_nothing_to_overhear():
    mast = Mast()
    overhearing = mast.station.overhear(1.0, 2.0)
    mast.station.reserve(0.5, 0.8, 0.0)
    assert (overhearing.outcome, overhearing.start_s, overhearing.end_s) == (BUSY, 1.0, 1.0)
    assert heard_at(mast.station, 0.9, 0.95)[0] == HEARD
    assert [row[0] for row in mast.end(3.0)] == [IDLE, RECEIVE, IDLE]


def test_what_is_overheard_ends_with_its_sender_and_with_sleep():
    mast = Mast()
    cut = mast.station.overhear(1.0, 3.0)
    mast.at(2.0, lambda: mast.station.cut_overhearing(cut, 2.0))
    slept = []
    mast.at(4.0, lambda: slept.append(mast.station.overhear(4.0, 6.0)))
    mast.at(5.0, lambda: mast.station.fall_silent(5.0, SLEEP))
    assert mast.end(7.0) == [
        (IDLE, 0.0, 1.0), (RECEIVE, 1.0, 2.0), (IDLE, 2.0, 4.0), (RECEIVE, 4.0, 5.0), (SLEEP, 5.0, 7.0),
    ]  # fmt: skip
    assert (cut.outcome, cut.end_s) == (LOST, 2.0)
    assert (slept[0].outcome, slept[0].end_s) == (ASLEEP, 5.0)


def test_cutting_leaves_alone_what_is_over():
    overhearing = Overhearing(1.0, 2.0)
    assert overhearing.cut(3.0, BUSY) == 2.0
    assert (overhearing.outcome, overhearing.end_s) == (HEARD, 2.0)


def test_abstract_radios_overhear_nothing_and_keep_no_agenda():
    station = Mast(radio=Erasure(rate_bit_per_s=1e6)).station
    for k in range(1000):
        station.reserve(float(k), k + 1.0, float(k))
    assert heard_at(station, 500.0, 501.0)[0] == HEARD


class Traffic:
    """Keeps a station busy at random, as a medium would, and logs what it did."""

    def __init__(self):
        self.mast = Mast()
        self.station, self.clock = self.mast.station, self.mast.clock
        self.overhearings = []
        self.reserved = {}

    def own(self, gap_s, duration_s):
        """An activity after all others."""
        if not self.station.listening:
            return
        start_s = max(self.station.free_at_s, self.clock.time_s) + gap_s
        span = start_s, start_s + duration_s
        key = object()
        self.reserved[key] = span
        self.station.reserve(*span, self.clock.time_s)
        self.mast.supply.draw(RADIO, *span, 2.0)
        self.mast.at(span[1], lambda: self._finish(key, span[1]))

    def _finish(self, key, end_s):
        if key in self.reserved:
            start_s, _ = self.reserved.pop(key)
            if start_s < end_s:
                self.station.burst(start_s, end_s, TRANSMIT, 2.0)

    def hear(self, gap_s, duration_s):
        """A frame for others."""
        start_s = self.clock.time_s + gap_s
        overhearing = self.station.overhear(start_s, start_s + duration_s)
        self.overhearings.append(overhearing)
        self.mast.at(start_s + duration_s, lambda: self.station.flush_overheard(overhearing.end_s))

    def sleep(self, *_):
        now_s = self.clock.time_s
        for key in list(self.reserved):
            self._finish(key, now_s)
        self.station.fall_silent(now_s, SLEEP)
        self.station.free_at_s = now_s

    def wake(self, *_):
        if not self.station.listening:
            self.station.wake(self.clock.time_s)

    def release(self, *_):
        """Give back the last reservation, if it is still to come."""
        last = list(self.reserved)[-1:]
        for key in last:
            start_s, end_s = self.reserved[key]
            if start_s >= self.clock.time_s:
                del self.reserved[key]
                self.station.release(start_s, end_s, self.clock.time_s)


moments = st.lists(
    st.tuples(
        st.floats(0.0, 1.0),
        st.sampled_from(["own", "own", "hear", "hear", "sleep", "wake", "release"]),
        st.floats(0.0, 2.0),
        st.floats(0.0, 2.0),
    ),
    max_size=40,
)


@REPEATABLE
@given(moments)
def test_whatever_happens_no_second_is_counted_twice_and_the_battery_agrees(moments):
    traffic, at_s = Traffic(), 0.0
    for wait_s, kind, gap_s, duration_s in moments:
        at_s += wait_s
        traffic.mast.at(at_s, lambda kind=kind, a=gap_s, b=duration_s: getattr(traffic, kind)(a, b))
    traffic.clock.advance(FOREVER)
    rows = traffic.mast.end(traffic.clock.time_s + 1.0)
    received_s = sum(end_s - start_s for state, start_s, end_s in rows if state == RECEIVE)
    overheard_s = sum(overhearing.end_s - overhearing.start_s for overhearing in traffic.overhearings)
    assert received_s == pytest.approx(overheard_s, rel=1e-9, abs=1e-9)
