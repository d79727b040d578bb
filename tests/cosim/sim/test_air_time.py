from types import SimpleNamespace

import numpy as np
import pytest

from cosim.sim.air_time import AirTime
from cosim.sim.energy import IDLE, OFF, RADIO, RECEIVE, TRANSMIT, Ledger, Meter

IDS = np.array([0, 1])


@pytest.fixture
def air():
    ledger = Ledger(2)
    stations = [SimpleNamespace(id=i, receive_w=2.0, transmit_w=3.0, supply=None) for i in range(2)]
    for peer in range(2):
        Meter(ledger, peer, RADIO).rest(0.0, IDLE, 1.0)
    return AirTime(stations, ledger), ledger


def test_shares_become_seconds_of_each_state(air):
    time, ledger = air
    time.change(IDS, np.array([[0.0, 0.25], [0.5, 0.0]]), 1.0)
    time.change(IDS, np.array([[0.0, 0.5], [-0.5, 0.0]]), 3.0)
    time.book(IDS, 5.0)
    seconds, joules = ledger.totals(5.0)
    assert seconds[0, RADIO, [IDLE, RECEIVE, TRANSMIT]].tolist() == [4.0, 0.0, 1.0]
    assert seconds[1, RADIO, [IDLE, RECEIVE, TRANSMIT]].tolist() == [3.0, 2.0, 0.0]
    assert joules.sum() == 4.0 + 3.0 + 3.0 + 4.0
    assert seconds[:, RADIO, OFF].sum() == 0.0


def test_an_interval_begins_when_there_was_first_something_to_do(air):
    time, ledger = air
    time.change(IDS[:1], np.array([[0.0], [1.0]]), 2.0)
    time.book(IDS[:1], 3.0)
    rows = [row for row in ledger.intervals(3.0).tolist() if row[1] == TRANSMIT]
    assert rows == [[0.0, TRANSMIT, 2.0, 3.0, 3.0]]


def test_stations_may_occur_repeatedly(air):
    time, ledger = air
    time.change(np.array([1, 1]), np.array([[0.25, 0.25], [0.0, 0.0]]), 0.0)
    time.book(IDS, 2.0)
    assert ledger.totals(2.0)[0][1, RADIO, RECEIVE] == 1.0


def test_who_has_more_to_do_than_time_is_told(air):
    time, _ = air
    time.change(IDS, np.array([[0.75, 0.5], [0.5, 0.5]]), 0.0)
    assert time.crowded(IDS) == [0]
    assert time.excess(IDS).tolist() == [0.25, 0.0]


def test_another_power_begins_another_interval(air):
    time, ledger = air
    time.change(IDS[:1], np.array([[0.0], [1.0]]), 0.0)
    time.tuned(0, 5.0, 1.0)
    time.book(IDS[:1], 2.0)
    assert ledger.totals(2.0)[1][0, RADIO, TRANSMIT] == 3.0 + 5.0
    assert len(time) == 0
