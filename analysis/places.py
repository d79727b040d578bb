"""Where the peers are, and at which times a map of them says most."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.energy import off_times_s
from analysis.network import changes
from analysis.read import Run


def places_at(run: Run, time_s: float) -> NDArray[np.float64]:
    """Coordinates of every peer in metres, one row each, at its last sampling time up to `time_s`.

    Not a number for a peer without a sample by then. A run without positions gets a circle of radius 1 (no metres).
    """
    if not run.has("positions"):
        angles = np.pi / 2 - 2 * np.pi * np.arange(run.peers) / run.peers
        return np.column_stack((np.cos(angles), np.sin(angles)))
    rows = run.positions[run.positions["time_s"] <= time_s].drop_duplicates("peer", keep="last")
    return rows.set_index("peer")[["x_m", "y_m"]].reindex(range(run.peers)).to_numpy(dtype=np.float64)


def moves(run: Run) -> bool:
    """Whether any peer is ever at another place."""
    spread = run.positions.groupby("peer")[["x_m", "y_m"]].nunique() if run.has("positions") else pd.DataFrame()
    return bool((spread > 1).to_numpy().any())


def map_times_s(run: Run, count: int) -> list[float]:
    """At most so many times for a map.

    Evenly over the run where peers move; the first graphs where the graph follows a schedule, so that they can be
    told apart; evenly over the events where links or peers only come and go; one time where nothing ever changes.
    """
    graphs_s = _event_times_s(run)
    if moves(run):
        return _spread(np.unique(run.positions["time_s"]), count)
    if run.scenario.get("graph", {}).get("kind") == "radio":
        return _spread(graphs_s, count)
    return [float(time_s) for time_s in graphs_s[:count]]


def _event_times_s(run: Run) -> NDArray[np.float64]:
    """The start, and when links change or peers go off."""
    links_s = changes(run)["time_s"].to_numpy(dtype=np.float64) if run.has("graph") else np.empty(0)
    return np.unique(np.concatenate(([0.0], links_s, off_times_s(run))))


def _spread(times_s: NDArray[np.float64], count: int) -> list[float]:
    """So many of the times, the nearest to an even spacing from the first to the last."""
    wanted_s = np.linspace(times_s[0], times_s[-1], count)
    nearest = np.abs(times_s[:, None] - wanted_s).argmin(axis=0)
    return [float(time_s) for time_s in times_s[np.unique(nearest)]]
