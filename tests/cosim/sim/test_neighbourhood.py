"""The search against a look at everybody: it may offer too many candidates, and must never miss one."""

import math
from typing import ClassVar, final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.part import part
from cosim.rng import LEAST_HASHED
from cosim.sim.antenna import AntennaGain, DeviceVariation
from cosim.sim.budget import Budget
from cosim.sim.candidates import Everybody, Few
from cosim.sim.first_order import FirstOrder
from cosim.sim.links import RadioLinks
from cosim.sim.mobility import RandomWaypoint, StillTrajectories
from cosim.sim.neighbourhood import MOST_WINDOWS, Neighbourhood
from cosim.sim.path_loss import TwoRayGround
from cosim.sim.propagation import (
    Ends,
    FreeSpace,
    LogDistance,
    LogNormalShadowing,
    bound,
    least_loss_db,
    total_loss_db,
)
from cosim.sim.shadowing import CorrelatedShadowing
from cosim.sim.tr38901 import Tr38901
from cosim.sim.wifi import Wifi80211a, Wifi80211g

PATH = LogDistance(exponent=3.0, reference_loss_db=46.6777)
WIFI = Wifi80211a()
DISC = FirstOrder(rate_bit_per_s=1e6, range_m=50.0)


@final
@part
class Strange:
    """A loss of a user, who says nothing of its bounds: hills that make near links worse than far ones."""

    fixed: ClassVar[bool] = False

    def loss_db(self, distance_m, senders, receivers, seed):
        return 90.0 + 20.0 * np.cos(np.asarray(distance_m) / 7.0) + 0.0 * (senders + receivers)


CHAINS = [
    (PATH,),
    (PATH, LogNormalShadowing(sigma_db=3.0)),
    (PATH, LogNormalShadowing(sigma_db=9.0, reciprocal=False)),
    (FreeSpace(frequency_hz=5e9), LogNormalShadowing(sigma_db=2.0), LogNormalShadowing(sigma_db=1.0, reciprocal=False)),
    (Strange(),),
    (),
    (PATH, CorrelatedShadowing(sigma_db=4.0, correlation_m=15.0)),
    (PATH, CorrelatedShadowing(sigma_db=4.0, correlation_m=15.0, reciprocal=False), DeviceVariation(power_sd_db=2.0)),
    (Tr38901(scenario="inh_office", frequency_hz=5e9), DeviceVariation(power_sd_db=1.0, sensitivity_sd_db=2.0)),
    (TwoRayGround(frequency_hz=2.4e9), *bound((AntennaGain(transmit_dbi=3.0, receive_dbi=-2.0),), {"all": range(40)})),
]
RADIOS = [WIFI, Wifi80211g(preamble_detection=False), DISC]


class Scatter:
    """Peers in a plane, each on a straight way of its own."""

    def __init__(self, generator, peers, side_m, speed_m_per_s):
        self.start_m = generator.uniform(0.0, side_m, (peers, 2))
        angle = generator.uniform(0.0, 2 * math.pi, peers)
        speeds = generator.uniform(0.0, speed_m_per_s, peers)
        self.velocity_m_per_s = speeds[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        self.max_speed_m_per_s = speed_m_per_s
        self.moving = speed_m_per_s > 0

    def positions_m(self, time_s):
        return self.start_m + time_s * self.velocity_m_per_s


def brute_force(budget, chain, seed, sender, time_s):
    """Who notices a sender, and at what SNR, by a look at everybody."""
    places_m = budget.positions_m(time_s)
    everybody = np.arange(len(places_m))
    distance = np.hypot(*(places_m - places_m[sender]).T)
    fixed = total_loss_db([one for one in chain if one.fixed], np.ones(len(everybody)), sender, everybody, seed)
    ends = Ends(places_m[sender], places_m)
    loss = fixed + total_loss_db([one for one in chain if not one.fixed], distance, sender, everybody, seed, ends)
    snr = np.broadcast_to(budget.radio.snr_db(loss, float(budget.powers_dbm[sender])), distance.shape)
    heard = budget.radio.hears(snr, distance) & (budget.channels == budget.channels[sender]) & (everybody != sender)
    return np.flatnonzero(heard), snr, distance


worlds = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**6),
        "peers": st.integers(1, 40),
        "side_m": st.sampled_from([0.0, 10.0, 300.0, 5000.0, 1e5]),
        "speed_m_per_s": st.sampled_from([0.0, 1.0, 40.0, 1000.0]),
        "chain": st.sampled_from(CHAINS),
        "radio": st.sampled_from(RADIOS),
        "spread_db": st.sampled_from([0.0, 40.0]),
    }
)


def make(world):
    generator = np.random.default_rng(world["seed"])
    peers = world["peers"]
    trajectories = Scatter(generator, peers, world["side_m"], world["speed_m_per_s"])
    powers = 16.0 - generator.uniform(0.0, world["spread_db"] + 1e-9, peers)
    return generator, Budget(trajectories, world["chain"], world["radio"], powers, world["seed"])


@settings(deadline=None, derandomize=True, max_examples=200)
@given(worlds)
def test_whom_a_transmission_meets_is_bit_for_bit_what_a_look_at_everybody_finds(world):
    generator, budget = make(world)
    for time_s in (0.0, 7.3, 100.0, 3.1):
        if generator.random() < 0.3:
            budget.tune(int(generator.integers(world["peers"])), float(generator.uniform(-20.0, 30.0)), None)
        if generator.random() < 0.3:
            budget.tune(int(generator.integers(world["peers"])), None, int(generator.integers(2)))
        for sender in range(min(world["peers"], 8)):
            chosen = [i for i in generator.permutation(world["peers"])[:3].tolist() if i != sender]
            heard, snr, distance = brute_force(budget, world["chain"], world["seed"], sender, time_s)
            reach = budget.reach(sender, tuple(chosen), time_s)
            ids = [*chosen, *[i for i in heard.tolist() if i not in chosen]]
            assert list(reach.ids) == ids
            np.testing.assert_array_equal(reach.snr_db, snr[ids])
            assert reach.distance_m == distance[ids].tolist()
            assert reach.detects == np.isin(ids, heard).tolist()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(worlds)
def test_links_are_those_that_a_look_at_everybody_finds(world):
    _, budget = make(world)
    links = RadioLinks(budget, 0.1, 0.9)
    for time_s in (0.0, 0.9, 4.5, 90.0):
        for sender in range(world["peers"]):
            heard, snr, _ = brute_force(budget, world["chain"], world["seed"], sender, time_s)
            good = heard[(snr[heard] >= links._threshold_db) | (links._threshold_db == -np.inf)]
            assert links.neighbours(sender, time_s) == tuple(good.tolist())


@pytest.mark.parametrize("most", [1, 100])
def test_searching_a_few_senders_at_a_time_finds_the_same(monkeypatch, most):
    trajectories = Scatter(np.random.default_rng(3), 60, 400.0, 5.0)
    powers, chain = np.linspace(-5.0, 25.0, 60), (PATH, LogNormalShadowing(sigma_db=3.0))

    def found():
        return [*Neighbourhood(trajectories, chain, WIFI, powers, 1).at(3.0).chunks()]

    (whole,) = found()
    monkeypatch.setattr("cosim.sim.neighbourhood.MOST_PAIRS", most)
    (parts,) = found()
    assert len(whole.senders) > 200
    assert all(np.array_equal(one, other) for one, other in zip(whole, parts, strict=True))


def test_few_are_left_of_many():
    """60 peers on 3 km have next to nobody in reach: shadowing of 8 sigma does not make candidates of all."""
    trajectories = Scatter(np.random.default_rng(3), 60, 3000.0, 5.0)
    chain = (PATH, LogNormalShadowing(sigma_db=3.0))
    candidates = Neighbourhood(trajectories, chain, WIFI, np.full(60, 16.0), 1).at(0.0)
    assert isinstance(candidates, Few)
    assert sum(len(pairs.senders) for pairs in candidates.chunks()) < 60


def test_windows_are_searched_once_and_forgotten_when_they_are_many():
    trajectories = RandomWaypoint(area_m=[300.0, 300.0], speed_m_per_s=[1.0, 20.0]).trajectories(20, 1, 0)
    neighbourhood = Neighbourhood(trajectories, (PATH,), WIFI, np.full(20, 16.0), 1)
    first = neighbourhood.at(0.0)
    assert neighbourhood.at(1e-3) is first
    assert neighbourhood.at(50.0) is not first
    assert neighbourhood.at(0.0) is first
    for time_s in range(200):
        neighbourhood.at(float(time_s))
    assert len(neighbourhood._windows) == MOST_WINDOWS


def test_peers_at_rest_are_searched_once_until_one_gets_louder():
    still = StillTrajectories(np.asarray([[0.0, 0.0], [400.0, 0.0]]))
    neighbourhood = Neighbourhood(still, (PATH,), WIFI, np.full(2, 16.0), 1)
    quiet = neighbourhood.at(0.0)
    neighbourhood.admit(0, 10.0)
    assert neighbourhood.at(1e9) is quiet
    assert quiet.of(0)[0].tolist() == []
    neighbourhood.admit(0, 50.0)
    loud = neighbourhood.at(0.0)
    assert loud.of(0)[0].tolist() == [1]
    neighbourhood.admit(1, 49.0)
    assert neighbourhood.at(0.0) is loud


def test_a_loss_or_a_radio_without_bounds_makes_candidates_of_all():
    class Ham:
        """A radio that says nothing of its limits."""

    still = StillTrajectories(np.zeros((3, 2)))
    for chain, radio in (((Strange(),), WIFI), ((PATH,), Ham()), ((), WIFI)):
        candidates = Neighbourhood(still, chain, radio, np.full(3, 16.0), 1).at(0.0)
        assert isinstance(candidates, Few if chain == () else Everybody)
        assert candidates.of(1)[0].tolist() == [0, 2]


@pytest.mark.parametrize("chain", [*CHAINS[:4], CHAINS[-2]])
def test_no_loss_falls_below_its_bound_and_no_bound_falls(chain):
    distance_m = np.geomspace(0.1, 1e5, 2000)
    bound = least_loss_db(chain, distance_m)
    assert (np.diff(bound) >= 0.0).all()
    peers = np.arange(2000)
    assert (total_loss_db(chain, distance_m, peers, peers[::-1], 3) >= bound).all()


def test_the_luckiest_shadow_is_the_lowest_draw_there_is():
    bound = LogNormalShadowing(sigma_db=2.0).least_loss_db(np.asarray([1.0, 5.0]))
    assert bound == pytest.approx([2.0 * -8.2095] * 2, abs=1e-3)
    assert LEAST_HASHED == 2.0**-53


@pytest.mark.parametrize("radio", [WIFI, Wifi80211a(preamble_detection=False), Wifi80211a(noise_figure_db=20.0)])
def test_the_most_loss_of_wifi_is_the_edge_of_what_it_hears(radio):
    most_db = radio.most_loss_db(np.asarray([16.0, 20.0]))
    for margin_db, heard in ((-1e-9, True), (1e-9, False)):
        snr = radio.snr_db(most_db + margin_db, np.asarray([16.0, 20.0]))
        assert radio.hears(snr, np.zeros(2)).tolist() == [heard] * 2


def test_the_disc_ends_at_its_range():
    assert DISC.farthest_m == 50.0
    assert DISC.most_loss_db(np.zeros(2)).tolist() == [math.inf] * 2
    assert WIFI.farthest_m == math.inf
