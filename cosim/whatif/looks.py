"""What programs looked at in one run, and saw otherwise in another."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from cosim.recorded import Kept
from cosim.results.tables import READINGS

LOOK = ["peer", "what", "other", "turn"]


@final
@dataclass(frozen=True)
class Looks:
    """How the readings of two runs differ.

    Attributes:
        compared: readings of either run.
        differing: those that saw something else, or were made in one run only.
        first: the first of them, in words; None without any.
        first_s: its time.
    """

    compared: int
    differing: int
    first: str | None
    first_s: float


def are_complete(run: Kept) -> bool:
    """Whether a run kept all that its programs looked at."""
    return not run.summary.get("read") or READINGS.name in run.tables


def compare_looks(before: Kept, after: Kept) -> Looks:
    """Hold the readings of two runs against each other; both must have recorded them."""
    runs = [run for run in (before, after) if READINGS.name in run.tables]
    if len(runs) < 2:
        rows = sum(run.tables[READINGS.name].num_rows for run in runs)
        return Looks(rows, rows, "in one of the runs no program looked at anything" if rows else None, np.inf)
    one, other = (_numbered(run) for run in runs)
    both = one.merge(other, on=LOOK, how="outer", suffixes=("_before", "_after"), indicator="there")
    same = (both["value_before"] == both["value_after"]) | both[["value_before", "value_after"]].isna().all(axis=1)
    changed = both[~same | (both["there"] != "both")]
    if not len(changed):
        return Looks(len(both), 0, None, np.inf)
    time_s = changed[["time_s_before", "time_s_after"]].min(axis=1)
    row = changed.loc[time_s.idxmin()]
    return Looks(len(both), len(changed), _sentence(row, float(time_s.min())), float(time_s.min()))


def _numbered(run: Kept) -> Any:
    looks = run.tables[READINGS.name].to_pandas()
    looks["turn"] = looks.groupby(["peer", "what", "other"]).cumcount()
    return looks


def _sentence(row: Any, time_s: float) -> str:
    link = f" to peer {row['other']}" if row["other"] >= 0 else ""
    seen = [_seen(row, side) for side in ("before", "after")]
    return f"peer {row['peer']} read {row['what']}{link} at {time_s:.6g} s: before {seen[0]}, after {seen[1]}"


def _seen(row: Any, side: str) -> str:
    if np.isnan(row[f"time_s_{side}"]):
        return "not at all"
    value = row[f"value_{side}"]
    return f"{value:.6g}" if np.isfinite(value) else "as a fact"
