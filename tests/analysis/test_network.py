import math

import numpy as np
import pytest

from analysis.network import (
    degrees,
    delivery_over_time,
    delivery_ratio,
    graph_at,
    link_lives,
    median_life_s,
    outcome_counts,
    survival,
)

GRAPH = "time_s source destination up snr_db"


@pytest.fixture
def hand_run(make_run):
    """0>1 lives from 0 to 4 and again from 6; 1>0 from 2 to 5; 2>0 from 3 on."""
    graph = make_run.rows(
        GRAPH, (0.0, 0, 1, True, 9.0), (2.0, 1, 0, True, 8.0), (3.0, 2, 0, True, 7.0), (4.0, 0, 1, False, 3.0),
        (5.0, 1, 0, False, 3.0), (6.0, 0, 1, True, 6.0),
    )  # fmt: skip
    return make_run(peers=3, graph=graph)


def test_the_graph_at_a_time(hand_run):
    assert list(graph_at(hand_run, 0.0).nodes) == [0, 1, 2]
    assert [sorted(graph_at(hand_run, time_s).edges) for time_s in (-1.0, 0.0, 3.0, 5.5, 10.0)] == [
        [], [(0, 1)], [(0, 1), (1, 0), (2, 0)], [(2, 0)], [(0, 1), (2, 0)],
    ]  # fmt: skip
    assert graph_at(hand_run, 10.0).edges[0, 1]["snr_db"] == 6.0


def test_degrees_after_each_change(hand_run):
    table = degrees(hand_run).set_index("time_s")
    assert table.index.tolist() == [0, 2, 3, 4, 5, 6, 10]
    assert table["mean"].tolist() == pytest.approx([1 / 3, 2 / 3, 1, 2 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert table["out_max"].tolist() == [1, 1, 1, 1, 1, 1, 1]
    assert table["in_max"].tolist() == [1, 1, 2, 2, 1, 1, 1]
    assert table.loc[3.0, ["out_min", "in_min"]].tolist() == [1, 0]


def test_degrees_match_the_graph_at_every_time(world_run):
    for row in degrees(world_run).itertuples():
        out = [degree for _, degree in graph_at(world_run, row.time_s).out_degree]
        into = [degree for _, degree in graph_at(world_run, row.time_s).in_degree]
        assert (row.out_min, row.out_max, row.in_min, row.in_max) == (min(out), max(out), min(into), max(into))
        assert row.mean == pytest.approx(np.mean(out))


def test_many_changes_are_read_on_a_grid(make_run):
    flips = [(step / 1000, 0, 1, step % 2 == 0, 1.0) for step in range(5001)]
    table = degrees(make_run(graph=make_run.rows(GRAPH, *flips)))
    assert len(table) == 2000
    assert table["time_s"].iloc[-1] == 10.0
    assert table["out_max"].iloc[-1] == 1


def test_lives_of_links(hand_run):
    lives = link_lives(hand_run).sort_values(["source", "destination", "start_s"])
    assert lives[["source", "destination", "start_s", "end_s"]].to_numpy().tolist() == [
        [0, 1, 0, 4], [0, 1, 6, 10], [1, 0, 2, 5], [2, 0, 3, 10],
    ]  # fmt: skip
    assert lives["life_s"].tolist() == [4, 4, 3, 7]
    assert lives["censored"].tolist() == [False, True, False, True]
    assert lives["from_start"].tolist() == [True, False, False, False]


def test_a_link_that_comes_up_twice_has_one_life(make_run):
    graph = make_run.rows(
        GRAPH, (1.0, 0, 1, True, 9.0), (2.0, 0, 1, True, 8.0), (3.0, 0, 1, False, 1.0), (4.0, 1, 0, False, 1.0)
    )
    assert link_lives(make_run(graph=graph))[["start_s", "end_s"]].to_numpy().tolist() == [[1.0, 3.0]]


def test_survival_of_the_hand_made_lives(hand_run):
    curve = survival(link_lives(hand_run))
    assert curve["life_s"].tolist() == [0, 3, 4, 7]
    assert curve["at_risk"].tolist() == [4, 4, 3, 1]
    assert curve["surviving"].tolist() == pytest.approx([1, 3 / 4, 1 / 2, 1 / 2])
    assert median_life_s(curve) == 4
    assert median_life_s(curve.iloc[:2]) is None


def test_survival_of_a_published_example(make_run):
    """Kaplan and Meier (1958), section 2: deaths at 0.8, 3.1, 5.4, 9.2 months, losses at 1.0, 2.7, 7.0, 12.1."""
    deaths, losses = (0.8, 3.1, 5.4, 9.2), (1.0, 2.7, 7.0, 12.1)
    rows = [(0.0, 0, place + 1, True, 1.0) for place in range(8)] + [
        (death, 0, place + 1, False, 1.0) for place, death in enumerate(deaths)
    ]
    lives = link_lives(make_run(peers=9, end_s=99.0, graph=make_run.rows(GRAPH, *rows)))
    lives.loc[lives["censored"], "life_s"] = losses
    curve = survival(lives).set_index("life_s")["surviving"]
    assert [curve[death] for death in deaths] == pytest.approx([7 / 8, 7 / 10, 21 / 40, 21 / 80])


def test_survival_without_censoring_is_the_plain_share(world_run):
    lives = link_lives(world_run)
    ended = lives[~lives["censored"]]
    curve = survival(ended)
    assert curve["surviving"].tolist() == pytest.approx([(ended["life_s"] > age).mean() for age in curve["life_s"]])


@pytest.fixture
def messages_run(make_run):
    sent = make_run.rows("transmission start_s end_s", (0, 0.0, 1.0), (1, 4.0, 5.0), (2, 9.9, 10.0))
    heard = make_run.rows(
        "transmission peer intended outcome", (0, 1, True, "heard"), (0, 2, True, "lost"), (1, 1, True, "heard"),
        (2, 1, False, "heard"), (2, 2, True, "below_sensitivity"),
    )  # fmt: skip
    return make_run(peers=3, transmissions=sent, receptions=heard)


def test_delivery(messages_run, make_run):
    assert delivery_ratio(messages_run) == 0.5
    unintended = make_run("overheard", receptions=make_run.rows("transmission intended outcome", (0, False, "heard")))
    assert math.isnan(delivery_ratio(unintended))


def test_delivery_over_time(messages_run):
    table = delivery_over_time(messages_run, bins=5)
    assert table["intended"].tolist() == [2, 0, 1, 0, 1]
    assert table["heard"].tolist() == [1, 0, 1, 0, 0]
    assert table["ratio"].tolist() == pytest.approx([0.5, math.nan, 1.0, math.nan, 0.0], nan_ok=True)


def test_outcomes(messages_run):
    table = outcome_counts(messages_run)
    assert table.loc["heard"].tolist() == [2, 1]
    assert table.loc["lost"].tolist() == [1, 0]
    assert table["intended"].sum() == 4
