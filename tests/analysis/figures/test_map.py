import numpy as np
import pytest

from analysis.figures import map as map_figure
from analysis.figures.style import paper_style
from analysis.network import graph_at

GRAPH, POSITIONS = "time_s source destination up", "time_s peer x_m y_m"


def drawn(run):
    with paper_style():
        return map_figure.draw(run)


def entries(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_three_times_at_one_scale(world_run):
    figure = drawn(world_run)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["(a) t = 0 s", "(b) t = 5 s", "(c) t = 10 s"]
    assert {axes.get_xlim() + axes.get_ylim() for axes in figure.axes} == {(0.0, 150.0, 0.0, 150.0)}


def test_a_metre_is_as_wide_as_high(world_run):
    figure = drawn(world_run)
    for axes in figure.axes:
        box = axes.get_window_extent()
        assert box.width == pytest.approx(box.height)


def test_the_scale_bar_has_the_length_it_names(world_run):
    figure = drawn(world_run)
    (bar,) = (line for line in figure.artists)
    left, right = (figure.transFigure.transform((x, 0))[0] for x in bar.get_xdata())
    metres = figure.axes[0].transData.inverted().transform([(left, 0), (right, 0)])[:, 0]
    assert np.diff(metres) == pytest.approx([50.0])
    assert "50 m" in [text.get_text() for text in figure.texts]


def test_links_one_way_and_both_ways(make_run):
    run = make_run(peers=3, graph=make_run.rows(GRAPH, (0.0, 0, 1, True), (0.0, 1, 0, True), (0.0, 1, 2, True)))
    one_way, two_way = map_figure.links_at(run, 0.0)
    assert (one_way.tolist(), two_way.tolist()) == ([[1, 2]], [[0, 1]])
    assert entries(drawn(run)) == ["link both ways", "link one way"]


def test_a_link_of_a_peer_that_is_off_is_none(make_run):
    energy = make_run.rows(
        "peer part state start_s end_s", (1, "radio", "idle", 0.0, 4.0), (1, "radio", "off", 4.0, 9.0)
    )
    graph = make_run.rows(GRAPH, (0.0, 0, 1, True), (0.0, 1, 2, True), (0.0, 2, 0, True))
    run = make_run(peers=3, graph=graph, energy=energy)
    assert map_figure.links_at(run, 3.0)[0].tolist() == [[0, 1], [1, 2], [2, 0]]
    assert map_figure.links_at(run, 4.0)[0].tolist() == [[2, 0]]
    assert "number of directed links: 3, 1." in map_figure.caption(run)


def test_every_link_is_drawn(world_run):
    for time_s in (0.0, 5.0, 10.0):
        one_way, two_way = map_figure.links_at(world_run, time_s)
        both = [tuple(pair) for pair in two_way] + [tuple(pair[::-1]) for pair in two_way]
        assert sorted([*both, *map(tuple, one_way)]) == sorted(graph_at(world_run, time_s).edges)


def test_arrows_stop_short_of_the_receiver():
    ends = np.array([[[0.0, 0.0], [10.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]], [[2.0, 2.0], [2.0, 2.0]]])
    assert map_figure.arrow_tips(ends, 2.0) == pytest.approx(np.array([[8.0, 0.0], [0.0, 1 / 3], [2.0, 2.0]]))


def test_links_pass_labels_near_both_ends():
    ends = np.array([[[0.0, 0.0], [10.0, 0.0]]])
    assert map_figure.link_ends(ends, 3.0).tolist() == [[3.0, 0.0], [7.0, 0.0]]


def test_peers_that_are_off_are_marked(make_world):
    run = make_world(dead_peer=2)
    assert "peer that is off" in entries(drawn(run))
    hollow = [line for line in drawn(run).axes[2].lines if line.get_mfc() == "white"]
    assert sum(len(line.get_xdata()) for line in hollow) == 1


def test_groups_have_marks_of_their_own(make_run):
    scenario = {"peers": {"server": {"count": 1}, "phones": {"count": 2}}}
    run = make_run(peers=3, graph=make_run.rows(GRAPH, (0.0, 0, 1, True)), scenario=scenario)
    assert entries(drawn(run)) == ["link one way", "server", "phones"]


def test_a_schedule_is_laid_out_on_a_circle_without_a_scale(make_run):
    run = make_run(peers=4, graph=make_run.rows(GRAPH, *((0.0, peer, (peer + 1) % 4, True) for peer in range(4))))
    figure = drawn(run)
    assert len(figure.axes) == 1
    assert len(figure.artists) == 0
    assert sorted(text.get_text() for text in figure.axes[0].texts) == ["0", "1", "2", "3"]
    assert "The layout is a circle" in map_figure.caption(run)


def test_many_peers_carry_no_numbers(make_world):
    assert len(drawn(make_world(peers=40, rounds=4, reach_m=20.0)).axes[0].texts) == 0


def test_a_peer_that_has_not_joined_has_no_mark(make_run):
    run = make_run(positions=make_run.rows(POSITIONS, (0.0, 0, 1.0, 2.0), (5.0, 0, 3.0, 4.0), (5.0, 1, 5.0, 6.0)))
    assert [len(axes.texts) for axes in drawn(run).axes] == [1, 2]


def test_the_caption_counts_links(world_run):
    counts = ", ".join(str(graph_at(world_run, time_s).number_of_edges()) for time_s in (0.0, 5.0, 10.0))
    assert map_figure.caption(world_run) == (
        f"Peers and their directed links at 3 times; number of directed links: {counts}."
    )


def test_nothing_to_place_no_figure(make_run, world_run):
    assert map_figure.missing(make_run()) == "the run recorded neither positions nor links"
    assert map_figure.missing(world_run) is None
