"""Problems: what is wrong with a scenario, each with the place where the user wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass

from cosim.scenario.node import Position

ROOT = "scenario"
"""What messages call the whole document."""


@dataclass(frozen=True, order=True)
class Problem:
    """One problem; `str` is the line that the user reads."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.path}: {self.message}"


def problem(position: Position, path: Iterable[str | int], message: str) -> Problem:
    """A problem at a position; the path is written with dots, as in `--set`."""
    dotted = ".".join(_printable(str(step)) for step in path)
    return Problem(position.file, position.line, position.column, dotted or ROOT, " ".join(message.splitlines()))


def _printable(step: str) -> str:
    # A problem is one line, whatever characters a user's key has.
    return step if step.isprintable() else ascii(step)


class ScenarioError(Exception):
    """A scenario that cannot be run; `problems` has every reason, `str` has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))
