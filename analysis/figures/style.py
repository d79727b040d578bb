"""The look of every figure: sizes and fonts for print, colours and lines that any colour vision can tell apart."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.atomic import write_bytes

COLUMN_IN, PAGE_IN = 3.5, 7.16
"""Widths of a one-column and of a two-column figure in inches (IEEE Author Center, sizes of graphics)."""

BLACK, ORANGE, SKY, GREEN, YELLOW = "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#BFBFBF"
"""Colours that are told apart with any colour vision (Okabe and Ito, Color Universal Design, 2008), and a grey."""

CYCLE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

STATE_COLOURS = {
    "idle": GREY, "sleep": SKY, "wake": GREEN, "receive": BLUE, "transmit": VERMILION, "compute": ORANGE, "off": BLACK,
}  # fmt: skip
STATE_HATCHES = {
    "idle": "", "sleep": "....", "wake": "++++", "receive": "////", "transmit": "\\\\\\\\", "compute": "",
    "off": "xxxx",
}  # fmt: skip

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 8.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.5,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.0,
    "hatch.linewidth": 0.5,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "figure.dpi": 200,
    "pdf.fonttype": 42,
}


@contextmanager
def paper_style() -> Generator[None, None, None]:
    """Draw in the style of this file, whatever the reader's own matplotlib settings; they are put back afterwards."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def figure(width_in: float, height_in: float) -> Figure:
    """An empty figure, without any global state of matplotlib."""
    return Figure(figsize=(width_in, height_in))


def png(drawn: Figure) -> bytes:
    """A figure as PNG; the same figure gives the same bytes."""
    return _bytes(drawn, "png", {"Software": None})


def pdf(drawn: Figure) -> bytes:
    """A figure as PDF with its fonts embedded; the same figure gives the same bytes."""
    return _bytes(drawn, "pdf", {"CreationDate": None, "Creator": None, "Producer": None})


def save(drawn: Figure, stem: Path) -> list[Path]:
    """Write a figure as PNG and as PDF, each file whole or not at all."""
    files = ((stem.with_suffix(".png"), png(drawn)), (stem.with_suffix(".pdf"), pdf(drawn)))
    return [write_bytes(path, content) for path, content in files]


def panel_name(place: int, panels: int) -> str:
    """(a), (b), … and a space; nothing where there is only one panel."""
    return f"({'abcdefghijklmnopqrstuvwxyz'[place]}) " if panels > 1 else ""


def ticks(most: int, whole: bool = False) -> MaxNLocator:
    """At most so many intervals between ticks, at round numbers, or at whole ones."""
    return MaxNLocator(most, steps=[1, 2, 5, 10], integer=whole, min_n_ticks=1 if whole else 2)


def line_look(place: int) -> dict[str, Any]:
    """Colour, dashes and marker of the n-th line; together they repeat only after 35 lines."""
    return {
        "color": CYCLE[place % len(CYCLE)],
        "linestyle": DASHES[place % len(DASHES)],
        "marker": MARKERS[place % len(MARKERS)],
    }


def legend_above(drawn: Figure, axes: Axes) -> None:
    """A legend above all panels, where it can cover no data."""
    handles, names = axes.get_legend_handles_labels()
    drawn.legend(handles, names, loc="outside upper center", ncols=max(1, len(names)))


def legend_beside_title(axes: Axes) -> None:
    """A legend of one panel, to the right in the line of its title, where it can cover no data."""
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, borderaxespad=0.2, handlelength=1.4, columnspacing=1.0,
        handletextpad=0.5,
    )  # fmt: skip


def _bytes(drawn: Figure, kind: str, metadata: dict[str, None]) -> bytes:
    buffer = io.BytesIO()
    drawn.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()
