"""Degree over time, and how long links live."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.style import (
    BLACK,
    BLUE,
    COLUMN_IN,
    PAGE_IN,
    VERMILION,
    figure,
    legend_beside_title,
    panel_name,
    ticks,
)
from analysis.network import changes, degrees, link_lives, median_life_s, survival
from analysis.quantities import scale, text
from analysis.read import Frame, Run


def missing(run: Run) -> str | None:
    """Why this figure cannot be drawn, or None."""
    return None if run.has("graph") else "the run recorded no links"


def caption(run: Run) -> str:
    """What the figure shows."""
    if not changing(run):
        return "Peers by in-degree and by out-degree. The graph never changes in this run."
    lives, first = seen_lives(run)
    curve = survival(lives)
    median_s = median_life_s(curve)
    middle = f"half of them live longer than {text(median_s, 's')}" if median_s else "the run is too short for a median"
    return (
        "(a) Degree, in links per peer: mean over the peers (in- and out-degree have the same) and range from the "
        "least to the most connected peer. (b) Share of directed links that live "
        f"longer than an age, by the product-limit estimate; {middle}. Ticks: links still up at the run's end "
        f"({int(lives['censored'].sum())} of {len(lives)}), of which only a lower bound is known. {first}"
    )


def draw(run: Run) -> Figure:
    """Degree and link life; for a graph that never changes, the distribution of the degrees."""
    if not changing(run):
        drawn = figure(COLUMN_IN, 2.4)
        _distribution(drawn.add_subplot(), run)
        return drawn
    drawn = figure(PAGE_IN, 2.6)
    left, right = drawn.subplots(1, 2)
    _degrees(left, degrees(run))
    _lives(right, survival(seen_lives(run)[0]))
    left.set_title(panel_name(0, 2))
    right.set_title(panel_name(1, 2))
    return drawn


def changing(run: Run) -> bool:
    """Whether any link comes or goes after the start."""
    return bool((changes(run)["time_s"] > 0).any())


def seen_lives(run: Run) -> tuple[Frame, str]:
    """The lives to be counted, and a sentence on those left out.

    Links that are up from the first instant may be older than the run; they are left out unless there are no others.
    """
    lives = link_lives(run)
    born = lives[~lives["from_start"]]
    if not len(born):
        return lives, "All links were up from the start, so that lives may be longer than shown."
    return born, f"Left out: {len(lives) - len(born)} links that were up from the start, whose age is not known."


def _degrees(axes: Axes, curve: Frame) -> None:
    chosen = scale(float(curve["time_s"].max()), "s")
    x = curve["time_s"] / chosen.factor
    for name, look in _ranges(curve).items():
        axes.fill_between(x, curve[f"{name}_min"], curve[f"{name}_max"], step="post", **look)
    axes.step(x, curve["mean"], where="post", color=BLACK, label="mean")
    axes.set_xlim(0, x.max())
    axes.set_ylim(0, curve[["out_max", "in_max"]].to_numpy().max() * 1.04 + 0.2)
    axes.xaxis.set_major_locator(ticks(6))
    axes.yaxis.set_major_locator(ticks(6, whole=True))
    axes.set_xlabel(f"Simulated time ({chosen.unit})")
    axes.set_ylabel("Degree (links per peer)")
    legend_beside_title(axes)


def _ranges(curve: Frame) -> dict[str, dict[str, Any]]:
    """Which ranges of degrees are drawn, and how: one where in and out agree, none where all peers agree."""
    out, into = curve[["out_min", "out_max"]].to_numpy(), curve[["in_min", "in_max"]].to_numpy()
    band: dict[str, Any] = {"color": BLUE, "alpha": 0.25, "lw": 0}
    outline: dict[str, Any] = {"facecolor": "none", "edgecolor": VERMILION, "lw": 0.9, "ls": (0, (4, 1.5))}
    if not np.array_equal(out, into):
        return {"out": {**band, "label": "out-degree"}, "in": {**outline, "label": "in-degree"}}
    return {} if np.array_equal(out[:, 0], out[:, 1]) else {"out": {**band, "label": "range"}}


def _lives(axes: Axes, curve: Frame) -> None:
    chosen = scale(float(curve["life_s"].max()), "s")
    cut = curve[curve["censored"] > 0]
    axes.step(curve["life_s"] / chosen.factor, 100 * curve["surviving"], where="post", color=BLUE, label="links")
    axes.plot(
        cut["life_s"] / chosen.factor, 100 * cut["surviving"], ls="", marker="|", ms=6, color=BLACK,
        label="still up at the run's end",
    )  # fmt: skip
    axes.set_xlim(0, 1.03 * float(curve["life_s"].max()) / chosen.factor)
    axes.set_ylim(0, 103)
    axes.xaxis.set_major_locator(ticks(6))
    axes.set_xlabel(f"Age of a link ({chosen.unit})")
    axes.set_ylabel("Links that live longer (%)")
    legend_beside_title(axes)


def _distribution(axes: Axes, run: Run) -> None:
    links = link_lives(run)
    names = {"source": ("out-degree", BLUE, "", -0.2), "destination": ("in-degree", VERMILION, "////", 0.2)}
    for end, (name, colour, hatch, shift) in names.items():
        count = np.bincount(np.bincount(links[end], minlength=run.peers))
        axes.bar(np.arange(len(count)) + shift, count, 0.4, color=colour, hatch=hatch, ec="white", lw=0.4, label=name)
    axes.xaxis.set_major_locator(ticks(8, whole=True))
    axes.yaxis.set_major_locator(ticks(6, whole=True))
    axes.set_xlabel("Degree (links per peer)")
    axes.set_ylabel("Peers")
    legend_beside_title(axes)
