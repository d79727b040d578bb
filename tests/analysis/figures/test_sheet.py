import itertools

import pytest

from analysis.figures.sheet import TALLEST_IN, Frame, Sheet, frame_of, round_length_m
from analysis.figures.style import COLUMN_IN, PAGE_IN

POSITIONS = "time_s peer x_m y_m"
SQUARE, STRIP, TOWER = (Frame(0.0, 0.0, w, h, metres=True) for w, h in ((100.0, 100.0), (1000.0, 50.0), (10.0, 100.0)))


@pytest.mark.parametrize(
    ("longest_m", "length_m"), [(1.0, 1), (4.99, 2), (5.0, 5), (52.5, 50), (199.0, 100), (0.3, 0.2)]
)
def test_round_lengths(longest_m, length_m):
    assert round_length_m(longest_m) == pytest.approx(length_m)


def test_the_area_of_the_scenario_is_shown_whole(make_run):
    positions = make_run.rows(POSITIONS, (0.0, 0, 10.0, 10.0), (0.0, 1, 20.0, 40.0))
    inside = make_run("a", positions=positions, scenario={"mobility": {"area_m": [50.0, 60.0]}})
    assert frame_of(inside) == Frame(0.0, 0.0, 50.0, 60.0, metres=True)
    outside = make_run("b", positions=positions, scenario={"mobility": {"area_m": [15.0, 15.0]}})
    assert frame_of(outside) == Frame(7.0, 7.0, 16.0, 36.0, metres=True)


def test_peers_in_a_line_get_a_strip(make_run):
    run = make_run(positions=make_run.rows(POSITIONS, (0.0, 0, 0.0, 5.0), (0.0, 1, 30.0, 5.0)))
    assert frame_of(run) == Frame(-3.0, -3.0, 36.0, 16.0, metres=True)


def test_peers_in_one_place_get_an_area(make_run):
    frame = frame_of(make_run(positions=make_run.rows(POSITIONS, (0.0, 0, 5.0, 5.0))))
    assert frame.width > 0
    assert frame.height > 0


def test_without_positions_there_are_no_metres(make_run):
    assert not frame_of(make_run()).metres


@pytest.mark.parametrize("frame", [SQUARE, STRIP, TOWER])
@pytest.mark.parametrize("panels", [1, 2, 3])
@pytest.mark.parametrize("entries", [0, 2, 7])
def test_panels_lie_on_the_paper_and_apart(frame, panels, entries):
    sheet = Sheet.fitting(frame, panels, entries)
    assert sheet.width_in == (PAGE_IN if panels > 1 else COLUMN_IN)
    assert sheet.panel_in[0] / sheet.panel_in[1] == pytest.approx(frame.width / frame.height)
    assert sheet.panel_in[1] <= TALLEST_IN + 1e-9
    boxes = [sheet.box(place) for place in range(panels)]
    for left, bottom, width, height in boxes:
        assert min(left, bottom - sheet.foot_in / sheet.height_in) >= -1e-9
        assert max(left + width, bottom + height) < 1
    for (left, bottom, width, _), (next_left, next_bottom, _, height) in itertools.pairwise(boxes):
        assert next_left > left + width or next_bottom + height < bottom


def test_wide_areas_are_stacked():
    assert (Sheet.fitting(STRIP, 3, 0).rows, Sheet.fitting(SQUARE, 3, 0).rows) == (3, 1)


def test_a_long_legend_gets_lines_of_its_own():
    short, long = Sheet.fitting(SQUARE, 1, 1), Sheet.fitting(SQUARE, 1, 3)
    assert short.foot_in < long.foot_in
