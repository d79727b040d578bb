import numpy as np
import pytest

from cosim.sim.ieee802154 import Ieee802154
from cosim.sim.unslotted_access import UnslottedAccess
from radio_models.ieee802154 import CCA_S, TURNAROUND_S, UNIT_BACKOFF_S


class Channel:
    """A channel that is busy or not for everybody."""

    def __init__(self, taken):
        self.taken = taken

    def busy(self, peers):
        return np.full(len(peers), self.taken)


@pytest.fixture
def access():
    return UnslottedAccess(Ieee802154(), 2, 1)


def units(access, since_s):
    counted = (access.next_s() - since_s - CCA_S) / UNIT_BACKOFF_S
    assert counted == pytest.approx(round(counted), abs=1e-6)
    return round(counted)


def test_a_clear_channel_is_used_after_the_turnaround(access):
    access.request(0, 1.0, busy=False)
    assert 0 <= units(access, 1.0) <= 7
    looked_s = access.next_s()
    assert access.due(looked_s, Channel(False)) == ([], [])
    assert access.next_s() == pytest.approx(looked_s + TURNAROUND_S)
    assert access.due(access.next_s(), Channel(True)).sending == [0]


def test_a_busy_channel_is_looked_at_five_times(access):
    waits, most = [], [7, 15, 31, 31, 31]
    access.request(0, 0.0, busy=False)
    since_s = 0.0
    for attempt in range(5):
        waits.append(units(access, since_s))
        since_s = access.next_s()
        due = access.due(since_s, Channel(True))
        assert due.failed == ([0] if attempt == 4 else [])
    assert all(0 <= wait <= limit for wait, limit in zip(waits, most, strict=True))
    assert access.next_s() == float("inf")


def test_windows_grow_with_failures(access):
    seen = np.zeros(5)
    for _ in range(40):
        access.request(0, 0.0, busy=False)
        since_s = 0.0
        for attempt in range(5):
            seen[attempt] = max(seen[attempt], units(access, since_s))
            since_s = access.next_s()
            access.due(since_s, Channel(True))
    assert seen[0] == 7
    assert 12 <= seen[1] <= 15
    assert 25 <= min(seen[2:]) <= max(seen[2:]) <= 31


def test_after_a_frame_comes_a_pause_but_not_before_a_repetition(access):
    access.finished(0, 1.0, ok=False, again=True)
    access.proceed(0, 1.0, busy=False)
    assert units(access, 1.0) >= 0
    access.withdraw(0)
    access.finished(0, 2.0, ok=True, again=False)
    access.proceed(0, 2.0, busy=False)
    assert units(access, 2.0 + 640e-6) >= 0
