"""`cosim whatif`: a changed scenario held against a finished run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

from rich.table import Table

from analysis.quantities import UNKNOWN, percent, plain, text
from cosim.cli.comparison import console
from cosim.cli.failure import ReportError
from cosim.cli.output import say
from cosim.cli.running import draft_of, report_of, simulated
from cosim.recorded import recorded
from cosim.results.folder import FolderError
from cosim.scenario import Scenario

if TYPE_CHECKING:
    from cosim.experiment import Result
    from cosim.whatif import Answer
    from cosim.whatif.pairs import Pair


@final
@dataclass(frozen=True)
class Question:
    """What the user asked; see the options of `cosim whatif`."""

    run: Path
    changes: tuple[str, ...]
    out: Path | None
    replay: bool
    as_json: bool


def ask(question: Question) -> None:
    """Answer on standard output, and keep the changed run where that was asked for.

    Raises:
        FolderError: the run is none, or what is asked for would overwrite it.
        ScenarioError: the change makes the scenario invalid.
    """
    from cosim.whatif import what_if

    if not question.changes:
        raise ValueError("nothing is changed: give at least one --set KEY=VALUE")
    run = recorded(question.run)
    scenario = run.scenario.with_(list(question.changes))
    dry, quiet = bool(run.manifest.get("dry_run")), question.as_json
    if question.out is not None and question.out.resolve() == question.run.resolve():
        raise FolderError(f"{question.out}: that is the run itself; choose another folder with --out")
    with draft_of(question.out) as draft:

        def simulate(changed: Scenario) -> "Result":
            return simulated(changed, draft, quiet, dry=dry)

        # A folder holds tables, which a price has none of.
        answer = what_if(run, scenario, simulate, replay=question.replay or question.out is not None)
        trouble = None if draft is None else report_of(draft)
    _tell(answer, scenario, question)
    if trouble is not None:
        raise ReportError(f"{question.out} has the run, but its report failed: {trouble}") from trouble


def _tell(answer: "Answer", scenario: Scenario, question: Question) -> None:
    if question.as_json:
        say(json.dumps(answer.as_json(), indent=2, allow_nan=False))
        return
    say(f"{scenario.name}, changed: {'; '.join(map(str, answer.changes)) or 'nothing'}")
    say(_method(answer, question))
    console().print(_table(answer.pairs))
    for line in _why(answer):
        say(line)
    if question.out is not None:
        say(str(question.out / "report.html"))


def _method(answer: "Answer", question: Question) -> str:
    if answer.repriced:
        return "re-priced: recorded durations times the new watts; nothing was simulated, 0 tasks executed"
    asked = "a folder was asked for" if question.out is not None else "asked for"
    return f"replayed: {answer.not_priced or asked}"


def _table(pairs: "list[Pair]") -> Table:
    table = Table(box=None)
    for index, name in enumerate(("", "before", "after", "difference", "")):
        table.add_column(name, justify="left" if index == 0 else "right", overflow="fold")
    for pair in pairs:
        table.add_row(pair.name, _amount(pair, pair.before), _amount(pair, pair.after), *_difference(pair))
    return table


def _amount(pair: "Pair", value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return percent(value) if pair.unit == "share" else plain(value) if pair.unit == "1" else text(value, pair.unit)


def _difference(pair: "Pair") -> tuple[str, str]:
    """Absolute, and in percent of before; a share differs in points."""
    difference = pair.difference
    if not difference:
        return (UNKNOWN if difference is None else "0"), ""
    if pair.unit == "share":
        return f"{100 * difference:+.1f} points", ""
    sign = "+" if difference > 0 else ""
    return sign + _amount(pair, difference), "" if pair.percent is None else f"{pair.percent:+.3g} %"


def _why(answer: "Answer") -> Iterator[str]:
    counts = ", ".join(f"{count} {name}" for name, count in answer.tasks.items())
    yield f"tasks: {counts}"
    if answer.computations is not None:
        yield f"computations: {answer.computations.total}, of which {answer.computations.new} are new"
    yield from (f"why: {reason}" for reason in answer.reasons)
    if answer.receptions is not None:
        from cosim.whatif.reasons import causes

        differing, compared = answer.receptions.differing, answer.receptions.compared
        share = f" ({100 * differing / compared:.3g} %)" if compared else ""
        yield f"receptions: {differing} of {compared} differ{share}"
        yield from (f"  {cause}: {count}" for cause, count in causes(answer.receptions))
