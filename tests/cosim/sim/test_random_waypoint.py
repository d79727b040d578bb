import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp, kstest

from cosim.rng import philox_key
from cosim.sim.random_waypoint import (
    mean_distance_m,
    mean_inverse_speed_s_per_m,
    mean_speed_m_per_s,
    pause_probability,
    random_waypoint_paths,
    stationary_legs_m,
    stationary_speed_m_per_s,
)

SIDE_M = 500.0
PEERS = 10_000
STEP_S = 1e-3
"""Short enough that next to nobody turns in it, long enough for the difference of positions."""


def walk(count=8, seed=1, first_peer=0, area_m=(150.0, 90.0), speed_m_per_s=(1.0, 5.0), pause_s=0.0):
    return random_waypoint_paths(
        area_m=area_m, speed_m_per_s=speed_m_per_s, pause_s=pause_s, count=count, seed=seed, first_peer=first_peer
    )


def crowd(first_peer=0, pause_s=0.0):
    return walk(PEERS, 7, first_peer, (SIDE_M, SIDE_M), pause_s=pause_s)


def speeds_m_per_s(trajectories, time_s):
    step_m = trajectories.positions_m(time_s + STEP_S) - trajectories.positions_m(time_s)
    return np.hypot(step_m[:, 0], step_m[:, 1]) / STEP_S


def inner_share(positions_m):
    """Share of positions in the central half-width by half-height box."""
    return float((np.abs(positions_m / SIDE_M - 0.5) <= 0.25).all(axis=1).mean())


def place_density(points):
    """Stationary density of the place on the unit square, from the integral over directions.

    Hyytia, Lassila, Virtamo, "Spatial node distribution of the random waypoint mobility model with applications",
    IEEE Transactions on Mobile Computing 5(6), 2006: density = integral over half a turn of a1 a2 (a1 + a2),
    over mean distance, with a1 and a2 the distances to the border forwards and backwards.
    """
    angle = (np.arange(360) + 0.5) * np.pi / 360
    ahead = np.stack((np.cos(angle), np.sin(angle)))[:, np.newaxis, :]
    x, y = points.T[:, :, np.newaxis]

    def border(cosine, sine):
        to_side = np.where(cosine > 0, 1 - x, -x) / cosine
        return np.minimum(to_side, np.where(sine > 0, 1 - y, -y) / sine)

    a1, a2 = border(*ahead), border(*-ahead)
    return (a1 * a2 * (a1 + a2)).mean(axis=1) * np.pi / mean_distance_m(1.0, 1.0)


def midpoints(cells):
    line = (np.arange(cells) + 0.5) / cells
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)


# Formulas.


def test_mean_speed_of_the_reference_row():
    """(5 - 1) / ln 5 = 2.485 m/s."""
    assert mean_speed_m_per_s(1.0, 5.0) == pytest.approx(2.485, abs=5e-4)
    assert mean_speed_m_per_s(1.0, 5.0) == pytest.approx(4 / np.log(5), rel=1e-14)
    assert mean_speed_m_per_s(3.0, 3.0) == 3.0
    assert mean_speed_m_per_s(3.0, 3.0 + 1e-9) == pytest.approx(3.0, rel=1e-9)


def test_mean_inverse_speed_is_the_integral():
    speed = np.linspace(1.5, 2.5, 200_001)
    assert mean_inverse_speed_s_per_m(1.5, 2.5) == pytest.approx(np.trapezoid(1 / speed, speed), rel=1e-9)


def test_mean_distance_of_the_unit_square():
    """(2 + sqrt 2 + 5 ln(1 + sqrt 2)) / 15 = 0.521405."""
    exact = (2 + np.sqrt(2) + 5 * np.log(1 + np.sqrt(2))) / 15
    assert mean_distance_m(1.0, 1.0) == pytest.approx(exact, rel=1e-14)
    assert mean_distance_m(500.0, 500.0) == pytest.approx(260.7027, abs=1e-4)


@pytest.mark.parametrize(("width", "height"), [(3.0, 1.0), (1.0, 3.0), (50.0, 1.0)])
def test_mean_distance_of_a_rectangle_is_the_double_integral(width, height):
    """The gap u of two uniform numbers on [0, a] has density 2 (a - u) / a^2."""
    u = (np.arange(2000) + 0.5) / 2000
    weight = 2 * (1 - u) / 2000
    integral = weight @ np.hypot(width * u[:, np.newaxis], height * u) @ weight
    assert mean_distance_m(width, height) == pytest.approx(integral, rel=1e-6)


def test_mean_distance_of_a_narrow_rectangle_is_that_of_a_line():
    assert mean_distance_m(9.0, 9e-6) == 3.0
    assert mean_distance_m(9.0, 9.1e-4) == pytest.approx(3.0, rel=1e-6)


def test_pause_probability_is_the_share_of_the_pause_in_a_cycle():
    travel_s = 260.7027 * np.log(5) / 4
    assert pause_probability((500.0, 500.0), (1.0, 5.0), 30.0) == pytest.approx(30 / (30 + travel_s), rel=1e-6)
    assert pause_probability((500.0, 500.0), (1.0, 5.0), 0.0) == 0.0


def test_stationary_speed_inverts_its_distribution():
    """F(v) = ln(v / v0) / ln(v1 / v0)."""
    draws = np.linspace(0, 1, 11)
    speeds = stationary_speed_m_per_s(draws, 1.0, 5.0)
    assert np.log(speeds) / np.log(5) == pytest.approx(draws, abs=1e-14)
    assert stationary_speed_m_per_s(draws, 2.0, 2.0) == pytest.approx(np.full(11, 2.0), abs=0)


@pytest.mark.statistical
def test_stationary_legs_are_biased_by_their_length():
    """E[L^2] / E[L] = (1/3) / 0.5214 = 0.6393 on the unit square; 4 standard errors, false alarm 6e-5."""
    ends = stationary_legs_m([philox_key(3, "leg", i) for i in range(6000)], (1.0, 1.0))
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    expected = (1 / 3) / mean_distance_m(1.0, 1.0)
    assert abs(length.mean() - expected) < 4 * length.std() / np.sqrt(6000)


# The law from the start.


@pytest.mark.statistical
@pytest.mark.parametrize("time_s", [0.0, 30.0, 500.0])
def test_mean_speed_has_no_transient(time_s):
    """2.485 m/s at every time, where a uniform start gives 3.0 at 0 s; 4 standard errors, false alarm 6e-5."""
    speeds = speeds_m_per_s(crowd(), time_s)
    assert speeds.mean() == pytest.approx(mean_speed_m_per_s(1.0, 5.0), abs=4 * 1.134 / np.sqrt(PEERS))


@pytest.mark.statistical
@pytest.mark.parametrize("time_s", [0.0, 500.0])
def test_speeds_follow_the_inverse_law(time_s):
    """Kolmogorov-Smirnov against ln(v) / ln 5; false alarm 1e-4, fixed seed."""
    speeds = np.clip(speeds_m_per_s(crowd(), time_s), 1.0, 5.0)
    assert kstest(speeds, lambda v: np.log(v) / np.log(5)).pvalue > 1e-4


@pytest.mark.statistical
@pytest.mark.parametrize("time_s", [0.0, 500.0])
def test_places_follow_the_integral_over_directions(time_s):
    """Chi-square on 3 x 3 cells of a quarter, all four folded into one; false alarm 1e-4, fixed seed."""
    from scipy.stats import chi2

    density = place_density(midpoints(60)).reshape(60, 60)[:30, :30]
    expected = PEERS * density.reshape(3, 10, 3, 10).sum(axis=(1, 3)) / density.sum()
    x, y = np.abs(crowd().positions_m(time_s) - SIDE_M / 2).T
    seen, _, _ = np.histogram2d(SIDE_M / 2 - x, SIDE_M / 2 - y, bins=3, range=((0, SIDE_M / 2), (0, SIDE_M / 2)))
    assert ((seen - expected) ** 2 / expected).sum() < chi2.ppf(1 - 1e-4, 8)


@pytest.mark.statistical
def test_centre_share_is_that_of_the_reference_simulations():
    """0.441 and 0.458 in two ns-3 models, 0.4545 by the exact density, 0.25 if uniform."""
    density = place_density(midpoints(80)).reshape(80, 80)
    assert density.mean() == pytest.approx(1.0, abs=1e-3)
    exact = density[20:60, 20:60].sum() / density.sum()
    share = inner_share(crowd().positions_m(0.0))
    assert exact == pytest.approx(0.4545, abs=5e-4)
    assert 0.44 <= share <= 0.46
    assert abs(share - exact) < 4 * 0.498 / np.sqrt(PEERS)


@pytest.mark.statistical
@pytest.mark.parametrize("pause_s", [0.0, 30.0])
def test_the_law_at_the_start_is_the_law_later(pause_s):
    """Two-sample Kolmogorov-Smirnov, 0 s against 500 s, other peers; false alarm 4 x 1e-4 a case, fixed seed."""
    start, later = crowd(0, pause_s), crowd(PEERS, pause_s)
    a_m, b_m = start.positions_m(0.0), later.positions_m(500.0)
    pairs = [(a_m[:, 0], b_m[:, 0]), (a_m[:, 1], b_m[:, 1])]
    pairs.append(tuple(np.hypot(*(places - SIDE_M / 2).T) for places in (a_m, b_m)))
    pairs.append((speeds_m_per_s(start, 0.0), speeds_m_per_s(later, 500.0)))
    assert [ks_2samp(a, b).pvalue > 1e-4 for a, b in pairs] == [True] * 4


@pytest.mark.statistical
@pytest.mark.parametrize("time_s", [0.0, 20.0, 400.0])
def test_share_of_pausing_peers(time_s):
    """30 / (30 + 104.9) = 0.222; 4 standard errors, false alarm 6e-5."""
    share = float((speeds_m_per_s(crowd(0, 30.0), time_s) == 0).mean())
    expected = pause_probability((SIDE_M, SIDE_M), (1.0, 5.0), 30.0)
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / PEERS)


@pytest.mark.statistical
def test_what_is_left_of_a_constant_pause_is_uniform():
    """Share still in its first pause falls linearly; 4 standard errors, false alarm 6e-5 a time."""
    trajectories = crowd(0, 30.0)
    start_m = trajectories.positions_m(0.0)
    pausing = speeds_m_per_s(trajectories, 0.0) == 0
    for time_s in (7.5, 15.0, 22.5):
        share = (trajectories.positions_m(time_s) == start_m).all(axis=1)[pausing].mean()
        assert abs(share - (1 - time_s / 30)) < 4 * 0.5 / np.sqrt(pausing.sum())


# The paths.


def test_peers_stay_in_their_rectangle():
    trajectories = walk(count=50, area_m=(30.0, 5.0))
    for time_s in np.arange(0.0, 500.0, 0.7):
        places = trajectories.positions_m(time_s)
        assert (places >= -1e-9).all()
        assert (places <= np.array([30.0, 5.0]) + 1e-9).all()


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    start_s=st.floats(0.0, 3000.0),
    step_s=st.floats(0.0, 200.0),
    seed=st.integers(0, 20),
    pause_s=st.sampled_from([0.0, 3.0]),
)
def test_nobody_is_faster_than_the_bound(start_s, step_s, seed, pause_s):
    """Continuity too: in a short time peers move little."""
    trajectories = walk(seed=seed, pause_s=pause_s)
    step_m = trajectories.positions_m(start_s + step_s) - trajectories.positions_m(start_s)
    assert np.hypot(*step_m.T).max() <= trajectories.max_speed_m_per_s * step_s + 1e-9


def test_speed_on_a_leg_lies_between_the_bounds():
    assert walk().moving
    for time_s in np.arange(0.0, 300.0, 7.0):
        speeds = speeds_m_per_s(walk(count=64), time_s)
        straight = np.abs(speeds - speeds_m_per_s(walk(count=64), time_s + STEP_S)) < 1e-6
        assert straight.mean() > 0.9
        assert ((speeds[straight] > 1 - 1e-6) & (speeds[straight] < 5 + 1e-6)).all()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(times_s=st.lists(st.floats(0.0, 5000.0), min_size=2, max_size=12), pause_s=st.sampled_from([0.0, 10.0]))
def test_places_do_not_depend_on_the_order_of_asking(times_s, pause_s):
    asked = walk(pause_s=pause_s)
    first = {time_s: asked.positions_m(time_s) for time_s in times_s}
    rising = walk(pause_s=pause_s)
    for time_s in sorted(times_s):
        assert np.array_equal(rising.positions_m(time_s), first[time_s])
    for time_s in times_s:
        assert np.array_equal(walk(pause_s=pause_s).positions_m(time_s), first[time_s])


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.data())
def test_places_of_some_are_those_of_all(data):
    some, all_peers = walk(pause_s=3.0), walk(pause_s=3.0)
    times = st.lists(st.floats(0.0, 5000.0) | st.floats(100.0, 101.0), min_size=1, max_size=6)
    for _ in range(4):
        peers = np.asarray(data.draw(st.lists(st.integers(0, 7), min_size=1, max_size=6)))
        times_s = np.asarray(data.draw(times))
        expected = np.stack([all_peers.positions_m(time_s)[peers] for time_s in times_s.tolist()])
        assert np.array_equal(some.places_m(peers, times_s), expected)


def test_places_do_not_depend_on_how_many_legs_are_made_at_a_time(monkeypatch):
    places = [walk().positions_m(time_s) for time_s in (0.0, 9000.0, 20_000.0)]
    monkeypatch.setattr("cosim.sim.random_waypoint.LEGS", 2)
    trajectories = walk()
    for time_s, expected in zip((0.0, 9000.0, 20_000.0), places, strict=True):
        assert np.array_equal(trajectories.positions_m(time_s), expected)
    assert np.array_equal(trajectories.positions_m(9000.0), places[1])


def test_a_peer_walks_the_same_way_in_any_company():
    alone, group = walk(count=1, first_peer=3), walk(count=40, first_peer=0)
    for time_s in (0.0, 12.5, 999.0, 40.0):
        assert np.array_equal(alone.positions_m(time_s)[0], group.positions_m(time_s)[3])


def test_seeds_and_peers_do_not_share_their_luck():
    places = walk(count=200).positions_m(0.0)
    assert len({tuple(place) for place in places}) == 200
    assert not np.array_equal(places, walk(count=200, seed=2).positions_m(0.0))


def test_an_answer_is_not_changed_by_later_questions():
    trajectories = walk()
    early = trajectories.positions_m(1.0)
    kept = early.copy()
    trajectories.positions_m(2000.0)
    assert np.array_equal(early, kept)


@pytest.mark.parametrize("time_s", [-1e-9, float("inf"), float("nan")])
def test_times_before_the_start_and_without_end_are_refused(time_s):
    with pytest.raises(ValueError, match="from 0 s on"):
        walk().positions_m(time_s)
    with pytest.raises(ValueError, match="known from 0 s on"):
        walk().places_m(np.asarray([0]), np.asarray([1.0, time_s]))


# Contacts, against ns-3.


def reference_row(model):
    """The row of a model in mobility_contacts.csv, or a skip where the table is not at hand."""
    above = [folder / "shared" / "radio_reference" for folder in Path(__file__).resolve().parents]
    folders = [Path(os.environ["COSIM_RADIO_REFERENCE"])] if "COSIM_RADIO_REFERENCE" in os.environ else above
    table = next((path for folder in folders if (path := folder / "mobility_contacts.csv").exists()), None)
    if table is None:
        pytest.skip("mobility_contacts.csv is not at hand")
    with table.open() as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {
            key: float(value) for key, value in next(r for r in rows if r["model"] == model).items() if key != "model"
        }


def contacts(trajectories, samples, sample_s, range_m):
    """Link matrix of unordered pairs over time, shape (samples, pairs)."""
    first, second = np.triu_indices(50, 1)
    linked = np.empty((samples, len(first)), dtype=bool)
    for i in range(samples):
        x, y = trajectories.positions_m(i * sample_s).T
        linked[i] = (x[first] - x[second]) ** 2 + (y[first] - y[second]) ** 2 <= range_m**2
    return linked


def spans(linked):
    """Lengths, in samples, of links and of gaps that begin and end inside the window."""
    lives, gaps = [], []
    for pair in linked.T:
        changes = np.flatnonzero(pair[1:] != pair[:-1])
        lengths, ups = np.diff(changes), pair[changes[:-1] + 1]
        lives.append(lengths[ups])
        gaps.append(lengths[~ups])
    return np.concatenate(lives), np.concatenate(gaps)


@pytest.mark.statistical
def test_link_lives_and_degree_agree_with_ns3():
    """3 runs x 4500 s as in the table: 5 % on times and degree, 2 % on speed (the table's suggested tolerance)."""
    row = reference_row("ss_rwp")
    lives, gaps, degrees, changes, speeds = [], [], [], [], []
    for seed in (1, 2, 3):
        trajectories = walk(50, seed, 0, (row["X_m"], row["Y_m"]), (row["v0"], row["v1"]))
        linked = contacts(trajectories, 9000, 0.5, row["R_m"])
        life, gap = spans(linked)
        lives.append(life)
        gaps.append(gap)
        degrees.append(linked.mean() * 49)
        changes.append((linked[1:] != linked[:-1]).mean() / 0.5)
        speeds.append(np.mean([speeds_m_per_s(trajectories, time_s).mean() for time_s in np.arange(0.0, 4500.0, 5.0)]))
    lives_s = 0.5 * np.concatenate(lives)
    assert np.mean(speeds) == pytest.approx(row["mean_speed"], rel=0.02)
    assert lives_s.mean() == pytest.approx(row["link_life_mean_s"], rel=0.05)
    assert np.median(lives_s) == pytest.approx(row["link_life_median_s"], rel=0.05)
    assert 0.5 * np.concatenate(gaps).mean() == pytest.approx(row["inter_contact_mean_s"], rel=0.05)
    assert np.mean(degrees) == pytest.approx(row["mean_degree"], rel=0.05)
    assert np.mean(changes) == pytest.approx(row["link_change_rate_per_pair_s"], rel=0.05)
