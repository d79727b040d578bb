"""Vehicles recorded by SUMO: its floating car data, `--fcd-output`.

SUMO user documentation, "FCDOutput" (confidence A): <fcd-export> holds <timestep time="s"> elements in the order of
time, each with a <vehicle id x y .../> for every vehicle that is on the road; x and y in metres.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, final
from xml.parsers import expat

import numpy as np

from cosim.part import NonNegative, part
from cosim.sim import tracks
from cosim.sim.mobility import Trajectories
from cosim.sim.trace_file import TraceError, number_of, opened, version_of
from cosim.sim.tracks import Track

CHUNK_BYTES = 1 << 16


@final
@part
class SumoFcd:
    """Peers that drive as SUMO's floating car data say (see `sumo_fcd`).

    Peers are the vehicles in the order of their appearance. A vehicle is on the air from the first time step in which
    it is there to the first one in which it is not; who is there in the last time step stays.

    Attributes:
        file: the XML file, also gzipped; looked for in the working directory, below COSIM_DATA, and among the scenarios
            that come with cosim.
        start_s: time of the trace at which the scenario begins.
    """

    source: ClassVar[str] = "SUMO floating car data: SUMO user documentation, FCDOutput (A)"

    file: str
    start_s: NonNegative = 0.0

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The file must be readable, and have a vehicle for each peer."""
        return tracks.faults(self, scenario)

    def tracks(self) -> tuple[Track, ...]:
        """The ways of all vehicles."""
        return _read(self.file, version_of(self.file))

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """The ways of the first vehicles."""
        return tracks.paths_of(self, count)


@lru_cache(maxsize=8)
def _read(file: str, version: object) -> tuple[Track, ...]:
    reader = Reader(file)
    with opened(file) as stream:
        try:
            while chunk := stream.read(CHUNK_BYTES):
                reader.parser.Parse(chunk, False)
            reader.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise TraceError(file, error.lineno, f"is no XML: {expat.ErrorString(error.code)}") from error
        except (OSError, EOFError) as error:
            raise TraceError(file, reader.parser.CurrentLineNumber, f"cannot be read: {error}") from error
    return reader.tracks()


class Reader:
    """Takes in the elements of a file one after the other."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._steps: list[float] = []
        self._rows: dict[str, list[tuple[int, float, float]]] = {}
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "timestep":
            self._step(self._number(attributes, "time", name))
        elif name == "vehicle":
            self._vehicle(attributes)

    def _fail(self, reason: str) -> TraceError:
        return TraceError(self._file, self.parser.CurrentLineNumber, reason)

    def _number(self, attributes: dict[str, str], key: str, element: str) -> float:
        if key not in attributes:
            raise self._fail(f"a {element} has no {key}")
        return number_of(attributes[key], f"{key} of a {element}", self._file, self.parser.CurrentLineNumber)

    def _step(self, time_s: float) -> None:
        if self._steps and time_s <= self._steps[-1]:
            raise self._fail(f"the time step {time_s:g} s comes after that of {self._steps[-1]:g} s")
        self._steps.append(time_s)

    def _vehicle(self, attributes: dict[str, str]) -> None:
        if not self._steps:
            raise self._fail("a vehicle stands outside of any timestep")
        if "id" not in attributes:
            raise self._fail("a vehicle has no id")
        rows = self._rows.setdefault(attributes["id"], [])
        if rows and rows[-1][0] == len(self._steps) - 1:
            raise self._fail(f"vehicle {attributes['id']} is twice in one timestep")
        x, y = (self._number(attributes, axis, "vehicle") for axis in "xy")
        rows.append((len(self._steps) - 1, x, y))

    def tracks(self) -> tuple[Track, ...]:
        """The ways of all vehicles in the order of their appearance."""
        if not self._rows:
            raise TraceError(self._file, None, "there are no vehicles in it")
        steps = np.array([*self._steps, math.inf])
        found = list[Track]()
        for rows in self._rows.values():
            numbers = np.array(rows)
            seen = numbers[:, 0].astype(np.int64)
            found.append(Track(steps[seen], numbers[:, 1:], float(steps[seen[0]]), float(steps[seen[-1] + 1])))
        return tuple(found)
