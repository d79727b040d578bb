"""`cosim compare`: several runs side by side."""

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from analysis.compare import compare, compare_rows
from analysis.read import Run
from analysis.report import compare_report

PAGE = "comparison.html"
COLUMNS_WITHOUT_TERMINAL = 160


def compare_runs(folders: Sequence[Path], out: Path | None, target_accuracy: float | None) -> None:
    """Print a table of the runs, write the page, and say where it is.

    Raises:
        RunError: a folder is no run, or a file in it is missing or damaged.
    """
    runs = [Run(folder) for folder in folders]
    rows = compare_rows(compare(runs, target_accuracy))
    page = compare_report(runs, out or folders[0].resolve().parent / PAGE, target_accuracy)
    console().print(_table(rows))
    typer.echo(page)


def console() -> Console:
    """Where tables are printed."""
    found = Console()
    # Behind a pipe there is no edge to wrap at, and rich would take 80 columns.
    return found if found.is_terminal else Console(width=COLUMNS_WITHOUT_TERMINAL)


def _table(rows: list[list[str]]) -> Table:
    table = Table(box=None)
    for index, name in enumerate(rows[0]):
        table.add_column(name, justify="left" if index == 0 else "right", overflow="fold")
    for row in rows[1:]:
        table.add_row(*row)
    return table
