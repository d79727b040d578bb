import numpy as np
import pytest

from analysis.places import map_times_s, moves, places_at

POSITIONS, GRAPH = "time_s peer x_m y_m", "time_s source destination up"


def test_places_are_those_of_the_last_sample(make_run):
    run = make_run(positions=make_run.rows(POSITIONS, (0.0, 0, 1.0, 2.0), (5.0, 0, 3.0, 4.0), (5.0, 1, 5.0, 6.0)))
    assert places_at(run, 4.9)[0].tolist() == [1.0, 2.0]
    assert np.isnan(places_at(run, 4.9)[1]).all()
    assert places_at(run, 5.0).tolist() == [[3.0, 4.0], [5.0, 6.0]]
    assert moves(run)


def test_without_positions_peers_stand_on_a_circle(make_run):
    run = make_run(peers=4)
    assert places_at(run, 0.0) == pytest.approx(np.array([[0, 1], [1, 0], [0, -1], [-1, 0]]), abs=1e-12)
    assert not moves(run)


def test_a_map_of_wanderers_is_spread_over_the_run(world_run):
    assert map_times_s(world_run, 3) == [0.0, 5.0, 10.0]


def test_a_map_of_a_schedule_shows_its_first_graphs(make_run):
    graph = make_run.rows(GRAPH, *((step / 2, 0, 1, step % 2 == 0) for step in range(9)))
    scenario = {"graph": {"kind": "hamiltonian_cycles"}}
    assert map_times_s(make_run(graph=graph, scenario=scenario), 3) == [0.0, 0.5, 1.0]


def test_a_map_of_still_radios_is_spread_over_the_changes(make_run):
    graph = make_run.rows(GRAPH, *((step, 0, 1, step % 2 == 0) for step in (0.0, 1.0, 2.0, 7.0, 8.0)))
    positions = make_run.rows(POSITIONS, (0.0, 0, 1.0, 2.0), (1.0, 0, 1.0, 2.0))
    run = make_run(graph=graph, positions=positions, scenario={"graph": {"kind": "radio"}})
    assert map_times_s(run, 3) == [0.0, 2.0, 8.0]


def test_a_map_shows_that_peers_go_off(make_run):
    energy = make_run.rows(
        "peer part state start_s end_s", (0, "radio", "idle", 0.0, 4.0), (0, "radio", "off", 4.0, 9.0)
    )
    graph = make_run.rows(GRAPH, (0.0, 0, 1, True))
    assert map_times_s(make_run(graph=graph, energy=energy, scenario={"graph": {"kind": "radio"}}), 3) == [0.0, 4.0]


def test_a_map_of_what_never_changes_shows_one_time(make_run):
    run = make_run(positions=make_run.rows(POSITIONS, (0.0, 0, 1.0, 2.0), (1.0, 0, 1.0, 2.0)))
    assert map_times_s(run, 3) == [0.0]
