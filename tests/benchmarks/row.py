"""What a benchmark hands in: rows that hold a value against a promise, and tables that only report.

Every file here has a function `measure(quick)` that gives a `Sheet`, and prints it when it is run: as Markdown, or
with --json for the collector, `report.py`.
"""

import argparse
import atexit
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from promises import Promise, promise

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30


@dataclass(frozen=True)
class Row:
    """A promise and what was measured of it.

    Attributes:
        value: the median; None if there is none.
        floor_met: whether the least that is promised holds; None without a value of the promised size.
        goal_met: whether the goal does.
        why: why there is no value, or why it cannot be held against the promise.
        how: command, date, repeats, lowest and highest, and whatever else belongs to it.
    """

    name: str
    what: str
    unit: str
    better: str
    value: float | None
    floor: float | None
    goal: float | None
    floor_met: bool | None
    goal_met: bool | None
    why: str = ""
    how: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Figures without a promise."""

    title: str
    columns: tuple[str, ...]
    rows: list[list[Any]]


@dataclass
class Sheet:
    """All that one file measured."""

    rows: list[Row] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def measured(name: str, values: Sequence[float], smaller: str = "", **details: Any) -> Row:
    """A row from the values of the repeats.

    Args:
        name: of the promise.
        values: one per repeat; the median counts.
        smaller: in which way this was less than what is promised; such a row meets and misses nothing.
        details: what else a reader wants to know.
    """
    of, value = promise(name), statistics.median(values)
    held = None if smaller else value
    how = {"command": command_line(), "date": now(), "repeats": len(values), "spread": [min(values), max(values)]}
    return _row(of, value, held, smaller, {**how, **details})


def absent(of: Promise, why: str) -> Row:
    """A row without a value."""
    return _row(of, None, None, why, {"command": command_line(), "date": now()})


def _row(of: Promise, value: float | None, held: float | None, why: str, how: dict[str, Any]) -> Row:
    return Row(
        name=of.name,
        what=of.what,
        unit=of.unit,
        better=of.better,
        value=value,
        floor=of.floor,
        goal=of.goal,
        floor_met=of.met(held, of.floor),
        goal_met=of.met(held, of.goal),
        why=why,
        how=how,
    )


def now() -> str:
    """Date and time, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def command_line() -> str:
    """How this process was called, with paths from here."""
    called = Path(sys.argv[0])
    place = os.path.relpath(called) if called.is_absolute() else str(called)
    return " ".join(["python", place, *sys.argv[1:]])


# Measuring


@lru_cache(maxsize=1)
def _stores() -> str:
    """A folder that goes with this process."""
    folder = tempfile.mkdtemp(prefix="cosim-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def empty_store() -> None:
    """What an earlier run has computed is not recalled by those that come now."""
    os.environ["COSIM_STORE"] = tempfile.mkdtemp(prefix="store-", dir=_stores())


def cpu_s(call: Callable[[], object]) -> float:
    """CPU seconds of a call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def interleaved(repeats: int, **calls: Callable[[], float]) -> dict[str, list[float]]:
    """What calls that take turns give; every second time in reverse order, so that none is always first."""
    values: dict[str, list[float]] = {name: [] for name in calls}
    for repeat in range(repeats):
        for name in list(calls)[:: -1 if repeat % 2 else 1]:
            values[name].append(calls[name]())
    return values


def paired(values: dict[str, list[float]], over: str, under: str) -> list[float]:
    """Ratios within each repeat."""
    return [a / b for a, b in zip(values[over], values[under], strict=True)]


def peak_bytes() -> int:
    """Most memory that this process has had at once.

    Linux hands the high-water mark of a parent on to its child in `ru_maxrss`, not in VmHWM.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


# Printing


def run_as_command(measure: Callable[..., Sheet], doc: str | None, numbers: Sequence[str] = ()) -> None:
    """What every file here does when it is run.

    Args:
        measure: called with whether it is to be quick, and with those numbers that are given.
        doc: what the file measures, in its first line.
        numbers: names of numbers that may be given on the command line.
    """
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller and with fewer repeats")
    parser.add_argument("--json", action="store_true", help="for programs")
    for name in numbers:
        parser.add_argument(f"--{name}", type=int)
    arguments = parser.parse_args()
    given = {name: getattr(arguments, name) for name in numbers if getattr(arguments, name) is not None}
    sheet = measure(arguments.quick, **given)
    if arguments.json:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps({**asdict(sheet), "peak_mb": peak_bytes() / 1e6, "cpu_s": usage.ru_utime + usage.ru_stime}))
    else:
        print(markdown(asdict(sheet)))


def markdown(sheet: dict[str, Any]) -> str:
    """Rows and tables for people."""
    texts: list[str] = []
    if sheet["rows"]:
        header = ("what", "value", "unit", "at least", "goal", "held", "lowest to highest")
        texts.append(grid(header, [_line(row) for row in sheet["rows"]]))
    for table in sheet["tables"]:
        texts.append(f"{table['title']}\n\n{grid(table['columns'], table['rows'])}")
    return "\n\n".join(texts)


def _line(row: dict[str, Any]) -> list[str]:
    spread = row["how"].get("spread")
    seen = f"{number(spread[0])} to {number(spread[1])}" if spread else ""
    limits = [number(row["value"]), row["unit"], number(row["floor"]), number(row["goal"])]
    return [row["what"], *limits, _verdict(row), "; ".join(text for text in (seen, row["why"]) if text)]


def _verdict(row: dict[str, Any]) -> str:
    if row["floor_met"] is False:
        return "MISSED"
    if row["goal_met"] is True:
        return "goal"
    return "" if row["floor_met"] is None else "floor"


def number(value: Any) -> str:
    """Three digits that count; nothing for None."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def grid(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A Markdown table whose columns line up."""
    lines = [list(header), *([number(cell) for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines)
