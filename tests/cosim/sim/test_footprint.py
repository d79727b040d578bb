import numpy as np
import pytest

from cosim.sim.budget import Budget
from cosim.sim.footprint import WEAKEST_DB, Footprints
from cosim.sim.propagation import LogDistance
from cosim.sim.wifi import Wifi80211a

CHAIN = [LogDistance(exponent=3.0, reference_loss_db=46.6777)]


class Walk:
    """Everybody walks to the right at 1 m/s, the first one faster."""

    max_speed_m_per_s = 2.0

    def __init__(self, places_m, moving):
        self.moving = moving
        self._places_m = np.array([[place, 0.0] for place in places_m])

    def positions_m(self, time_s):
        speeds = np.ones((len(self._places_m), 1))
        speeds[0] = 2.0
        return self._places_m + (speeds * [1.0, 0.0] * time_s if self.moving else 0.0)


class Fading(Budget):
    def __init__(self, *world):
        super().__init__(*world)
        self.fades = True

    def fade_db(self, sender, hearers, times_s):
        return np.full((len(times_s), len(hearers)), 3.0)


def make(places_m, moving=False, kind=Budget):
    budget = kind(Walk(places_m, moving), CHAIN, Wifi80211a(), np.full(len(places_m), 16.0206), 1)
    return budget, Footprints(budget)


def test_those_near_come_first_and_the_rest_is_disturbed():
    budget, footprints = make([0, 300, 40, 10, 5000])
    found = footprints.of(0, 0.0)
    assert found.ids.tolist() == [2, 3, 1]
    assert (found.near, found.near_list) == (2, [2, 3])
    assert 10 * np.log10(found.ratio) == pytest.approx(budget.quality(0, found.ids, 0.0)[0])
    assert found.everyone.tolist() == [2, 3, 1, 0]
    assert found.circle.tolist() == [2, 3, 0]


def test_what_is_left_out_is_weak():
    places_m = [0, *range(500, 900, 20)]
    budget, footprints = make(places_m)
    left = sorted(set(range(1, len(places_m))) - set(footprints.of(0, 0.0).ids.tolist()))
    assert left
    assert budget.quality(0, np.array(left), 0.0)[0].max() < WEAKEST_DB


def test_it_is_kept_while_nothing_changes():
    budget, footprints = make([0, 10, 20])
    first = footprints.of(0, 0.0)
    assert footprints.of(0, 9.0) is first
    budget.tune(0, 10.0, None)
    weaker = footprints.of(0, 9.0)
    assert weaker.ratio == pytest.approx(first.ratio * 10**-0.60206)
    budget.tune(1, None, 6)
    assert footprints.of(0, 9.0).ids.tolist() == [2]


def test_motion_makes_it_new_before_a_ratio_changes_by_a_quarter_of_a_decibel():
    budget, footprints = make([0, 10, 200], moving=True)
    first = footprints.of(0, 0.0)
    just_before = budget.quality(0, first.ids, first.until_s * 0.999)[0]
    assert np.abs(just_before - 10 * np.log10(first.ratio)).max() < 0.25
    assert footprints.of(0, first.until_s * 0.999) is first
    assert footprints.of(0, first.until_s) is not first


def test_fading_is_asked_for_where_there_is_some():
    _, still = make([0, 10])
    assert still.fading_db(0, still.of(0, 0.0), 0.0, 1e-3) is None
    _, fading = make([0, 60, 100], kind=Fading)
    found = fading.of(0, 0.0)
    assert fading.fading_db(0, found, 0.0, 1e-3).tolist() == [3.0, 3.0]
    # 60 m are 2.3 dB too far without luck.
    assert (found.near, found.detects.tolist()) == (2, [False, False])
