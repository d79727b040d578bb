import math

import numpy as np
import pytest

from cosim.sim.budget import MOST_REACHES, RESOLUTION_DB, Budget, Reach
from cosim.sim.erasure import Erasure
from cosim.sim.fading import RayleighFading
from cosim.sim.first_order import FirstOrder
from cosim.sim.mobility import StillTrajectories
from cosim.sim.propagation import LogDistance, LogNormalShadowing
from cosim.sim.shadowing import CorrelatedShadowing
from cosim.sim.tr38901 import Tr38901
from cosim.sim.wifi import Wifi80211a

PATH = LogDistance(exponent=3.0, reference_loss_db=46.6777)
SHADOW = LogNormalShadowing(sigma_db=6.0, reciprocal=False)
WIFI = Wifi80211a()


class Line:
    """Peers on a line, each with its own speed; peer 0 at the origin."""

    def __init__(self, starts_m, speeds_m_per_s=None):
        self.starts_m = np.asarray(starts_m, dtype=np.float64)
        self.speeds_m_per_s = np.zeros(len(starts_m)) if speeds_m_per_s is None else np.asarray(speeds_m_per_s)
        self.moving = bool(self.speeds_m_per_s.any())
        self.max_speed_m_per_s = float(np.abs(self.speeds_m_per_s).max())

    def positions_m(self, time_s):
        x = self.starts_m + time_s * self.speeds_m_per_s
        return np.stack([x, np.zeros_like(x)], axis=1)


def budget_of(starts_m, speeds_m_per_s=None, radio=WIFI, chain=(PATH,), power_dbm=16.0):
    return Budget(Line(starts_m, speeds_m_per_s), chain, radio, np.full(len(starts_m), power_dbm), 1)


def ids(*peers):
    return np.asarray(peers, dtype=np.int64)


def test_quality_is_power_less_loss_less_noise():
    budget = budget_of([0.0, 10.0, 100.0])
    snr, distance = budget.quality(0, ids(1, 2), 0.0)
    assert distance.tolist() == [10.0, 100.0]
    losses = [46.6777 + 30 * math.log10(d) for d in (10.0, 100.0)]
    assert snr == pytest.approx([16.0 - loss - WIFI.noise_dbm for loss in losses])


def test_losses_add_and_are_the_same_for_those_in_reach_and_for_strangers():
    budget = budget_of([0.0, 10.0, 9000.0], chain=(PATH, SHADOW))
    everybody = ids(0, 1, 2)
    near, _ = budget._neighbourhood.at(0.0).of(0)
    assert near.tolist() == [1]
    pairs = budget.of_pairs(ids(0, 0, 2), ids(1, 2, 1), 0.0)[0]
    singly = [budget.quality(a, ids(b), 0.0)[0][0] for a, b in ((0, 1), (0, 2), (2, 1))]
    together = budget.quality(0, ids(2, 1), 0.0)[0]
    assert pairs.tolist() == singly
    assert together.tolist() == singly[1::-1]
    plain = budget_of([0.0, 10.0, 9000.0]).quality(0, everybody, 0.0)[0]
    assert np.abs(budget.quality(0, everybody, 0.0)[0] - plain)[1:].min() > 0.01


def test_where_positions_play_no_part_nothing_is_known():
    budget = budget_of([0.0, 10.0], [1.0, 2.0], radio=Erasure(rate_bit_per_s=1e6))
    assert not budget.moving
    assert np.isnan(budget.quality(0, ids(1), 0.0)).all()
    assert np.isnan(budget.of_pairs(ids(0), ids(1), 0.0)).all()
    reach = budget.reach(0, (1,), 0.0)
    assert (reach.ids, reach.detects) == ((1,), [True])
    assert budget.back(0, 1, 0.0)[0]


def test_the_reach_of_a_transmission_has_its_recipients_first_and_then_all_who_hear_it():
    budget = budget_of([0.0, 1000.0, 20.0, 30.0, 10.0])
    reach = budget.reach(0, (3, 1), 0.0)
    assert reach.ids == (3, 1, 2, 4)
    assert reach.detects == [True, False, True, True]
    assert reach.distance_m == [30.0, 1000.0, 20.0, 10.0]
    assert reach.snr_db == budget.quality(0, ids(3, 1, 2, 4), 0.0)[0].tolist()


def test_reaches_at_rest_are_remembered_until_a_radio_is_tuned(monkeypatch):
    budget = budget_of([0.0, 10.0])
    reach = budget.reach(0, (1,), 0.0)
    assert budget.reach(0, (1,), 99.0) is reach
    budget.tune(0, 6.0, None)
    assert budget.reach(0, (1,), 0.0).snr_db[0] == pytest.approx(reach.snr_db[0] - 10.0)
    monkeypatch.setattr("cosim.sim.budget.MOST_REACHES", 1)
    budget.reach(1, (0,), 0.0)
    budget.reach(0, (1,), 0.0)
    assert len(budget._reaches) == 1
    assert MOST_REACHES > 1


def test_reaches_of_moving_peers_are_of_their_time():
    budget = budget_of([0.0, 10.0], [0.0, 1.0])
    assert budget.moving
    assert [budget.reach(0, (1,), t).distance_m[0] for t in (0.0, 5.0)] == [10.0, 15.0]


def test_strangers_among_the_recipients_are_priced_and_displace_nobody():
    budget = budget_of([0.0, 9000.0, 20.0, 30.0, 10.0], chain=(PATH, SHADOW))
    reach = budget.reach(0, (1, 4), 0.0)
    assert reach.ids == (1, 4, 2, 3)
    assert reach.detects == [False, True, True, True]
    assert reach.snr_db == budget.quality(0, ids(1, 4, 2, 3), 0.0)[0].tolist()


def test_more_power_finds_those_who_were_out_of_reach():
    budget = budget_of([0.0, 400.0, 420.0])
    assert budget.reach(0, (), 0.0).ids == ()
    budget.tune(0, 50.0, None)
    assert budget.reach(0, (), 0.0).ids == (1, 2)
    assert budget.reach(1, (), 0.0).ids == (2,)


def test_all_links_on_which_a_frame_is_noticed():
    budget = budget_of([0.0, 40.0, 90.0, 5000.0])
    budget.tune(2, 0.0, None)
    ((senders, hearers, snr),) = budget.heard(0.0)
    assert [*zip(senders.tolist(), hearers.tolist(), strict=True)] == [(0, 1), (1, 0), (1, 2)]
    assert snr.tolist() == budget.of_pairs(senders, hearers, 0.0)[0].tolist()
    some = [(int(a), int(b)) for a_s, b_s, _ in budget.heard(0.0, (1, 3)) for a, b in zip(a_s, b_s, strict=True)]
    assert some == [(1, 0), (1, 2)]


def test_nobody_hears_another_channel_or_itself():
    budget = budget_of([0.0, 10.0, 20.0])
    budget.tune(1, None, 6)
    assert budget.reach(0, (1,), 0.0).detects == [False, True]
    assert budget.reach(0, (1,), 0.0).ids == (1, 2)
    assert budget.reach(1, (0,), 0.0).ids == (0,)
    assert not budget.back(0, 1, 0.0)[0]
    assert budget.back(0, 2, 0.0)[0]
    budget.tune(0, None, 6)
    assert budget.reach(0, (1,), 0.0).detects == [True]


def test_channels_separate_abstract_radios_too():
    budget = budget_of([0.0, 10.0, 20.0], radio=Erasure(rate_bit_per_s=1e6))
    budget.tune(2, None, 1)
    assert budget.reach(0, (1, 2), 0.0).detects == [True, False]


def test_the_way_back_has_the_power_of_the_other_end():
    budget = budget_of([0.0, 45.0])
    budget.tune(1, 0.0, None)
    answered, snr = budget.back(0, 1, 0.0)
    assert snr == pytest.approx(budget.quality(1, ids(0), 0.0)[0])
    assert budget.reach(0, (1,), 0.0).detects == [True]
    assert not answered


def test_what_is_not_noticed_does_not_arrive():
    radio = FirstOrder(rate_bit_per_s=1e6, range_m=50.0)
    reach = budget_of([0.0, 10.0, 60.0], radio=radio).reach(0, (1, 2), 0.0)
    assert reach.losses(radio, radio.frames(800)) == ([0.0, 1.0], [0.0, 1.0])


def test_losses_of_full_and_last_frames_are_those_of_the_radio():
    reach = Reach((1, 2), [4.5, 5.5], [1.0, 1.0], [True, True])
    frames = WIFI.frames(8 * 1500)
    full, last = reach.losses(WIFI, frames)
    assert full == WIFI.frame_error_rate(np.asarray([4.5, 5.5]), frames.full_bytes).tolist()
    assert last == WIFI.frame_error_rate(np.asarray([4.5, 5.5]), frames.last_bytes).tolist()
    assert last[0] < full[0]


# Motion


def test_who_may_move_enough_to_matter():
    """At 5 m/s each, two peers change their distance by 10 m in a second; 0.25 dB need 0.7 % at exponent 8."""
    budget = budget_of([0.0, 2.0, 20.0, 2000.0], [5.0, 5.0, -5.0, 0.0])
    reach = budget.reach(0, (1, 2), 0.0)
    assert reach.ids == (1, 2)
    assert budget.unsteady(reach, 1e-6).tolist() == []
    assert budget.unsteady(reach, 0.01).tolist() == [0]
    assert budget.unsteady(reach, 1.0).tolist() == [0, 1]


@pytest.mark.parametrize("speed_m_per_s", [0.0, 1.0, 10.0, 200.0])
def test_a_transfer_is_priced_along_the_way_to_a_quarter_of_a_decibel(speed_m_per_s):
    budget = budget_of([0.0, 5.0], [0.0, speed_m_per_s], chain=(LogDistance(exponent=2.0, reference_loss_db=40.0),))
    steps = 400
    along = budget.along(0, ids(1), 10.0, 11.0, steps)[:, 0]
    times = 10.0 + (np.arange(steps) + 0.5) / steps
    true = np.asarray([budget.quality(0, ids(1), t)[0][0] for t in times.tolist()])
    assert np.abs(along - true).max() <= RESOLUTION_DB


def test_a_peer_that_passes_by_is_seen_on_its_closest_approach():
    """Equal distances at both ends of the transfer, but nearer in the middle."""
    budget = budget_of([0.0, -50.0], [0.0, 100.0], chain=(LogDistance(exponent=2.0, reference_loss_db=40.0),))
    along = budget.along(0, ids(1), 0.0, 1.0, 100)[:, 0]
    assert along[50] > along[0] + 20.0


def test_who_else_hears_it_changes_nothing():
    budget = budget_of([0.0, 5.0, 50.0], [0.0, 30.0, 1.0])
    alone = budget.along(0, ids(2), 0.0, 1.0, 50)[:, 0]
    together = budget.along(0, ids(1, 2), 0.0, 1.0, 50)
    assert together[:, 1].tolist() == alone.tolist()
    assert len(set(together[:, 0].tolist())) > len(set(alone.tolist()))


def test_still_trajectories_do_not_move():
    still = StillTrajectories(np.zeros((2, 2)))
    assert not Budget(still, (PATH,), WIFI, np.zeros(2), 1).moving


# Fast fading, and what a reader must know

WALKING = RayleighFading(frequency_hz=5.2e9, speed_m_per_s=1.0)


def test_means_do_not_fade_and_gains_come_on_top():
    plain, fading = budget_of([0.0, 10.0, 20.0]), budget_of([0.0, 10.0, 20.0], chain=(PATH, WALKING))
    assert (plain.fades, fading.fades) == (False, True)
    assert fading.quality(0, ids(1, 2), 0.0)[0].tolist() == plain.quality(0, ids(1, 2), 0.0)[0].tolist()
    assert fading.reach(0, (1,), 0.0).snr_db == plain.reach(0, (1,), 0.0).snr_db
    times = np.array([0.0, 1.0])
    assert plain.fade_db(0, ids(1, 2), times).tolist() == [[0.0, 0.0]] * 2
    assert fading.fade_db(0, ids(1, 2), times).shape == (2, 2)
    assert plain.block_s(0, ids(1, 2)).tolist() == [math.inf] * 2
    assert (fading.block_s(0, ids(1, 2)) < 0.1).all()


def test_gains_of_several_parts_add_and_the_shortest_block_counts():
    slow = RayleighFading(frequency_hz=1e9, speed_m_per_s=1.0)
    both, one, other = (
        budget_of([0.0, 10.0], chain=(PATH, *parts)) for parts in ((WALKING, slow), (WALKING,), (slow,))
    )
    times = np.array([3.3])
    assert both.block_s(0, ids(1))[0] == one.block_s(0, ids(1))[0] < other.block_s(0, ids(1))[0]
    assert both.fade_db(0, ids(1), times) == one.fade_db(0, ids(1), times) + other.fade_db(0, ids(1), times)


def test_abstract_radios_do_not_fade():
    assert not budget_of([0.0, 10.0], radio=Erasure(rate_bit_per_s=1e6), chain=(PATH, WALKING)).fades


def test_peers_fade_with_the_speed_of_their_paths():
    chain = (PATH, RayleighFading(frequency_hz=5.2e9))
    assert budget_of([0.0, 10.0], chain=chain).block_s(0, ids(1))[0] == math.inf
    slow, fast = (budget_of([0.0, 10.0], [speed, 0.0], chain=chain).block_s(0, ids(1))[0] for speed in (1.0, 2.0))
    assert slow == pytest.approx(2 * fast)


def test_means_along_the_way():
    budget = budget_of([0.0, 10.0], [0.0, 5.0])
    along = budget.mean_db(0, ids(1), np.array([0.0, 2.0]))
    assert along[:, 0].tolist() == [budget.quality(0, ids(1), t)[0][0] for t in (0.0, 2.0)]


def test_distances_outside_the_range_of_a_model_are_told():
    chain = (Tr38901(scenario="umi_street_canyon", frequency_hz=5e9, line_of_sight="always"),)
    far, near = budget_of([0.0, 30.0], chain=chain), budget_of([0.0, 3.0], chain=chain)
    for budget in (far, near):
        assert budget.labels == []
        budget.reach(0, (1,), 0.0)
    assert far.labels == []
    (label,) = near.labels
    assert "extrapolated to 3 to 3 m" in label
    assert "10 to 5000 m" in label


def test_who_moves_through_shadows_is_unsteady_at_any_distance():
    field = CorrelatedShadowing(sigma_db=6.0, correlation_m=20.0)
    plain, shadowed = (budget_of([0.0, 60.0], [1.0, 0.0], chain=chain) for chain in ((PATH,), (PATH, field)))
    reach = plain.reach(0, (1,), 0.0)
    assert plain.unsteady(reach, 0.1).tolist() == []
    assert shadowed.unsteady(reach, 0.1).tolist() == [0]
    assert shadowed.unsteady(reach, 1e-4).tolist() == []
    along = shadowed.along(0, ids(1), 0.0, 2.0, 400)[:, 0]
    times = (np.arange(400) + 0.5) / 200
    true = [shadowed.quality(0, ids(1), t)[0][0] for t in times.tolist()]
    assert np.abs(along - true).max() < 1.0


def test_shadows_belong_to_places():
    """A link whose ends stand where those of another stood has its shadow, whoever stands there."""
    field = CorrelatedShadowing(sigma_db=6.0, correlation_m=20.0)
    budget = budget_of([0.0, 60.0, 60.0, 0.0], chain=(PATH, field))
    snr, _ = budget.of_pairs(ids(0, 3, 1), ids(1, 2, 0), 0.0)
    assert snr[0] == snr[1] == snr[2]
    assert budget.quality(0, ids(1), 0.0)[0][0] == snr[0] != budget_of([0.0, 60.0]).quality(0, ids(1), 0.0)[0][0]
