"""The answer to a what-if: two runs held against each other, and the reasons for what had to be computed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, final

from cosim.differences import Difference, differences
from cosim.pricing import NoPriceError, Pricing
from cosim.recorded import Kept
from cosim.scenario import Scenario
from cosim.whatif import computations, looks, receptions
from cosim.whatif.computations import Computations, compare_computations
from cosim.whatif.looks import Looks, compare_looks
from cosim.whatif.pairs import Pair, pairs
from cosim.whatif.reasons import reasons
from cosim.whatif.receptions import Receptions, compare_receptions

Simulate = Callable[[Scenario], Kept]


@final
@dataclass(frozen=True)
class Answer:
    """What a change to a run changes.

    Attributes:
        changes: the keys that are others.
        repriced: whether recorded durations were priced again; else the scenario was simulated.
        not_priced: why they were not; None if they were, or nobody tried.
        pairs: the numbers of both runs.
        tasks: what was recorded, executed and recalled of the changed run.
        computations: how the computations differ; None where a run did not record them.
        receptions: how the messages differ; None where a run did not record them.
        looks: how what programs read differs; None where a run did not record it.
        reasons: why what was executed had to be, in sentences.
    """

    changes: tuple[Difference, ...]
    repriced: bool
    not_priced: str | None
    pairs: list[Pair]
    tasks: dict[str, int]
    computations: Computations | None
    receptions: Receptions | None
    looks: Looks | None
    reasons: list[str]

    def as_json(self) -> dict[str, Any]:
        """The answer for a program."""
        return {
            "changes": [
                {"key": change.key, "before": _plain(change.before), "after": _plain(change.after),
                 "effect": change.effect} for change in self.changes
            ],
            "method": "re-priced" if self.repriced else "replayed",
            "not_priced": self.not_priced,
            "quantities": [
                {**asdict(pair), "difference": pair.difference, "percent": pair.percent} for pair in self.pairs
            ],
            "tasks": self.tasks,
            **{name: _found(getattr(self, name)) for name in ("computations", "receptions", "looks")},
            "reasons": self.reasons,
        }  # fmt: skip


def what_if(run: Kept, scenario: Scenario, simulate: Simulate, *, replay: bool = False) -> Answer:
    """Ask what a run would have been in another scenario.

    Args:
        run: what `cosim.run` gave, or a run folder read back.
        scenario: the other scenario.
        simulate: runs it, if that is necessary.
        replay: simulate even where pricing recorded durations again would do.

    Raises:
        ValueError: the scenario cannot be run.
    """
    changes = tuple(differences(run.scenario, scenario))
    not_priced = None
    if not replay:
        try:
            summary = Pricing(run).reprice(scenario)
        except NoPriceError as error:
            not_priced = str(error)
        else:
            why = ["nothing was computed: what changed sets watts and joules, and nothing depends on them"]
            told = pairs(run.summary, summary)
            return Answer(changes, True, None, told, summary["tasks"], None, None, None, why)
    return _held_against(run, simulate(scenario), changes, not_priced)


def _held_against(run: Kept, after: Kept, changes: tuple[Difference, ...], not_priced: str | None) -> Answer:
    both = (run, after)
    computed = compare_computations(*both) if all(map(computations.are_recorded, both)) else None
    received = compare_receptions(*both) if all(map(receptions.are_recorded, both)) else None
    looked = compare_looks(*both) if all(map(looks.are_complete, both)) else None
    tasks = after.summary["tasks"]
    why = [*_other_versions(run, after), *reasons(changes, tasks["executed"], computed, received, looked)]
    return Answer(changes, False, not_priced, pairs(run.summary, after.summary), tasks, computed, received, looked, why)


def _other_versions(run: Kept, after: Kept) -> list[str]:
    """What was not the same when the numbers of the two runs were computed, and may change their last bits."""
    was, now = ({**kept.manifest["versions"], "device": kept.manifest["device"]} for kept in (run, after))
    other = [f"{name} {was.get(name)} before, {now[name]} after" for name in now if was.get(name) != now[name]]
    stores = {kept.manifest.get("store") for kept in (run, after)} - {None}
    if not other and len(stores) > 1:
        return ["computed by other code of cosim, or in another way, so nothing of it can be recalled"]
    return [f"computed with other versions: {', '.join(other)}"] if other else []


def _found(differing: Any) -> dict[str, Any] | None:
    """What a comparison found, without times that never come."""
    if differing is None:
        return None
    return {name: value for name, value in asdict(differing).items() if value != float("inf")}


def _plain(value: Any) -> Any:
    """A value of a scenario as JSON has it."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
