from types import SimpleNamespace

import numpy as np
import pytest

from cosim.sim.footprint import Footprint
from cosim.sim.frame_on_air import FrameOnAir
from cosim.sim.station import BELOW, BUSY


def frame(sender=0):
    levels = np.array([10.0, 20.0, -5.0])
    footprint = Footprint(0, np.array([1, 4, 2]), 2, levels, levels, levels[:2] > 0.0)
    outgoing = SimpleNamespace(sender=0, fragment=3, attempt=1)
    return FrameOnAir(outgoing, sender, footprint, 2.0, 0.5, 0)


def test_it_knows_its_times_and_whose_it_is():
    data, answer = frame(), frame(sender=4)
    assert (data.start_s, data.end_s, data.per_s) == (2.0, 2.5, 2.0)
    assert (data.fragment, data.attempt) == (3, 1)
    assert (data.acknowledges, answer.acknowledges) == (False, True)


def test_fading_changes_its_power_and_not_the_footprint():
    faded = frame()
    faded.fade(np.array([10.0, -10.0, 0.0]))
    assert faded.ratio == pytest.approx([100.0, 10.0, 10**-0.5])
    assert faded.near_ratio == pytest.approx([100.0, 10.0])
    assert faded.footprint.ratio == pytest.approx([10.0, 100.0, 10**-0.5])


def test_what_became_of_it_is_known_of_those_near():
    data = frame()
    assert [data.code_at(peer) for peer in (1, 4, 2, 9)] == [BUSY, BUSY, BELOW, BELOW]
