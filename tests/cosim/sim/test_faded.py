"""Transfers over links that fade, at the scheduled medium: losses, attempts, and what a reader is told."""

import math

import numpy as np
import pytest

from cosim.sim.arq import Exchange
from cosim.sim.budget import Budget
from cosim.sim.delivery import Delivery
from cosim.sim.faded import FadedUnicast, faded_losses
from cosim.sim.fading import RayleighFading
from cosim.sim.medium import Content
from cosim.sim.mobility import StillTrajectories
from cosim.sim.propagation import LogDistance
from cosim.sim.transfer import BROADCAST, Transfer, broadcast_timeline
from cosim.sim.wifi import Wifi80211a
from radio_models.mean_error_rate import mean_error_rate

PATH = LogDistance(exponent=3.0, reference_loss_db=46.6777)
WIFI = Wifi80211a(preamble_detection=False, noise_figure_db=7.0)
STILL = RayleighFading(frequency_hz=5.2e9, speed_m_per_s=0.0)
WALKING = RayleighFading(frequency_hz=5.2e9, speed_m_per_s=0.5)


def budget_of(places_m, fading=STILL, seed=1):
    places_m = np.asarray([[x, 0.0] for x in places_m])
    return Budget(StillTrajectories(places_m), (PATH, fading), WIFI, np.full(len(places_m), 16.0206), seed)


def transfer(budget, destination, bits, start_s=0.0, sender=0, sequence=0):
    recipients = (1,) if destination == BROADCAST else (destination,)
    frames = WIFI.frames(bits)
    content = Content(None, 1.0, (), 0, bits)
    made = Transfer(sender, destination, recipients, content, frames, budget.reach(sender, recipients, start_s), WIFI)
    made.sequence = sequence
    made.occupy(start_s, broadcast_timeline(frames, WIFI))
    return made


def test_a_link_at_rest_has_one_fade_for_all_fragments():
    budget = budget_of([0.0, 60.0])
    losses = faded_losses(budget, transfer(budget, BROADCAST, 8 * 1472 * 5))
    snr_db = budget.quality(0, np.array([1]), 0.0)[0] + budget.fade_db(0, np.array([1]), np.zeros(1))[0]
    assert losses[:, 0] == pytest.approx(np.full(5, float(WIFI.frame_error_rate(snr_db, 1472)[0])))


def test_arq_inside_one_fade_is_correlated():
    """Attempts at rest are all in one block, so a message is lost with p^7 of its own p: closed form, link by link."""
    for seed in range(30):
        budget = budget_of([0.0, 75.0], seed=seed)
        found = FadedUnicast(budget, transfer(budget, 1, 8 * 1472)).repeat(np.full((2, 1), 0.999999))
        snr_db = budget.quality(0, np.array([1]), 0.0)[0] + budget.fade_db(0, np.array([1]), np.zeros(1))[0]
        loss = float(WIFI.frame_error_rate(snr_db, 1472)[0]) if WIFI.hears(snr_db, 75.0)[0] else 1.0
        answer = float(WIFI.ack_error_rate(snr_db)[0]) if loss < 1.0 else 1.0
        failure = 1 - (1 - loss) * (1 - answer)
        assert bool(found.acknowledged[0]) == (failure**7 <= 1 - 0.999999)


@pytest.mark.statistical
def test_broadcasts_over_many_blocks_are_lost_as_often_as_the_mean_says():
    """3,000 frames 1 s apart, some 100 coherence times: 5 standard errors, 6 false alarms in 10 million."""
    budget = budget_of([0.0, 60.0], WALKING)
    mean_db = float(budget.quality(0, np.array([1]), 0.0)[0][0])
    losses = [float(faded_losses(budget, transfer(budget, BROADCAST, 8 * 1472, float(t)))[0, 0]) for t in range(3000)]
    expected = float(mean_error_rate(lambda snr_db: WIFI.frame_error_rate(snr_db, 1472), mean_db))
    assert 0.05 < expected < 0.95
    # A link's own waves keep to the law to some 2 % of the mean.
    assert np.mean(losses) == pytest.approx(expected, abs=5 * np.std(losses) / math.sqrt(3000) + 0.02 * expected)


@pytest.mark.statistical
def test_unicasts_over_many_blocks_lose_less_than_independent_attempts_would_and_more_than_none():
    """Over 400 messages: attempts fail together in a fade, so more are lost than with independent attempts."""
    budget = budget_of([0.0, 70.0], WALKING)
    delivery = Delivery(budget, 1)
    fates: list[Exchange] = [
        delivery.fate(transfer(budget, 1, 8 * 1472, float(t), sequence=t), listening=True) for t in range(400)
    ]
    mean_db = float(budget.quality(0, np.array([1]), 0.0)[0][0])
    loss = float(mean_error_rate(lambda snr_db: WIFI.frame_error_rate(snr_db, 1472), mean_db))
    lost = np.mean([not fate.delivered[0] for fate in fates])
    assert loss**7 + 0.02 < lost < loss + 0.05
    assert {len(fate.attempts) for fate in fates} == {1}


def test_a_long_message_meets_many_blocks():
    budget = budget_of([0.0, 70.0], WALKING)
    fate = Delivery(budget, 1).fate(transfer(budget, 1, 8 * 1472 * 200), listening=True)
    assert len(fate.delivered) == 200
    assert fate.sent == fate.attempts.sum()
    assert 1 < fate.attempts.max() <= 7
    again = Delivery(budget_of([0.0, 70.0], WALKING), 1).fate(transfer(budget, 1, 8 * 1472 * 200), listening=True)
    assert again.attempts.tolist() == fate.attempts.tolist()


def test_frames_longer_than_a_block_are_told():
    for speed_m_per_s, told in ((0.5, False), (30.0, True)):
        budget = budget_of([0.0, 60.0], RayleighFading(frequency_hz=5.2e9, speed_m_per_s=speed_m_per_s))
        faded_losses(budget, transfer(budget, BROADCAST, 8 * 1472))
        assert any("longer than a block" in label for label in budget.labels) == told


def test_a_hearer_out_of_reach_by_its_mean_gets_nothing():
    budget = budget_of([0.0, 900.0])
    assert faded_losses(budget, transfer(budget, BROADCAST, 8000)).tolist() == [[1.0]]
    fate = Delivery(budget, 1).fate(transfer(budget, 1, 8000), listening=True)
    assert fate.delivered == (False,)


def program(peer):
    if peer.id == 0:
        for tag in range(20):
            yield peer.broadcast(peer.initial_model, tag=tag)
            yield peer.send(1, peer.initial_model, tag=100 + tag)
            yield peer.sleep(0.5)
    else:
        while (yield peer.recv(timeout_s=15.0)) is not None:
            pass


def test_a_run_over_fading_links_balances_and_is_repeatable(simulate):
    """Moving peers, correlated shadowing, device variation and Rician fading together."""
    sections = {
        "radio": {"kind": "wifi_80211a"},
        "medium": {"kind": "scheduled"},
        "mobility": {"kind": "random_waypoint", "area_m": [60, 60], "speed_m_per_s": [1, 5]},
        "propagation": [
            {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777},
            {"kind": "correlated_shadowing", "sigma_db": 4.0, "correlation_m": 10.0},
            {"kind": "device_variation", "power_sd_db": 1.0},
            {"kind": "antenna_gain", "transmit_dbi": 2.0, "groups": ["nodes"]},
            {"kind": "rician", "frequency_hz": 5.2e9, "k_db": 3.0},
        ],
    }
    runs = [simulate(program, 4, **sections) for _ in range(2)]
    assert runs[0].outcomes() == runs[1].outcomes()
    assert {"heard", "lost"} <= {outcome for _, _, outcome in runs[0].outcomes()}
    assert runs[0].world.budget.fades
