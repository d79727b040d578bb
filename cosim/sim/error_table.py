"""Error rates that a user has simulated, read from a CSV."""

import csv
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from pathlib import Path

from radio_models.error_rate_table import LARGE_FROM_BYTES, SCHEMES, PerTable, Simulated

COLUMNS = ("mcs", "size_bytes", "snr_db", "per")
Scheme = tuple[int, int]
Points = dict[float, float]
"""Error rates by ratio in dB."""


@lru_cache(maxsize=16)
def table_of(file: str) -> Mapping[Scheme, PerTable]:
    """Tables by modulation and code rate.

    Raises:
        ValueError: the file cannot be read or is malformed; the sentence names file and line.
    """
    curves: dict[int, dict[float, Points]] = {}
    for where, (mcs, size, snr_db, rate) in _rows(file):
        if mcs not in range(len(SCHEMES)):
            raise ValueError(f"{where}: mcs is a whole number from 0 to {len(SCHEMES) - 1}")
        if not (size >= 1 and 0 <= rate <= 1):
            raise ValueError(f"{where}: size_bytes is at least 1, and per from 0 to 1")
        points = curves.setdefault(int(mcs), {}).setdefault(size, {})
        if snr_db in points:
            raise ValueError(f"{where}: this ratio is there already, for this mcs and size")
        points[snr_db] = rate
    if not curves:
        raise ValueError(f"{file}: there is no row in it")
    return {SCHEMES[mcs]: _table(file, mcs, sizes) for mcs, sizes in curves.items()}


def _rows(file: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Where each row is, and its numbers."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: cannot be read: {error}") from error
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    for (number, _), row in zip(numbered, csv.reader(line for _, line in numbered), strict=True):
        if number == numbered[0][0]:
            if tuple(cell.strip() for cell in row) != COLUMNS:
                raise ValueError(f"{file}:{number}: the columns are {', '.join(COLUMNS)}")
            continue
        yield f"{file}:{number}", _numbers(f"{file}:{number}", row)


def _numbers(where: str, row: list[str]) -> tuple[float, ...]:
    try:
        numbers = tuple(float(cell) for cell in row)
    except ValueError:
        numbers = ()
    if len(numbers) != len(COLUMNS) or not all(map(isfinite, numbers)):
        raise ValueError(f"{where}: a row is {len(COLUMNS)} numbers")
    return numbers


def _table(file: str, mcs: int, sizes: dict[float, Points]) -> PerTable:
    """One or two reference frames; of two, the larger counts from 400 bytes on, as in ns-3."""
    simulated = [_simulated(file, mcs, size, points) for size, points in sorted(sizes.items())]
    if len(simulated) == 1:
        return PerTable(None, simulated[0])
    if len(simulated) > 2 or not simulated[0].reference_bytes < LARGE_FROM_BYTES <= simulated[1].reference_bytes:
        raise ValueError(f"{file}: mcs {mcs} has one size, or one below {LARGE_FROM_BYTES} bytes and one not below")
    small, large = simulated
    return PerTable(small, large)


def _simulated(file: str, mcs: int, size: float, points: Points) -> Simulated:
    snr_db, rates = zip(*sorted(points.items()), strict=True)
    if any(later > earlier for earlier, later in pairwise(rates)):
        raise ValueError(f"{file}: per of mcs {mcs} at {size:g} bytes rises with the ratio")
    return Simulated(size, snr_db, rates)
