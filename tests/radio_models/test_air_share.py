import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import air_share
from radio_models.air_share import air_shares, components, free_together, members, scaled_collision, station_weight
from radio_models.dcf import Dcf, period_s, saturation

REPEATABLE = settings(deadline=None, derandomize=True, max_examples=40)
OFDM = Dcf(9e-6, 16e-6, 34e-6, 15, 1023, 7, 44e-6, 45e-6)


def graph(stations, pairs):
    neighbours = [0] * stations
    for one, other in pairs:
        neighbours[one] |= 1 << other
        neighbours[other] |= 1 << one
    return neighbours


def clique(stations):
    return graph(stations, itertools.combinations(range(stations), 2))


def enumerated(neighbours, weights):
    """All independent sets, one by one."""
    total, shares = 0.0, np.zeros(len(weights))
    for sending in range(1 << len(weights)):
        if any(neighbours[station] & sending for station in members(sending)):
            continue
        product = math.prod(weights[station] for station in members(sending))
        total += product
        shares[members(sending)] += product
    return shares / total


@st.composite
def networks(draw, most=8):
    stations = draw(st.integers(1, most))
    pairs = list(itertools.combinations(range(stations), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return graph(stations, chosen), draw(st.lists(st.floats(0.0, 50.0), min_size=stations, max_size=stations))


@REPEATABLE
@given(networks())
def test_the_recursion_finds_every_independent_set(network):
    assert np.allclose(air_shares(*network), enumerated(*network), rtol=1e-9, atol=1e-12)


@REPEATABLE
@given(networks())
def test_neighbours_never_have_the_air_at_once(network):
    neighbours, weights = network
    shares = air_shares(neighbours, weights)
    for station, other in itertools.combinations(range(len(weights)), 2):
        if neighbours[station] >> other & 1:
            assert shares[station] + shares[other] <= 1.0 + 1e-12


@pytest.mark.parametrize("stations", [1, 3, 10])
@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_clique_has_the_rate_of_the_slot_model(stations, acknowledged):
    frame_s = 1.444e-3
    weight = station_weight(stations, OFDM, frame_s, acknowledged=acknowledged)
    means = saturation(stations, OFDM, acknowledged=acknowledged)
    idle = means.idle_slots * OFDM.slot_s / period_s(means, OFDM, frame_s, acknowledged=acknowledged)
    assert sum(air_shares(clique(stations), [weight] * stations)) == pytest.approx(1.0 - idle, rel=1e-12)


def test_stations_out_of_range_are_alone():
    assert air_shares([0, 0], [4.0, 9.0]) == pytest.approx([0.8, 0.9])


def test_the_flow_in_the_middle_starves():
    left, middle, right = air_shares(graph(3, [(0, 1), (1, 2)]), [20.0, 20.0, 20.0])
    assert middle == pytest.approx(20.0 / (21.0**2 + 20.0))
    assert left == right > 0.9


def test_who_is_not_active_takes_no_air():
    assert air_shares(clique(3), [5.0, 0.0, 5.0]) == pytest.approx([5 / 11, 0.0, 5 / 11])


def geometric(stations, radius, seed):
    places = np.random.default_rng(seed).random((stations, 2))
    near = np.linalg.norm(places[:, None] - places[None], axis=2) < radius
    return graph(stations, [pair for pair in itertools.combinations(range(stations), 2) if near[pair]])


def test_a_component_too_large_is_summed_around_each_station(monkeypatch):
    errors = list[float]()
    for seed in range(3):
        neighbours, weights = geometric(40, 0.25, seed), [3.0] * 40
        exact = np.array(air_shares(neighbours, weights))
        with monkeypatch.context() as patch:
            patch.setattr(air_share, "MOST_SETS", 100)
            errors.extend(np.abs(np.array(air_shares(neighbours, weights)) - exact))
    assert 0.0 < np.mean(errors) < 0.03


def test_large_graphs_are_answered():
    neighbours = geometric(120, 0.2, 1)
    assert len(components((1 << 120) - 1, neighbours)) == 1
    assert all(0.0 < share < 1.0 for share in air_shares(neighbours, [20.0] * 120))


def test_a_neighbour_kept_silent_by_another_cannot_collide():
    # 0 - 1 - 2: when 0 begins, 1 is free only if 2 is silent.
    free = free_together(graph(3, [(0, 1), (1, 2)]), [4.0] * 3)
    assert free[0] == pytest.approx({1: 1 / 5})
    assert free[1] == pytest.approx({0: 1.0, 2: 1.0})
    assert free_together(clique(4), [9.0] * 4)[2] == {0: 1.0, 1: 1.0, 3: 1.0}


def test_collisions_with_neighbours_that_are_always_or_never_free():
    assert scaled_collision(0.3, [1.0, 1.0, 1.0]) == pytest.approx(0.3)
    assert scaled_collision(0.3, [0.0, 0.0]) == 0.0
    assert scaled_collision(0.0, []) == 0.0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: air_shares([2, 0], [1.0, 1.0]), "mutual"),
        (lambda: air_shares([1], [1.0]), "mutual"),
        (lambda: air_shares([0], [-1.0]), "A weight"),
        (lambda: air_shares([0, 0], [1.0]), "Each station"),
        (lambda: scaled_collision(2.0, [1.0]), "A probability"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
