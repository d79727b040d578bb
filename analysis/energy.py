"""Where the joules of a run went: by part and state, by peer, over time, and above the idle baseline."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.quantities import finite
from analysis.read import Frame, Run

STATES = ("idle", "sleep", "wake", "receive", "transmit", "compute", "off")
"""States of a part, in the order in which they are stacked and listed."""

AMOUNTS = ["seconds", "joules", "idle_baseline_j", "marginal_j"]


@dataclass(frozen=True)
class Split:
    """Joules of a run: all, what idling alone would have cost, and the rest; not a number where not known."""

    total_j: float
    idle_baseline_j: float
    marginal_j: float


def account(run: Run) -> Frame:
    """Seconds and joules of each peer, part and state, with the idle baseline and what lies above it.

    The idle baseline of a state is its seconds times the idle watts of that peer's part: what the part would have
    drawn had it only been on. A part that is off has none. Sleep is counted as sleep, and waking with it, with nothing
    above it: what it saves shows in the total.

    Returns:
        Columns peer, part, state, seconds, joules, idle_baseline_j, marginal_j; the last two are not a number for a
        part that was never seen idle.
    """
    intervals = run.energy.assign(seconds=run.energy["end_s"] - run.energy["start_s"])
    rows = intervals.groupby(["peer", "part", "state"])[["seconds", "joules"]].sum().reset_index()
    idle_w = rows.merge(idle_watts(rows), on=["peer", "part"], how="left")["idle_w"]
    rows["idle_baseline_j"] = np.select(
        [rows["state"] == "off", rows["state"].isin(["sleep", "wake"])], [0.0, rows["joules"]], idle_w * rows["seconds"]
    )
    rows["marginal_j"] = rows["joules"] - rows["idle_baseline_j"]
    return rows


def idle_watts(rows: Frame) -> Frame:
    """Idle watts of each peer's parts, from the seconds and joules spent idle: columns peer, part, idle_w."""
    idle = rows[(rows["state"] == "idle") & (rows["seconds"] > 0)]
    return idle.assign(idle_w=idle["joules"] / idle["seconds"])[["peer", "part", "idle_w"]]


def by_part_and_state(run: Run) -> Frame:
    """Seconds and joules of all peers by part and state: columns part, state, seconds and the joules of `account`."""
    sums = account(run).groupby(["part", "state"])[AMOUNTS].agg(_sum).reset_index()
    order = {state: place for place, state in enumerate(STATES)}
    return sums.assign(place=sums["state"].map(order)).sort_values(["part", "place"]).drop(columns="place")


def by_peer(run: Run, amount: str = "joules") -> Frame:
    """Joules of each peer by state: one row per peer, one column per state that occurred.

    Args:
        run: the run.
        amount: a column of `account`: joules, idle_baseline_j, marginal_j or seconds.
    """
    sums = account(run).groupby(["peer", "state"])[amount].agg(_sum).unstack(fill_value=0.0)
    return sums.reindex(index=range(run.peers), fill_value=0.0)[[state for state in STATES if state in sums.columns]]


def split(run: Run) -> Split:
    """Total, idle baseline and marginal joules, from the energy table, or from the summary where there is none."""
    if not run.has("energy"):
        return _split_of_summary(run)
    sums = account(run)[AMOUNTS]
    return Split(_sum(sums["joules"]), _sum(sums["idle_baseline_j"]), _sum(sums["marginal_j"]))


def cumulative_j(run: Run, times_s: NDArray[np.float64], peer: int | None = None) -> NDArray[np.float64]:
    """Joules spent up to each time, by one peer or by all.

    Power is constant within an interval, so energy is piecewise linear between interval ends and the interpolation
    is exact.

    Args:
        run: the run.
        times_s: times in seconds, in any order; before the first interval nothing is spent.
        peer: the peer, or None for all.
    """
    energy = run.energy if peer is None else run.energy[run.energy["peer"] == peer]
    spent_j = np.zeros(len(times_s))
    for _, part in energy.sort_values("start_s", kind="stable").groupby(["peer", "part"]):
        after_j = np.cumsum(part["joules"].to_numpy(dtype=np.float64))
        knots_s = np.column_stack((part["start_s"], part["end_s"])).ravel()
        knots_j = np.column_stack((np.concatenate(([0.0], after_j[:-1])), after_j)).ravel()
        spent_j += np.interp(times_s, knots_s, knots_j)
    return spent_j


def off_peers(run: Run, time_s: float) -> set[int]:
    """The peers with a part that is off at a time: not joined yet, gone, or with an empty battery."""
    if not run.has("energy"):
        return set()
    off = run.energy[run.energy["state"] == "off"]
    now = off[(off["start_s"] <= time_s) & ((time_s < off["end_s"]) | (off["end_s"] >= run.end_s))]
    return {int(peer) for peer in now["peer"].unique()}


def off_times_s(run: Run) -> NDArray[np.float64]:
    """The times at which some part of a peer goes off, each once."""
    if not run.has("energy"):
        return np.empty(0)
    return np.unique(run.energy.loc[run.energy["state"] == "off", "start_s"].to_numpy(dtype=np.float64))


def _split_of_summary(run: Run) -> Split:
    joules: Any = run.summary.get("energy_j")
    total = joules.get("total") if isinstance(joules, dict) else joules
    amounts = (total, run.summary.get("energy_j_idle_baseline"), run.summary.get("energy_j_marginal"))
    return Split(*(float("nan") if number is None else number for number in map(finite, amounts)))


def _sum(amounts: Frame) -> float:
    """A sum that is not a number where one term is not."""
    return float(amounts.to_numpy(dtype=np.float64).sum())
