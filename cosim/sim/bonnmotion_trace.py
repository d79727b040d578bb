"""Movements in BonnMotion's own format: one line per node, of triples of time, x and y.

N. Aschenbruck et al., "BonnMotion: a mobility scenario generation and analysis tool", SIMUTools 2010, and its manual,
section "Output formats: native" (confidence A): nodes move in straight lines from one place to the next.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, final

import numpy as np

from cosim.part import NonNegative, part
from cosim.sim import tracks
from cosim.sim.mobility import Trajectories
from cosim.sim.trace_file import TraceError, lines, number_of, version_of
from cosim.sim.tracks import Track


@final
@part
class BonnmotionTrace:
    """Peers that move as a BonnMotion file says (see `bonnmotion_trace`); peer i follows line i.

    Attributes:
        file: the .movements file, also gzipped; looked for in the working directory, below COSIM_DATA, and among the
            scenarios that come with cosim.
        start_s: time of the trace at which the scenario begins.
    """

    source: ClassVar[str] = "BonnMotion: Aschenbruck et al., SIMUTools 2010, native format in two dimensions (A)"

    file: str
    start_s: NonNegative = 0.0

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The file must be readable, and have a node for each peer."""
        return tracks.faults(self, scenario)

    def tracks(self) -> tuple[Track, ...]:
        """The ways of all nodes."""
        return _read(self.file, version_of(self.file))

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """The ways of the first nodes."""
        return tracks.paths_of(self, count)


@lru_cache(maxsize=8)
def _read(file: str, version: object) -> tuple[Track, ...]:
    found = tuple(_track(text.split(), file, line) for line, text in lines(file))
    if not found:
        raise TraceError(file, None, "there are no nodes in it")
    return found


def _track(words: list[str], file: str, line: int) -> Track:
    if len(words) % 3:
        raise TraceError(file, line, f"a node has triples of time, x and y, not {len(words)} numbers")
    numbers = np.array([number_of(word, "an entry", file, line) for word in words]).reshape(-1, 3)
    early = np.flatnonzero(np.diff(numbers[:, 0]) < 0.0)
    if len(early):
        before, after = numbers[early[0], 0], numbers[early[0] + 1, 0]
        raise TraceError(file, line, f"times must rise, but {after:g} s comes after {before:g} s")
    return Track(numbers[:, 0], numbers[:, 1:])
