import math

import numpy as np
import pytest

from analysis.energy import Split, account, by_part_and_state, by_peer, cumulative_j, off_peers, off_times_s, split

COLUMNS = "peer part state start_s end_s watts joules"


@pytest.fixture
def hand_run(make_run):
    """Peer 0: a processor that computes for a second, a radio that sleeps; peer 1 dies at 4 s."""
    energy = make_run.rows(
        COLUMNS,
        (0, "processor", "idle", 0.0, 2.0, 2.0, 4.0),
        (0, "processor", "compute", 2.0, 3.0, 6.0, 6.0),
        (0, "processor", "idle", 3.0, 10.0, 2.0, 14.0),
        (0, "radio", "idle", 0.0, 5.0, 1.0, 5.0),
        (0, "radio", "sleep", 5.0, 10.0, 0.1, 0.5),
        (1, "processor", "idle", 0.0, 4.0, 3.0, 12.0),
        (1, "processor", "off", 4.0, 10.0, 0.0, 0.0),
    )
    return make_run(peers=3, energy=energy)


def test_the_account_of_a_hand_made_run(hand_run):
    rows = account(hand_run).set_index(["peer", "part", "state"])
    assert rows.loc[(0, "processor", "idle")].tolist() == [9.0, 18.0, 18.0, 0.0]
    assert rows.loc[(0, "processor", "compute")].tolist() == [1.0, 6.0, 2.0, 4.0]
    assert rows.loc[(0, "radio", "sleep")].tolist() == [5.0, 0.5, 0.5, 0.0]
    assert rows.loc[(1, "processor", "off")].tolist() == [6.0, 0.0, 0.0, 0.0]


def test_parts_and_states_in_their_order(hand_run):
    rows = by_part_and_state(hand_run)
    assert list(zip(rows["part"], rows["state"], rows["joules"], strict=True)) == [
        ("processor", "idle", 30.0),
        ("processor", "compute", 6.0),
        ("processor", "off", 0.0),
        ("radio", "idle", 5.0),
        ("radio", "sleep", 0.5),
    ]


def test_peers_by_state(hand_run):
    table = by_peer(hand_run)
    assert list(table.columns) == ["idle", "sleep", "compute", "off"]
    assert table.sum(axis=1).tolist() == [29.5, 12.0, 0.0]
    assert by_peer(hand_run, "marginal_j").loc[0].tolist() == [0.0, 0.0, 4.0, 0.0]


def test_total_baseline_and_marginal(hand_run):
    assert split(hand_run) == Split(41.5, 37.5, 4.0)


def test_a_part_never_seen_idle_has_no_known_baseline(make_run):
    run = make_run(energy=make_run.rows(COLUMNS, (0, "radio", "transmit", 0.0, 1.0, 2.0, 2.0)))
    assert split(run).total_j == 2.0
    assert math.isnan(split(run).idle_baseline_j)
    assert math.isnan(by_peer(run, "marginal_j").loc[0, "transmit"])


def test_without_intervals_the_summary_is_asked(make_run):
    told = make_run("told", energy_j={"total": 5.0}, energy_j_idle_baseline=4.0, energy_j_marginal=1.0)
    assert split(told) == Split(5.0, 4.0, 1.0)
    assert math.isnan(split(make_run("silent")).total_j)


@pytest.mark.parametrize(("time_s", "joules"), [(-1, 0), (0, 0), (1, 6), (2.5, 17), (4, 28), (10, 41.5), (99, 41.5)])
def test_energy_over_time_is_the_integral_of_the_power(hand_run, time_s, joules):
    assert cumulative_j(hand_run, np.array([time_s], dtype=float)) == pytest.approx([joules], rel=1e-12)


def test_energy_over_time_of_one_peer(hand_run):
    assert cumulative_j(hand_run, np.array([5.0, 2.0]), peer=1).tolist() == [12.0, 6.0]


def test_energy_over_time_matches_the_sum_over_all_intervals(world_run):
    energy = world_run.energy
    times_s = np.linspace(0.0, world_run.end_s, 57)
    overlap_s = np.clip(
        times_s[:, None] - energy["start_s"].to_numpy(), 0, (energy["end_s"] - energy["start_s"]).to_numpy()
    )
    assert cumulative_j(world_run, times_s) == pytest.approx(overlap_s @ energy["watts"].to_numpy(), rel=1e-12)
    assert cumulative_j(world_run, times_s)[-1] == pytest.approx(energy["joules"].sum(), rel=1e-12)


def test_who_is_off(hand_run, make_run):
    assert [off_peers(hand_run, time_s) for time_s in (0.0, 3.9, 4.0, 10.0)] == [set(), set(), {1}, {1}]
    assert off_times_s(hand_run).tolist() == [4.0]
    nothing = make_run("nothing")
    assert off_peers(nothing, 0.0) == set()
    assert len(off_times_s(nothing)) == 0
