"""Messages of the fluid whose ends move or whose links fade."""

import math

import numpy as np
import pytest

from cosim.sim.budget import Budget
from cosim.sim.coverage import Coverage
from cosim.sim.fading import RayleighFading
from cosim.sim.flow import Flow
from cosim.sim.luck import LinkLuck
from cosim.sim.medium import Content
from cosim.sim.mobility import StillTrajectories
from cosim.sim.passage import BLOCKS, Passages
from cosim.sim.propagation import LogDistance
from cosim.sim.wifi import Wifi80211a
from cosim.sim.work import Once

PATH = LogDistance(exponent=3.0, reference_loss_db=46.6777)
RADIO = Wifi80211a(rate_bit_per_s=6e6)
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6}
SIZE = {"entries": 36_800, "layer_sizes": (36_790, 10)}
"""A hundred fragments of 1472 bytes, 2.14 ms each."""
WALKER = """time_s,peer,x_m,y_m
0,a,0,0
0,b,20,0
0.2,b,180,0
1,b,180,0
"""


class Walk:
    """Peer 1 walks away from peer 0."""

    moving, max_speed_m_per_s = True, 50.0

    def positions_m(self, time_s):
        return np.array([[0.0, 0.0], [20.0 + 50.0 * time_s, 0.0]])


def still_at(distance_m):
    return StillTrajectories(np.array([[0.0, 0.0], [distance_m, 0.0]]))


def passages_of(trajectories, *fading):
    budget = Budget(trajectories, (PATH, *fading), RADIO, np.full(2, 16.0), 1)
    return Passages(budget), budget


def flow_of(budget, destination, frames=1, begun_s=0.0):
    bits = 8 * 1472 * frames
    flow = Flow(0, destination, (1,), Content(None, 1.0, (), 0, bits), None)
    flow.cover(Coverage(0, 1, bits, budget.reach(0, (1,), begun_s), RADIO, LinkLuck(1, "delivery")), begun_s)
    flow.work = Once(flow.coverage.frames, flow.coverage.frame_s, flow.coverage.frame_s)
    flow.answered = True
    return flow


# Closed forms


def test_where_nothing_moves_and_nothing_fades_nothing_changes():
    assert not passages_of(still_at(30.0))[0].varying


def test_a_short_message_has_the_losses_of_its_beginning():
    passages, budget = passages_of(Walk())
    assert passages.losses(flow_of(budget, -1), 1e-4, 1) is None
    assert passages.begin(flow_of(budget, 1), 0.0).loss == 0.0


def test_a_broadcast_meets_the_ratio_of_each_fragment_on_its_way():
    passages, budget = passages_of(Walk())
    flow = flow_of(budget, -1, frames=400)
    flow.work.advance(0.0, flow.work.left_s, 1.0)
    (losses,) = passages.losses(flow, float(flow.work.ends_s[-1]), 1)
    times_s = flow.work.ends_s - 0.5 * flow.frame_s
    snr_db = budget.mean_db(0, np.array([1]), times_s)[:, 0]
    low, high = (RADIO.frame_error_rate(snr_db + shift_db, 1472) for shift_db in (0.25, -0.25))
    there = RADIO.hears(snr_db - 0.25, 20.0)
    assert ((losses >= low - 1e-12) & (losses <= high + 1e-12))[there].all()
    assert losses[0] == 0.0
    assert losses[-1] == 1.0


def test_a_unicast_is_looked_at_again_before_a_quarter_of_a_decibel():
    passages, budget = passages_of(Walk())
    flow, now_s = flow_of(budget, 1), 0.0
    while now_s < 0.5:
        passage = passages.look(flow, now_s)
        snr_db = budget.mean_db(0, np.array([1]), np.array([now_s, 0.5 * (now_s + passage.until_s), passage.until_s]))
        assert abs(float(snr_db[2, 0] - snr_db[0, 0])) <= 0.25
        expected = RADIO.frame_error_rate(snr_db[1], 1472) if RADIO.hears(snr_db[1], 0.0)[0] else 1.0
        assert passage.loss == pytest.approx(float(np.squeeze(expected)))
        now_s = passage.until_s
    assert now_s < 0.8


def test_attempts_inside_a_block_share_its_loss():
    fading = RayleighFading(frequency_hz=5.18e9, speed_m_per_s=1.5)
    passages, budget = passages_of(still_at(45.0), fading)
    flow, now_s, losses = flow_of(budget, 1, begun_s=0.1), 0.1, []
    block_s = float(budget.block_s(0, np.array([1]))[0])
    for _ in range(3 * BLOCKS):
        passage = passages.look(flow, now_s)
        block = round(passage.until_s / block_s)
        assert passage.until_s == pytest.approx(block * block_s)
        assert now_s < passage.until_s <= now_s + block_s * 1.000001
        fade_db = budget.fade_db(0, np.array([1]), np.array([(block - 0.5) * block_s]))[0]
        snr_db = budget.quality(0, np.array([1]), 0.0)[0] + fade_db
        expected = RADIO.frame_error_rate(snr_db, 1472) if RADIO.hears(snr_db, 45.0)[0] else 1.0
        assert passage.loss == pytest.approx(float(np.squeeze(expected)))
        losses.append(passage.loss)
        now_s = passage.until_s
    assert min(losses) < 0.01
    assert max(losses) == 1.0


def test_a_link_that_fades_at_rest_keeps_its_loss_for_ever():
    passages, budget = passages_of(still_at(45.0), RayleighFading(frequency_hz=5.18e9, speed_m_per_s=0.0))
    assert passages.look(flow_of(budget, 1), 0.0).until_s == math.inf


# Beside packets


def walking(simulate, tmp_path, program, fidelity):
    (tmp_path / "walk.csv").write_text(WALKER)
    mobility = {"kind": "csv_positions", "file": str(tmp_path / "walk.csv")}
    return simulate(program, 2, radio=WIFI, task=SIZE, mobility=mobility,
                    medium={"kind": "csma_ca", "fidelity": fidelity})  # fmt: skip


@pytest.mark.parametrize("unicast", [False, True])
def test_who_walks_away_hears_the_beginning_only_at_both_fidelities(simulate, tmp_path, unicast):
    def program(peer):
        if peer.id == 0 and unicast:
            yield peer.send(1, peer.initial_model)
        elif peer.id == 0:
            yield peer.broadcast(peer.initial_model)

    runs = [walking(simulate, tmp_path, program, fidelity) for fidelity in ("transfer", "packet")]
    fluid, packet = [next(row for row in run.receptions if row.peer == 1) for run in runs]
    assert 10 < fluid.fragments_heard < 60
    assert fluid.outcome == packet.outcome == "lost"
    assert fluid.fragments_heard == pytest.approx(packet.fragments_heard, abs=3)
    attempts = [run.transmissions[0].attempts for run in runs]
    assert attempts[0] == pytest.approx(attempts[1], rel=0.03)


# Luck


def fading_unicasts(make_world, examined, disturbed_s):
    """Two peers that send to each other over a fading link, while the shares of the air are settled once more."""

    def program(peer):
        for _ in range(5):
            yield peer.send(1 - peer.id, peer.initial_model)

    fading = {"kind": "rayleigh", "frequency_hz": 5.18e9, "speed_m_per_s": 1.5}
    path = {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}
    world, _ = make_world(
        program, 2, radio=WIFI, task={"entries": 5000, "layer_sizes": (4990, 10)}, medium={"kind": "csma_ca"},
        propagation=[path, fading], mobility={"kind": "static", "positions_m": [[0.0, 0.0], [40.0, 0.0]]},
    )  # fmt: skip

    def disturb(alarm):
        for flow in list(world.medium._crowd.active.values()):
            world.medium._crowd.disturb(flow, True)
        world.medium._settle_soon()

    for time_s in disturbed_s:
        world.clock.at(time_s, order=5, call=disturb)
    world.run()
    return examined(world)


def test_how_often_the_air_is_settled_moves_no_luck(make_world, examined):
    runs = [fading_unicasts(make_world, examined, times_s) for times_s in ((), np.arange(1e-3, 0.3, 7e-3).tolist())]
    once, often = ([(row.source, row.attempts) for row in run.transmissions] for run in runs)
    assert once == often
    ends_s = [[row.end_s for row in run.transmissions] for run in runs]
    assert ends_s[1] == pytest.approx(ends_s[0], rel=1e-3)
    assert max(attempts for _, attempts in once) > 20


def test_frames_longer_than_a_block_are_told(simulate):
    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)

    fading = {"kind": "rayleigh", "frequency_hz": 5.18e9, "speed_m_per_s": 100.0}
    path = {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}
    run = simulate(
        program, 2, radio=WIFI, task=SIZE, medium={"kind": "csma_ca"}, propagation=[path, fading],
        mobility={"kind": "static", "positions_m": [[0.0, 0.0], [20.0, 0.0]]},
    )  # fmt: skip
    assert any("longer than a block" in label for label in run.world.budget.labels)
    assert 0 < run.receptions[0].fragments_heard < 100
