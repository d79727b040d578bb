import numpy as np
import pytest

from analysis.figures import links
from analysis.figures.style import paper_style
from analysis.network import degrees, link_lives, survival

GRAPH = "time_s source destination up"


def drawn(run):
    with paper_style():
        return links.draw(run)


def test_degree_and_life_with_units(world_run):
    left, right = drawn(world_run).axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("Simulated time (s)", "Degree (links per peer)")
    assert (right.get_xlabel(), right.get_ylabel()) == ("Age of a link (s)", "Links that live longer (%)")


def test_lines_are_the_degrees_and_the_survival(world_run):
    left, right = drawn(world_run).axes
    mean = next(line for line in left.lines if line.get_label() == "mean")
    assert mean.get_ydata() == pytest.approx(degrees(world_run)["mean"])
    lives = link_lives(world_run)
    curve = survival(lives[~lives["from_start"]])
    assert right.lines[0].get_ydata() == pytest.approx(100 * curve["surviving"])
    assert sorted(right.lines[1].get_xdata()) == sorted(curve.loc[curve["censored"] > 0, "life_s"])


def test_in_and_out_are_told_apart_where_they_differ(world_run, make_run):
    names = [text.get_text() for text in drawn(world_run).axes[0].get_legend().get_texts()]
    assert names == ["out-degree", "in-degree", "mean"]
    pair = make_run.rows(GRAPH, (0.0, 0, 1, True), (0.0, 1, 0, True), (3.0, 0, 1, False), (3.0, 1, 0, False))
    alike = drawn(make_run(peers=3, graph=pair)).axes[0].get_legend().get_texts()
    assert [text.get_text() for text in alike] == ["range", "mean"]


def test_links_from_the_start_are_left_out_and_told(world_run):
    lives, sentence = links.seen_lives(world_run)
    assert not lives["from_start"].any()
    assert str(int(link_lives(world_run)["from_start"].sum())) in sentence
    assert sentence in links.caption(world_run)


def test_links_from_the_start_count_where_there_are_no_others(make_run):
    run = make_run(graph=make_run.rows(GRAPH, (0.0, 0, 1, True), (0.0, 1, 0, True), (4.0, 0, 1, False)))
    assert len(links.seen_lives(run)[0]) == 2
    assert "half of them live longer than 4 s" in links.caption(run)


def test_a_run_too_short_for_a_median_says_so(make_run):
    graph = make_run.rows(GRAPH, (1.0, 0, 1, True), (1.0, 1, 0, True), (1.0, 0, 2, True), (4.0, 0, 1, False))
    assert "too short for a median" in links.caption(make_run(peers=3, graph=graph))


def test_a_graph_that_never_changes_is_shown_by_its_degrees(make_run):
    star = make_run.rows(GRAPH, *((0.0, 0, peer, True) for peer in (1, 2, 3)))
    run = make_run(peers=4, graph=star)
    (axes,) = drawn(run).axes
    heights = {bars.get_label(): list(bars.datavalues) for bars in axes.containers}
    assert heights == {"out-degree": [3, 0, 0, 1], "in-degree": [1, 3]}
    assert "never changes" in links.caption(run)
    assert np.sum(heights["out-degree"]) == 4


def test_no_links_no_figure(make_run, world_run):
    assert links.missing(make_run()) == "the run recorded no links"
    assert links.missing(world_run) is None
