"""Which computations of one run another one did not make: those whose content keys are new."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from cosim.recorded import Kept
from cosim.results.tables import TASKS


@final
@dataclass(frozen=True)
class Computations:
    """How the computations of two runs differ.

    Attributes:
        total: computations of the changed run.
        new: those of them that the run did not make.
        first: the first that differs, in words; None without any.
        first_s: when it began.
    """

    total: int
    new: int
    first: str | None
    first_s: float


def are_recorded(run: Kept) -> bool:
    """Whether a run kept its computations."""
    return TASKS.name in run.tables


def compare_computations(before: Kept, after: Kept) -> Computations:
    """Hold the computations of two runs against each other; both must have recorded them."""
    one, other = _in_order(before), _in_order(after)
    new = int((~other["key"].isin(one["key"])).sum())
    both = one.merge(other, on=["peer", "turn"], how="outer", suffixes=("_before", "_after"))
    changed = both[both["key_before"] != both["key_after"]]
    if not len(changed):
        return Computations(len(other), new, None, np.inf)
    start_s = changed[["start_s_before", "start_s_after"]].min(axis=1)
    row = changed.loc[start_s.idxmin()]
    operation = row["operation_after"] if isinstance(row["operation_after"], str) else row["operation_before"]
    first_s = float(start_s.min())
    return Computations(len(other), new, f"{operation} of peer {row['peer']} at {first_s:.6g} s", first_s)


def _in_order(run: Kept) -> Any:
    """Computations with their number among those of their peer."""
    tasks = run.tables[TASKS.name].select(["peer", "operation", "key", "start_s"]).to_pandas()
    tasks["turn"] = tasks.groupby("peer").cumcount()
    return tasks
