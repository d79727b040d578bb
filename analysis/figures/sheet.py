"""The sheet of a map: the area that is shown, and where its panels lie on the paper."""

from dataclasses import dataclass

import numpy as np

from analysis.figures.style import COLUMN_IN, PAGE_IN
from analysis.read import Run

GAP_IN, TITLE_IN, LINE_IN = 0.12, 0.22, 0.24
"""Gap beside and below a panel, height of a panel's title and of a line below all panels, in inches."""

TALLEST_IN = 6.0
"""Most height of a panel in inches."""

ENTRY_IN = 1.35
"""Width of a legend's entry in inches."""


@dataclass(frozen=True)
class Frame:
    """The rectangle that all panels show, in metres (or in radii of a circular layout)."""

    left: float
    bottom: float
    width: float
    height: float
    metres: bool


@dataclass(frozen=True)
class Sheet:
    """The paper: its size, the columns of its panels, the size of each, and what is below them."""

    width_in: float
    columns: int
    rows: int
    panel_in: tuple[float, float]
    legend_columns: int
    foot_in: float

    @classmethod
    def fitting(cls, frame: Frame, panels: int, entries: int) -> "Sheet":
        """Panels beside each other; below each other where the area is much wider than high.

        The legend shares the line of the scale bar if there is room, else it gets lines of its own.
        """
        width_in = PAGE_IN if panels > 1 else COLUMN_IN
        columns, rows = (1, panels) if frame.width > 2.2 * frame.height else (panels, 1)
        wide_in = min((width_in - GAP_IN) / columns - GAP_IN, TALLEST_IN * frame.width / frame.height)
        beside_bar = int((width_in - 1.2 * frame.metres) / ENTRY_IN)
        legend_columns = max(1, min(entries, int(width_in / ENTRY_IN)))
        lines = -(-entries // legend_columns) + (entries > beside_bar and frame.metres)
        foot_in = LINE_IN * max(lines, int(frame.metres))
        return cls(width_in, columns, rows, (wide_in, wide_in * frame.height / frame.width), legend_columns, foot_in)

    @property
    def height_in(self) -> float:
        """Height of the paper."""
        return self.rows * (self.panel_in[1] + TITLE_IN + GAP_IN) + self.foot_in

    def box(self, place: int) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of the n-th panel as shares of the paper."""
        row, column = divmod(place, self.columns)
        left_in = GAP_IN + column * (self.width_in - GAP_IN) / self.columns
        bottom_in = self.height_in - (row + 1) * (self.panel_in[1] + TITLE_IN) - row * GAP_IN
        size = (self.panel_in[0] / self.width_in, self.panel_in[1] / self.height_in)
        return (left_in / self.width_in, bottom_in / self.height_in, *size)


def frame_of(run: Run) -> Frame:
    """The area of the scenario if all places lie in it, else the smallest rectangle around them, with a margin."""
    if not run.has("positions"):
        return Frame(-1.2, -1.2, 2.4, 2.4, metres=False)
    low, high = (run.positions[["x_m", "y_m"]].agg(which).to_numpy(dtype=np.float64) for which in ("min", "max"))
    area_m = run.scenario.get("mobility", {}).get("area_m")
    if area_m and (low >= 0).all() and (high <= np.asarray(area_m)).all():
        return Frame(0.0, 0.0, float(area_m[0]), float(area_m[1]), metres=True)
    span = max(float((high - low).max()), 1.0)
    # peers in a line still get a strip of a third of its length
    size = np.maximum(high - low, span / 3) + 0.2 * span
    corner = (low + high - size) / 2
    return Frame(float(corner[0]), float(corner[1]), float(size[0]), float(size[1]), metres=True)


def round_length_m(longest_m: float) -> float:
    """The longest of 1, 2, 5 times a power of ten that is at most so long."""
    power = 10.0 ** np.floor(np.log10(longest_m))
    return float(max(step * power for step in (1, 2, 5) if step * power <= longest_m))
