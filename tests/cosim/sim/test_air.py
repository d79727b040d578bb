from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim.sim.air import FREE, SENDING, Air
from cosim.sim.capture import SINR
from cosim.sim.footprint import Footprint
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.station import ASLEEP, BUSY, COLLIDED, HEARD
from cosim.sim.success_table import SuccessTable
from cosim.sim.wifi import Wifi80211a

RADIO = Wifi80211a(rate_bit_per_s=24e6)
AIR_S = 1e-3
LEAST = 10**0.4


class Sky:
    """Three stations; frames reach the others with the ratios given [dB]."""

    def __init__(self):
        self.stations = [SimpleNamespace(listening=True, absence=ASLEEP) for _ in range(3)]
        self.table = SuccessTable()
        self.row = self.table.row(RADIO, 1000)
        self.air = Air(self.stations, self.table, LEAST, 1e3, SINR)

    def frame(self, sender, now_s, **levels_db):
        ids = np.array([int(name[1:]) for name in levels_db])
        levels = np.array(list(levels_db.values()), dtype=float)
        footprint = Footprint(sender, ids, len(ids), levels, levels * 0, levels > 4.0)
        outgoing = SimpleNamespace(sender=sender, fragment=0, attempt=0)
        frame = FrameOnAir(outgoing, sender, footprint, now_s, AIR_S, self.row)
        self.air.begin(frame, now_s)
        return frame

    def exact(self, level_db):
        return float(np.log1p(-RADIO.frame_error_rate(level_db, 1000)))


@pytest.fixture
def sky():
    return Sky()


def test_a_frame_alone_meets_noise_alone(sky):
    frame = sky.frame(0, 1.0, p1=13.5, p2=30.0)
    assert sky.air.lock(frame, 1.0).tolist() == [0, 1]
    assert sky.air.engaged.tolist() == [SENDING, 0, 0]
    received = sky.air.end(frame, 1.0 + AIR_S)
    assert received.peers.tolist() == [1, 2]
    assert received.log_success == pytest.approx([sky.exact(13.5), sky.exact(30.0)], rel=1e-3)
    assert sky.air.engaged.tolist() == [FREE] * 3
    assert not sky.air.total.any()


def test_shares_of_a_frame_meet_what_overlaps_them(sky):
    frame = sky.frame(0, 0.0, p2=25.0)
    sky.air.lock(frame, 0.0)
    other = sky.frame(1, 0.4 * AIR_S, p2=12.0)
    assert sky.air.lock(other, 0.4 * AIR_S).tolist() == []
    assert other.codes.tolist() == [BUSY]
    disturbed_db = 25.0 - 10 * np.log10(1 + 10**1.2)
    received = sky.air.end(frame, AIR_S)
    expected = 0.4 * sky.exact(25.0) + 0.6 * sky.exact(disturbed_db)
    assert received.log_success[0] == pytest.approx(expected, rel=1e-3)
    assert sky.air.end(other, 1.4 * AIR_S).peers.tolist() == []


def test_of_two_that_begin_together_the_stronger_is_found_if_by_enough(sky):
    weak, strong = sky.frame(0, 0.0, p2=10.0), sky.frame(1, 0.0, p2=20.0)
    sky.air.lock(weak, 0.0)
    sky.air.lock(strong, 0.0)
    assert (weak.codes.tolist(), strong.codes.tolist()) == ([COLLIDED], [HEARD])
    equal = Sky()
    frames = equal.frame(0, 0.0, p2=20.0), equal.frame(1, 0.0, p2=18.0)
    for frame in frames:
        equal.air.lock(frame, 0.0)
        assert frame.codes.tolist() == [COLLIDED]


def test_who_sends_or_sleeps_hears_nothing(sky):
    sky.stations[2].listening = False
    first = sky.frame(1, 0.0, p0=20.0, p2=20.0)
    sky.air.lock(first, 0.0)
    before = sky.air.begin(
        FrameOnAir(first.outgoing, 0, first.footprint, 1e-4, AIR_S, sky.row), 1e-4
    )  # fmt: skip
    assert before is first
    assert first.codes.tolist() == [HEARD, ASLEEP]
    assert sky.air.end(first, AIR_S).peers.tolist() == []


def test_who_leaves_a_frame_is_free(sky):
    frame = sky.frame(0, 0.0, p1=20.0)
    sky.air.lock(frame, 0.0)
    assert sky.air.leave(1) is frame
    assert sky.air.leave(1) is None
    assert sky.air.engaged[1] == FREE


def test_a_channel_is_busy_by_sending_following_or_energy(sky):
    everybody = np.arange(3)
    assert not sky.air.busy(everybody).any()
    frame = sky.frame(0, 0.0, p1=10.0, p2=31.0)
    assert sky.air.busy(everybody).tolist() == [True, False, True]
    sky.air.lock(frame, 4e-6)
    assert sky.air.busy(everybody).all()
    sky.air.end(frame, AIR_S)
    assert not sky.air.busy(everybody).any()


@given(
    st.floats(0.0, 30.0),
    st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(-20.0, 30.0)), max_size=3),
    st.floats(0.0, 10.0),
)
def test_more_interference_never_helps(level_db, others, more_db):
    def outcome(extra_db):
        sky = Sky()
        frame = sky.frame(0, 0.0, p2=level_db)
        found = len(sky.air.lock(frame, 0.0))
        running = []
        for late, other_db in sorted(others):
            running.append(sky.frame(1, late * AIR_S, p2=other_db + extra_db))
        received = sky.air.end(frame, AIR_S)
        for each in running:
            sky.air.end(each, 3 * AIR_S)
        return found, float(received.log_success.sum())

    assert outcome(more_db)[1] <= outcome(0.0)[1] + 1e-9
    assert outcome(more_db)[0] == outcome(0.0)[0] == (level_db >= 4.0)
