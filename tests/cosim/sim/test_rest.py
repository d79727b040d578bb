import pytest

from cosim.sim.clock import Clock
from cosim.sim.energy import IDLE, OFF, RADIO, SLEEP, WAKE, Ledger, Meter
from cosim.sim.rest import Rest
from cosim.sim.station import Station
from cosim.sim.supply import Supply
from cosim.sim.wifi import Wifi80211a
from radio_models.transceivers import Transceiver

CHIP = {"idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
SLOW = Transceiver(**CHIP, wake_w=0.25, wake_s=0.5)


@pytest.fixture
def lain():
    """lain(transceiver, (at, until), ...): the intervals up to 10 s of a station put to sleep like that; off at 9 s."""

    def run(transceiver, *sleeps):
        clock, ledger = Clock(), Ledger(1)
        supply = Supply(clock, 0, 1e3, 1e3, lambda peer: None)
        supply.rest(RADIO, 0.0)
        station = Station(0, Meter(ledger, 0, RADIO), Wifi80211a(transceiver=transceiver), 16.0, supply)
        rest = Rest(clock, station, lambda _, state: station.fall_silent(clock.time_s, state))
        rest.start()
        for at_s, until_s in sleeps:
            clock.at(at_s, order=0, call=lambda _, until_s=until_s: rest.sleep(until_s))
        clock.at(9.0, order=0, call=lambda _: rest.stop())
        clock.at(10.0, order=0)
        clock.at(10.0, order=1, call=lambda _: None)
        clock.advance(float("inf"))
        rows = ledger.intervals(10.0)
        assert 1e3 - supply.remaining_j() == pytest.approx(((rows[:, 3] - rows[:, 2]) * rows[:, 4]).sum(), rel=1e-9)
        return [tuple(row[1:4]) for row in rows.tolist()]

    return run


def test_without_a_time_of_waking_it_sleeps_to_the_end(lain):
    assert lain(Transceiver(**CHIP), (1.0, 3.0)) == [
        (IDLE, 0.0, 1.0), (SLEEP, 1.0, 3.0), (IDLE, 3.0, 9.0), (OFF, 9.0, 10.0)
    ]  # fmt: skip


def test_it_wakes_before_its_time(lain):
    assert lain(SLOW, (1.0, 3.0))[1:4] == [(SLEEP, 1.0, 2.5), (WAKE, 2.5, 3.0), (IDLE, 3.0, 9.0)]


def test_who_sleeps_too_short_listens_too_late(lain):
    assert lain(SLOW, (1.0, 1.25))[1:3] == [(WAKE, 1.0, 1.5), (IDLE, 1.5, 9.0)]


def test_a_second_sleep_puts_off_waking(lain):
    assert lain(SLOW, (1.0, 3.0), (2.75, 5.0))[1:6] == [
        (SLEEP, 1.0, 2.5), (WAKE, 2.5, 2.75), (SLEEP, 2.75, 4.5), (WAKE, 4.5, 5.0), (IDLE, 5.0, 9.0)
    ]  # fmt: skip
    assert lain(SLOW, (1.0, 5.0), (2.0, 3.0))[1:4] == [
        (SLEEP, 1.0, 2.0), (SLEEP, 2.0, 4.5), (WAKE, 4.5, 5.0)
    ]  # fmt: skip


def test_who_is_switched_off_wakes_no_more(lain):
    assert lain(SLOW, (7.0, 9.25))[1:] == [(SLEEP, 7.0, 8.75), (WAKE, 8.75, 9.0), (OFF, 9.0, 10.0)]
