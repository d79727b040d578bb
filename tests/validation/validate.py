"""Compare our models with reference tables: writes `index.html` and `validation.json`, fails where something disagrees.

    python tests/validation/validate.py [FOLDER] [--out build/validation]

FOLDER holds the tables by their file names, each a CSV whose lines of explanation begin with #; without it that of the
variable COSIM_RADIO_REFERENCE, or `shared/radio_reference` beside one of the folders above. Every row counts, whatever
its values; a table that is not there is named in the page. Exits with 1 if a quantity disagrees, with 2 if
there is nothing to compare or a table cannot be read.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from page import page
from quantity import Quantity
from registry import COMPARISONS, Rows, without_tables

ROOT = Path(__file__).parents[2]
DEFAULT_OUT = ROOT / "build" / "validation"


class TableError(ValueError):
    """A table that cannot be compared; the message says which and why."""


def read(path: Path) -> Rows:
    """The rows of a table.

    Raises:
        TableError: the file is no table, or has a row with missing or additional columns.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(f"{path}: cannot be read: {error}") from error
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line and not line.startswith("#")]
    parsed = list(csv.reader(line for _, line in numbered))
    if len(parsed) < 2:
        raise TableError(f"{path}: a table has a line of column names and at least one row")
    names, *rows = parsed
    for (number, _), row in zip(numbered[1:], rows, strict=True):
        if len(row) != len(names):
            raise TableError(f"{path}:{number}: {len(row)} entries for {len(names)} columns")
    return [dict(zip(names, row, strict=True)) for row in rows]


def compare(folder: Path) -> tuple[list[Quantity], list[str]]:
    """All quantities of the tables in a folder, and the names of the tables that are not there.

    Raises:
        TableError: a table cannot be read, or has a value that its comparison does not understand.
    """
    quantities, absent = list[Quantity](), list[str]()
    for table, comparison in COMPARISONS:
        path = folder / table
        if not path.exists():
            absent.append(table)
            continue
        started = time.perf_counter()
        try:
            found = comparison(read(path))
        except KeyError as error:
            raise TableError(f"{path}: there is no column or model {error}") from error
        except ValueError as error:
            raise TableError(f"{path}: {error}") from error
        quantities += found
        print(f"{table:36} {len(found)} quantities, {time.perf_counter() - started:5.1f} s", flush=True)
    return quantities, sorted(set(absent))


def write(quantities: Sequence[Quantity], absent: Sequence[str], out: Path, folder: Path) -> None:
    """The page and its numbers."""
    out.mkdir(parents=True, exist_ok=True)
    origin = f"Reference: {folder.name}."
    if absent:
        origin += f" Not there, and so not compared: {', '.join(absent)}."
    (out / "validation.json").write_text(json.dumps([quantity.row() for quantity in quantities], indent=1))
    (out / "index.html").write_text(page(quantities, origin), encoding="utf-8")


def reference_folder() -> Path | None:
    """Where the tables are, if nobody says so."""
    named = os.environ.get("COSIM_RADIO_REFERENCE")
    places = [Path(named)] if named else [parent / "shared/radio_reference" for parent in Path(__file__).parents]
    return next((place for place in places if place.is_dir()), None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, write, and say what disagrees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=reference_folder())
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    parser.add_argument("--tables-only", action="store_true", help="leave out what needs no table")
    options = parser.parse_args(arguments)
    if options.folder is None or not options.folder.is_dir():
        print(
            f"{options.folder or ''}: there is no such folder of reference tables; give one as REFERENCE=DIR",
            file=sys.stderr,
        )
        return 2
    try:
        quantities, absent = compare(options.folder)
    except TableError as error:
        print(error, file=sys.stderr)
        return 2
    if not quantities:
        print(f"{options.folder}: holds none of the reference tables {', '.join(absent)}", file=sys.stderr)
        return 2
    if not options.tables_only:
        quantities += without_tables()
    write(quantities, absent, options.out, options.folder)
    return verdict(quantities, options.out)


def verdict(quantities: Sequence[Quantity], out: Path) -> int:
    """One line per quantity; 1 if one of them disagrees."""
    for quantity in quantities:
        word = "pass" if quantity.agrees else "FAIL"
        print(f"{word}  {quantity.name:52} {len(quantity.points):5} numbers, worst {quantity.worst:.3g}"
              f" of {quantity.tolerance:g} {quantity.measure}")  # fmt: skip
    failed = [quantity.name for quantity in quantities if not quantity.agrees]
    print(f"{len(quantities) - len(failed)} of {len(quantities)} quantities agree: {out / 'index.html'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
