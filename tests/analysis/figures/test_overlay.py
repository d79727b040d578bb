import pytest

from analysis.figures import overlay
from analysis.figures.style import paper_style
from analysis.learning import learning_curve

METRICS = "time_s round peer metric value"


def drawn(runs):
    with paper_style():
        return overlay.draw(runs)


def test_one_line_per_run_in_each_panel(make_world):
    runs = [make_world("fast", gain=2.0), make_world("slow", gain=0.5)]
    figure = drawn(runs)
    assert [axes.get_xlabel() for axes in figure.axes] == ["Energy of all peers (J)", "Payload sent by all peers (kB)"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["fast", "slow"]
    for axes, column, factor in zip(figure.axes, ("energy_j", "payload_bytes"), (1, 1e3), strict=True):
        for line, run in zip(axes.lines, runs, strict=True):
            assert line.get_xdata() == pytest.approx(learning_curve(run)[column] / factor)
            assert line.get_ydata() == pytest.approx(100 * learning_curve(run)["mean"])


def test_lines_differ_in_colour_dashes_and_marker(make_world):
    first, second = drawn([make_world("a"), make_world("b")]).axes[0].lines
    assert first.get_color() != second.get_color()
    assert first.get_marker() != second.get_marker()


def test_runs_without_accuracy_are_left_out_and_told(make_world, make_run):
    runs = [make_world("a"), make_run("bare")]
    assert len(drawn(runs).axes[0].lines) == 1
    assert "Left out for want of an accuracy: 1." in overlay.caption(runs)


def test_a_run_without_joules_keeps_its_place_in_the_legend(make_world, make_run):
    metrics = make_run.rows(METRICS, (1.0, 0, 0, "accuracy", 0.5), (1.0, 0, -1, "payload_bytes", 9.0))
    figure = drawn([make_run("bytes", metrics=metrics), make_world("all")])
    assert [len(axes.lines[0].get_xdata()) for axes in figure.axes] == [0, 1]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["bytes", "all"]


def test_nothing_to_lay_over_each_other(make_run, world_run):
    assert overlay.missing([make_run()]) == "no run recorded an accuracy together with bytes or joules"
    assert overlay.missing([world_run]) is None
