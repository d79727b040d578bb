"""Receivers that give up a frame whose header another one spoils."""

from types import SimpleNamespace

import numpy as np
import pytest

from cosim.sim.clock import Clock
from cosim.sim.headers import Headers
from cosim.sim.sensing import header_of
from cosim.sim.station import COLLIDED
from cosim.sim.wifi import Wifi80211a
from cosim.sim.wifi_dsss import Wifi80211b

HEADER = header_of(Wifi80211a(rate_bit_per_s=24e6))


class Scene:
    """Two receivers, both near; the first gets every frame with a ratio of 20, the second with 200."""

    def __init__(self, header=HEADER):
        self.clock, self.stopped, self.sensed = Clock(), [], []
        self.air = SimpleNamespace(frames={}, engaged=np.full(2, -1), total=np.zeros(2))
        self.air.leave = lambda peer: self.air.engaged.__setitem__(peer, -1)
        turns = SimpleNamespace(sense=lambda peers: self.sensed.append(peers.tolist()), arm=lambda: None)
        books = SimpleNamespace(stopped=lambda frame, peer, now_s, why: self.stopped.append((peer, now_s, why)))
        self.headers = Headers(self.clock, self.air, turns, books, header)

    def wait(self, time_s):
        self.clock.at(time_s, order=0, call=lambda _: None)
        self.clock.advance(time_s)

    def begin(self, number, ratio=(20.0, 200.0), followed=True):
        near = SimpleNamespace(near_ids=np.arange(2))
        frame = SimpleNamespace(
            number=number, start_s=self.clock.time_s, near_ratio=np.array(ratio), footprint=near, acknowledges=False
        )
        self.air.frames[number] = frame
        self.air.total += frame.near_ratio
        if followed:
            self.air.engaged[:] = number
        self.headers.begun(frame)


def test_a_header_that_nothing_disturbs_is_not_even_looked_at():
    scene = Scene()
    scene.begin(0)
    scene.clock.advance(1.0)
    assert scene.stopped == []
    assert not scene.headers._expected


def test_who_cannot_read_the_header_is_free_where_it_ends():
    scene = Scene()
    scene.begin(0)
    scene.wait(10e-6)
    scene.begin(1, ratio=(20.0, 20.0), followed=False)
    scene.clock.advance(1.0)
    # The second receiver gets the first frame ten times as strong as what disturbs it.
    assert scene.stopped == [(0, pytest.approx(20e-6), COLLIDED)]
    assert scene.air.engaged.tolist() == [-1, 0]
    assert scene.sensed == [[0]]


def test_after_the_header_it_is_too_late():
    scene = Scene()
    scene.begin(0)
    scene.wait(21e-6)
    scene.begin(1, followed=False)
    scene.clock.advance(1.0)
    assert scene.stopped == []


def test_headers_are_read_as_often_as_not_at_17_tenths_of_a_db_and_of_ofdm_alone():
    assert pytest.approx(20e-6) == HEADER.seconds
    assert 10.0 * np.log10(HEADER.least_ratio) == pytest.approx(1.7, abs=0.02)
    assert header_of(Wifi80211b(rate_bit_per_s=11e6)) is None
    scene = Scene(header=None)
    scene.begin(0)
    scene.begin(1)
    scene.clock.advance(1.0)
    assert scene.stopped == []
