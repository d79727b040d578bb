"""Joules by part and state, in all and above the idle baseline, and joules by peer."""

from math import isfinite
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.energy import by_part_and_state, by_peer, split
from analysis.figures.style import PAGE_IN, STATE_COLOURS, STATE_HATCHES, figure, panel_name, ticks
from analysis.quantities import scale, text
from analysis.read import Frame, Run

PARTS = ("processor", "host", "radio")
MOST_BARS = 64
"""Most peers that get a bar each; more are sorted by their joules and drawn as an area."""


def missing(run: Run) -> str | None:
    """Why this figure cannot be drawn, or None."""
    if not run.has("energy"):
        return "the run recorded no energy intervals"
    return None if (run.energy["joules"] > 0).any() else "no part of the run drew power"


def caption(run: Run) -> str:
    """What the figure shows."""
    joules = split(run)
    told = f"(a) Energy of all peers by part and state: {text(joules.total_j, 'J')}"
    each = "The same by peer" if run.peers <= MOST_BARS else "The same by peer, sorted by joules"
    if not isfinite(joules.marginal_j):
        return f"{told}; the idle baseline is not known, because some part was never idle. (b) {each}."
    return (
        f"{told}, of which idling alone would have cost {text(joules.idle_baseline_j, 'J')}. (b) What lies above the "
        f"idle baseline: {text(joules.marginal_j, 'J')}. (c) {each}."
    )


def draw(run: Run) -> Figure:
    """Stacked bars by part and state and by peer; what lies above idle is left out where the baseline is not known."""
    sums, above = by_part_and_state(run), isfinite(split(run).marginal_j)
    drawn = figure(PAGE_IN, 4.2)
    grid = drawn.add_gridspec(2, 2 if above else 1, height_ratios=(1, 1.25))
    _parts(drawn.add_subplot(grid[0, 0]), sums, "joules", "Energy")
    if above:
        _parts(drawn.add_subplot(grid[0, 1]), sums, "marginal_j", "Energy above idle")
    _peers(drawn.add_subplot(grid[1, :]), by_peer(run, "marginal_j" if above else "joules"), above)
    titles = ("All peers", "All peers, above idle", "Each peer, above idle") if above else ("All peers", "Each peer")
    for place, title in enumerate(titles):
        drawn.axes[place].set_title(panel_name(place, len(titles)) + title)
    _legend(drawn, [state for state in STATE_COLOURS if sums.loc[sums["state"] == state, "joules"].gt(0).any()])
    return drawn


def _parts(axes: Axes, sums: Frame, amount: str, name: str) -> None:
    """Horizontal bars, one per part, stacked by state."""
    table = sums.pivot_table(index="part", columns="state", values=amount, aggfunc="sum", fill_value=0.0)
    table = table.reindex([part for part in PARTS if part in table.index])
    chosen = scale(float(table.clip(lower=0).sum(axis=1).max()), "J")
    for state, start, length in _stacks(table / chosen.factor):
        axes.barh(range(len(table)), length, 0.6, left=start, **_look(state))
    axes.set_yticks(range(len(table)), table.index)
    for place, (end, total) in enumerate(zip(table.clip(lower=0).sum(axis=1), table.sum(axis=1), strict=True)):
        axes.text(end / chosen.factor, place, f" {text(total, 'J', 3)}", va="center")
    axes.set_xlim(*_limits(table / chosen.factor, 0.2))
    axes.set_xlabel(f"{name} ({chosen.unit})")
    axes.xaxis.set_major_locator(ticks(6))
    axes.grid(False, axis="y")


def _peers(axes: Axes, table: Frame, above: bool) -> None:
    """Vertical bars, one per peer, stacked by state; an area where there are too many for bars."""
    bars = len(table) <= MOST_BARS
    ordered = table if bars else table.loc[table.sum(axis=1).sort_values(ascending=False).index]
    chosen = scale(float(ordered.clip(lower=0).sum(axis=1).max()), "J")
    for state, start, length in _stacks(ordered / chosen.factor):
        axes.bar(range(len(ordered)), length, 0.75 if bars else 1.0, bottom=start, **_look(state, bars))
    axes.set_xlabel("Peer" if bars else "Peers, from most to least joules")
    axes.set_ylabel(f"Energy{' above idle' if above else ''} ({chosen.unit})")
    axes.set_xlim(-0.6, len(ordered) - 0.4)
    axes.set_ylim(*_limits(ordered / chosen.factor, 0.05))
    axes.xaxis.set_major_locator(ticks(20 if bars else 8, whole=True))
    axes.grid(False, axis="x")


def _stacks(table: Frame) -> list[tuple[str, "np.ndarray", "np.ndarray"]]:
    """State, start and length of each layer; what is negative (a state below idle) is stacked downwards from zero."""
    layers: list[tuple[str, np.ndarray, np.ndarray]] = []
    above, below = np.zeros(len(table)), np.zeros(len(table))
    for state in (state for state in STATE_COLOURS if state in table.columns):
        length = table[state].to_numpy(dtype=np.float64)
        layers.append((state, np.where(length < 0, below, above), length))
        above, below = above + np.maximum(length, 0), below + np.minimum(length, 0)
    return layers


def _limits(table: Frame, room: float) -> tuple[float, float]:
    """Ends of an axis that holds all stacks and some room beyond them, as a share of their length."""
    low, high = (float(side.sum(axis=1).max()) for side in ((-table).clip(lower=0), table.clip(lower=0)))
    return -low * (1 + room), max(high, 0.1 * low, 1e-9) * (1 + room)


def _look(state: str, edged: bool = True) -> dict[str, Any]:
    hatch = {"edgecolor": "white", "hatch": STATE_HATCHES[state]} if edged else {}
    # no outline: it would hide thin layers
    return {"facecolor": STATE_COLOURS[state], "label": state, "linewidth": 0.0, **hatch}


def _legend(drawn: Figure, states: list[str]) -> None:
    handles, names = drawn.axes[0].get_legend_handles_labels()
    shown = [(handle, name) for handle, name in zip(handles, names, strict=True) if name in states]
    drawn.legend(*zip(*shown, strict=True), loc="outside upper center", ncols=len(STATE_COLOURS))
