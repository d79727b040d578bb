"""Positions in a table: one row per peer and time, `time_s,peer,x_m,y_m`."""

import csv
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, final

import numpy as np

from cosim.part import NonNegative, part
from cosim.sim import tracks
from cosim.sim.mobility import Trajectories
from cosim.sim.trace_file import TraceError, lines, number_of, version_of
from cosim.sim.tracks import Track

COLUMNS = ["time_s", "peer", "x_m", "y_m"]


@final
@part
class CsvPositions:
    """Peers at the places of a table with the columns time_s, peer, x_m and y_m, moving straight from one to the next.

    Peers follow each other by their number in the table, or by first appearance if some are no numbers; the times of
    each must rise.

    Attributes:
        file: the table, also gzipped; looked for in the working directory, below COSIM_DATA, and among the scenarios
            that come with cosim.
        start_s: time of the trace at which the scenario begins.
    """

    source: ClassVar[str] = "positions of a table, linear between them (A)"

    file: str
    start_s: NonNegative = 0.0

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The file must be readable, and have rows of each peer."""
        return tracks.faults(self, scenario)

    def tracks(self) -> tuple[Track, ...]:
        """The ways of all peers of the table."""
        return _read(self.file, version_of(self.file))

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """The ways of the first ones."""
        return tracks.paths_of(self, count)


@lru_cache(maxsize=8)
def _read(file: str, version: object) -> tuple[Track, ...]:
    rows: dict[str, list[tuple[float, float, float]]] = {}
    header = None
    for line, text in lines(file):
        entries = [entry.strip() for entry in next(csv.reader([text]))]
        if header is None:
            header = entries
            if header != COLUMNS:
                raise TraceError(file, line, f"the first line must be {','.join(COLUMNS)}, not {text[:60]!r}")
            continue
        if len(entries) != len(COLUMNS):
            raise TraceError(file, line, f"a row has {len(COLUMNS)} entries, not {len(entries)}")
        values = (entries[0], *entries[2:])
        names = ("time_s", "x_m", "y_m")
        time_s, x, y = (number_of(value, name, file, line) for name, value in zip(names, values, strict=True))
        own = rows.setdefault(entries[1], [])
        if own and time_s <= own[-1][0]:
            raise TraceError(file, line, f"times of peer {entries[1]} must rise: {time_s:g} s after {own[-1][0]:g} s")
        own.append((time_s, x, y))
    if not rows:
        raise TraceError(file, None, "there are no positions in it")
    arrays = {name: np.array(own) for name, own in rows.items()}
    return tracks.sorted_by_name({name: Track(own[:, 0], own[:, 1:]) for name, own in arrays.items()})
