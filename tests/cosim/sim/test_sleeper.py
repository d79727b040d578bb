import pytest

from cosim.sim.clock import Clock
from cosim.sim.energy import IDLE, OFF, RADIO, SLEEP, WAKE, Ledger, Meter
from cosim.sim.rest import Rest
from cosim.sim.sleep_schedule import Periodic
from cosim.sim.sleeper import Sleeper
from cosim.sim.station import Station
from cosim.sim.wifi import Wifi80211a
from radio_models.transceivers import Transceiver

CHIP = Transceiver(idle_w=0.5, receive_w=0.75, transmit_w=2.0, sleep_w=0.125, wake_w=0.25, wake_s=0.5)
WINDOWS = Periodic(period_s=10.0, on_s=2.0, offset_s=4.0)


class Mast:
    """A station with windows from 4 to 6 s and from 14 to 16 s, that takes half a second to wake."""

    def __init__(self, schedule=WINDOWS):
        self.clock, self.ledger = Clock(), Ledger(1)
        self.station = Station(0, Meter(self.ledger, 0, RADIO), Wifi80211a(transceiver=CHIP), 16.0, None)
        self.duty = self.station.sleeper = Sleeper(self.clock, self.station, schedule, 4.0, self.deafen)
        self.rest = Rest(self.clock, self.station, lambda _, state: self.station.fall_silent(self.clock.time_s, state))
        self.heard = []
        self.rest.start()

    def deafen(self, peer):
        assert peer == 0
        self.station.deafen(self.clock.time_s)

    def at(self, time_s, call):
        self.clock.at(time_s, order=0, call=lambda _: call())

    def send(self, duration_s):
        """What a medium does with a transfer that is asked for now."""
        start_s = self.station.ready_s(self.clock.time_s)
        self.station.rouse(start_s)
        self.at(start_s + duration_s, self.station.settled)
        return start_s

    def end(self, time_s):
        for listen_s in range(int(time_s)):
            self.at(listen_s + 0.25, lambda: self.heard.append(self.station.listening))
        self.at(time_s, lambda: None)
        self.clock.advance(float("inf"))
        self.station.finish(time_s, 0)
        return [tuple(row[1:4]) for row in self.ledger.intervals(time_s).tolist()]


CYCLE = [(SLEEP, 0.0, 3.5), (WAKE, 3.5, 4.0), (IDLE, 4.0, 6.0), (SLEEP, 6.0, 13.5), (WAKE, 13.5, 14.0)]


def test_it_listens_in_its_windows_and_wakes_in_time():
    mast = Mast()
    assert mast.end(15.0) == [*CYCLE, (IDLE, 14.0, 15.0)]
    assert [second for second, heard in enumerate(mast.heard) if heard] == [4, 5, 14]


def test_what_it_sends_wakes_it_and_leaves_it_deaf():
    mast, starts = Mast(), []
    mast.at(1.0, lambda: starts.append(mast.send(1.0)))
    mast.at(1.25, lambda: starts.append(mast.send(0.5)))
    rows = mast.end(6.0)
    assert starts == [1.5, 1.5]
    assert rows == [(SLEEP, 0.0, 1.0), (WAKE, 1.0, 1.5), (IDLE, 1.5, 2.5), (SLEEP, 2.5, 3.5), *CYCLE[1:3]]
    assert [second for second, heard in enumerate(mast.heard) if heard] == [4, 5]


def test_a_window_that_opens_while_it_sends_is_heard_and_one_that_closes_is_not_waited_for():
    mast = Mast()
    mast.at(3.0, lambda: mast.send(1.5))
    mast.at(5.5, lambda: mast.send(2.5))
    assert mast.end(9.0) == [(SLEEP, 0.0, 3.0), (WAKE, 3.0, 3.5), (IDLE, 3.5, 8.0), (SLEEP, 8.0, 9.0)]
    assert [second for second, heard in enumerate(mast.heard) if heard] == [4, 5]


def test_a_programs_sleep_goes_over_windows():
    mast = Mast()
    mast.at(5.0, lambda: mast.rest.sleep(14.75))
    assert mast.end(17.0) == [
        *CYCLE[:2], (IDLE, 4.0, 5.0), (SLEEP, 5.0, 14.25), (WAKE, 14.25, 14.75), (IDLE, 14.75, 16.0),
        (SLEEP, 16.0, 17.0),
    ]  # fmt: skip


def test_waking_is_cut_by_sleep_and_by_the_end():
    mast = Mast()
    mast.at(3.75, lambda: mast.rest.sleep(4.5))
    mast.at(4.25, mast.rest.stop)
    assert mast.end(20.0) == [
        (SLEEP, 0.0, 3.5), (WAKE, 3.5, 3.75), (SLEEP, 3.75, 4.0), (WAKE, 4.0, 4.25), (OFF, 4.25, 20.0)
    ]  # fmt: skip


def test_without_time_to_sleep_it_never_does():
    mast = Mast(Periodic(period_s=10.0, on_s=10.0))
    assert mast.end(30.0) == [(IDLE, 0.0, 30.0)]


@pytest.mark.parametrize("on_s", [0.7, 9.7])
def test_pauses_shorter_than_waking_make_it_late_and_never_early(on_s):
    mast = Mast(Periodic(period_s=10.0, on_s=on_s, offset_s=4.0))
    rows = mast.end(40.0)
    assert sum(end_s - start_s for _, start_s, end_s in rows) == pytest.approx(40.0)
    woken = [start_s for state, start_s, _ in rows if state == IDLE and start_s > 0.0]
    expected = [4.0, 14.0, 24.0, 34.0] if on_s < 1.0 else [4.2, 14.2, 24.2, 34.2]
    assert woken[-3:] == pytest.approx(expected[-3:])
