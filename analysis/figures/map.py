"""The peers and their directed links at a few times."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from numpy.typing import NDArray

from analysis.energy import off_peers
from analysis.figures.labels import AWAY_PT, spread_labels
from analysis.figures.sheet import GAP_IN, LINE_IN, Frame, Sheet, frame_of, round_length_m
from analysis.figures.style import BLACK, MARKERS, VERMILION, figure, panel_name
from analysis.network import graph_at
from analysis.places import map_times_s, places_at
from analysis.quantities import plain, scale, text
from analysis.read import Run

PANELS = 3
MOST_NAMED = 32
"""Most peers that carry their number."""

LINE = "#8C8C8C"


def missing(run: Run) -> str | None:
    """Why this figure cannot be drawn, or None."""
    return None if run.has("positions") or run.has("graph") else "the run recorded neither positions nor links"


def caption(run: Run) -> str:
    """What the figure shows."""
    times_s = map_times_s(run, PANELS)
    pairs = [links_at(run, time_s) for time_s in times_s]
    links = ", ".join(str(len(one_way) + 2 * len(two_way)) for one_way, two_way in pairs)
    times = "one time" if len(times_s) == 1 else f"{len(times_s)} times"
    layout = "" if run.has("positions") else " The layout is a circle: the run has no positions."
    return f"Peers and their directed links at {times}; number of directed links: {links}.{layout}"


def draw(run: Run) -> Figure:
    """One panel per time; all panels show the same area at the same scale."""
    times_s = map_times_s(run, PANELS)
    frame, entries = frame_of(run), _entries(run, times_s)
    sheet = Sheet.fitting(frame, len(times_s), len(entries))
    drawn = figure(sheet.width_in, sheet.height_in)
    drawn.set_layout_engine("none")
    unit = scale(max(times_s), "s")
    for place, time_s in enumerate(times_s):
        axes = drawn.add_axes(sheet.box(place), xticks=[], yticks=[])
        _panel(axes, run, time_s, frame, frame.width / (72 * sheet.panel_in[0]))
        axes.set_title(f"{panel_name(place, len(times_s))}t = {plain(time_s / unit.factor)} {unit.unit}")
    if frame.metres:
        _scale_bar(drawn, frame, sheet)
    if entries:
        right = 1 - GAP_IN / sheet.width_in
        drawn.legend(
            handles=entries, loc="lower right", bbox_to_anchor=(right, 0), ncols=sheet.legend_columns, borderpad=0
        )
    return drawn


def links_at(run: Run, time_s: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Links at a time as rows (source, destination): those without their opposite, and pairs of opposites once.

    A link of a peer that is off is none.
    """
    off, recorded = off_peers(run, time_s), graph_at(run, time_s).edges if run.has("graph") else ()
    edges = {(source, destination) for source, destination in recorded if not off & {source, destination}}
    one_way = sorted((a, b) for a, b in edges if (b, a) not in edges)
    two_way = sorted((a, b) for a, b in edges if (b, a) in edges and a < b)
    return np.array(one_way, dtype=np.int64).reshape(-1, 2), np.array(two_way, dtype=np.int64).reshape(-1, 2)


def _panel(axes: Axes, run: Run, time_s: float, frame: Frame, units_per_pt: float) -> None:
    corners = np.array([[frame.left, frame.bottom], [frame.left + frame.width, frame.bottom + frame.height]])
    axes.set(xlim=corners[:, 0], ylim=corners[:, 1])
    axes.spines[:].set(visible=frame.metres, color=LINE)
    places = places_at(run, time_s)
    one_way, two_way = links_at(run, time_s)
    axes.add_collection(LineCollection(list(places[two_way]), colors=LINE, linewidths=0.6, zorder=1))
    tips = arrow_tips(places[one_way], (mark_pt(run) / 2 + 0.5) * units_per_pt)
    _arrows(axes, places[one_way[:, 0]], tips)
    _peers(axes, run, places, time_s)
    if run.peers <= MOST_NAMED:
        obstacles = link_ends(np.concatenate((places[one_way], places[two_way])), AWAY_PT * units_per_pt)
        spots = spread_labels(places / units_per_pt, obstacles / units_per_pt, corners / units_per_pt)
        _names(axes, spots * units_per_pt)


def arrow_tips(ends: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Where arrows end: short of the receiver by a gap, but never nearer to the sender than a third of the way."""
    way = ends[:, 1] - ends[:, 0]
    length = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    return ends[:, 0] + way * np.maximum(1 - gap / length, 1 / 3)


def link_ends(ends: NDArray[np.float64], away: float) -> NDArray[np.float64]:
    """Where links pass the labels of the two peers they join: at so great a distance from either."""
    way = ends[:, 1] - ends[:, 0]
    step = way * away / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    return np.concatenate((ends[:, 0] + step, ends[:, 1] - step))


def _arrows(axes: Axes, starts: NDArray[np.float64], tips: NDArray[np.float64]) -> None:
    if len(starts):
        axes.quiver(
            *starts.T, *(tips - starts).T, angles="xy", scale_units="xy", scale=1, units="inches", width=0.011,
            headwidth=5, headlength=6, headaxislength=5.5, color=VERMILION, zorder=2,
        )  # fmt: skip


def _peers(axes: Axes, run: Run, places: NDArray[np.float64], time_s: float) -> None:
    off = off_peers(run, time_s)
    for shape, group in zip(MARKERS * len(run.groups), run.groups.values(), strict=False):
        for peers, face in (([p for p in group if p not in off], BLACK), ([p for p in group if p in off], "white")):
            axes.plot(
                *places[peers].T,
                ls="",
                marker=shape,
                ms=mark_pt(run),
                mfc=face,
                mec=BLACK,
                mew=0.8,
                zorder=3,
                clip_on=False,
            )


def _names(axes: Axes, spots: NDArray[np.float64]) -> None:
    """Number the peers, with a white rim so that lines do not run into the digits."""
    rim = [Stroke(linewidth=1.5, foreground="white"), Normal()]
    for peer, (x, y) in enumerate(spots):
        if np.isfinite(x):
            axes.text(x, y, str(peer), ha="center", va="center_baseline", zorder=4, path_effects=rim)


def _scale_bar(drawn: Figure, frame: Frame, sheet: Sheet) -> None:
    """A bar of a round number of metres in the lower left corner, at the panels' scale."""
    length_m = round_length_m(frame.width * min(0.35, 0.8 / sheet.panel_in[0]))
    left = GAP_IN / sheet.width_in
    right = left + length_m * sheet.panel_in[0] / frame.width / sheet.width_in
    middle = (sheet.foot_in - LINE_IN / 2) / sheet.height_in
    drawn.add_artist(Line2D([left, right], [middle, middle], color=BLACK, lw=1.2, marker="|", ms=5, mew=1.2))
    drawn.text(right + 0.06 / sheet.width_in, middle, text(length_m, "m"), ha="left", va="center")


def _entries(run: Run, times_s: list[float]) -> list[Line2D]:
    """The legend: only what occurs in some panel is explained."""
    links = [links_at(run, time_s) for time_s in times_s]
    entries: list[Line2D] = []
    if any(len(two_way) for _, two_way in links):
        entries.append(Line2D([], [], color=LINE, lw=0.9, label="link both ways"))
    if any(len(one_way) for one_way, _ in links):
        entries.append(Line2D([], [], color=VERMILION, lw=1.0, marker=">", ms=4, label="link one way"))
    for shape, name in zip(MARKERS * len(run.groups), run.groups if len(run.groups) > 1 else (), strict=False):
        entries.append(Line2D([], [], ls="", marker=shape, ms=5, color=BLACK, label=name))
    if any(off_peers(run, time_s) for time_s in times_s):
        entries.append(
            Line2D([], [], ls="", marker="o", ms=5, mfc="white", mec=BLACK, mew=0.8, label="peer that is off")
        )
    return entries


def mark_pt(run: Run) -> float:
    """Diameter of a peer's mark in points: smaller where there are many."""
    return float(np.clip(40 / np.sqrt(run.peers), 1.5, 4.5))
