import re
import zlib

import matplotlib as mpl
import pytest
from matplotlib import colors

from analysis.figures import style


def drawing():
    drawn = style.figure(style.COLUMN_IN, 2.0)
    axes = drawn.subplots()
    axes.plot([0, 1], [0, 1], label="a line")
    axes.set_xlabel("Time (s)")
    return drawn


def test_a_style_is_put_back(monkeypatch):
    monkeypatch.setitem(mpl.rcParams, "font.size", 31.0)
    with style.paper_style():
        assert mpl.rcParams["font.size"] == 8.0
        assert mpl.rcParams["lines.color"] == mpl.rcParamsDefault["lines.color"]
    assert mpl.rcParams["font.size"] == 31.0


def test_no_text_is_smaller_than_eight_points():
    sizes = {name: size for name, size in style.STYLE.items() if name.endswith("size") and "marker" not in name}
    assert len(sizes) >= 5
    assert min(sizes.values()) >= 8.0


def test_the_same_figure_gives_the_same_files(tmp_path):
    with style.paper_style():
        first, second = style.save(drawing(), tmp_path / "a"), style.save(drawing(), tmp_path / "b")
    assert [path.suffix for path in first] == [".png", ".pdf"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_png_has_two_hundred_dots_per_inch_and_no_date():
    with style.paper_style():
        image = style.png(drawing())
    width = int.from_bytes(image[16:20], "big")
    assert width == 200 * style.COLUMN_IN
    assert b"tEXt" not in image


def test_a_pdf_embeds_its_fonts_and_has_no_date():
    with style.paper_style():
        page = style.pdf(drawing())
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", page, re.S)
    plain = page + b"".join(zlib.decompress(stream) for stream in streams if stream[:1] == b"x")
    assert b"/FontFile2" in plain
    assert b"/Type3" not in plain
    assert b"CreationDate" not in plain


def test_lines_repeat_only_after_thirty_five():
    looks = [str(style.line_look(place)) for place in range(35)]
    assert len(set(looks)) == 35


def contrast(first, second):
    """Ratio of relative luminances, WCAG 2.2, definition of contrast ratio."""

    def luminance(colour):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colors.to_rgb(colour)]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_states_differ_in_more_than_hue():
    states = [state for state in style.STATE_COLOURS if state != "off"]
    for place, first in enumerate(states):
        for second in states[place + 1 :]:
            alike = contrast(style.STATE_COLOURS[first], style.STATE_COLOURS[second]) < 1.4
            assert not alike or style.STATE_HATCHES[first] != style.STATE_HATCHES[second] or {first, second} == {
                "idle", "compute",
            }  # fmt: skip


def test_thin_lines_stand_out_from_paper():
    assert min(contrast(colour, "white") for colour in (style.BLUE, style.VERMILION, style.BLACK)) >= 3.0


@pytest.mark.parametrize(("panels", "name"), [(1, ""), (3, "(b) ")])
def test_panels_are_named_where_there_are_several(panels, name):
    assert style.panel_name(1, panels) == name
