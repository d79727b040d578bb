"""The exact ledger: every joule belongs to one peer, one part and one state.

Energy is integrated at each change of state, never sampled. A meter belongs to one part of one peer;
between bursts it rests (idle, asleep or off). Intervals are logged in the order of time without gaps,
so that their sum is the energy of the whole run.
"""

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cosim.results.tables import PARTS, STATES

IDLE, TRANSMIT, RECEIVE, SLEEP, OFF, COMPUTE = range(len(STATES))
RADIO, PROCESSOR = range(len(PARTS))
COLUMNS = 5
"""Numbers of a logged interval: meter, state, start [s], end [s], power [W]."""


class Ledger:
    """All intervals of constant power of a run, or only their sums."""

    def __init__(self, peers: int, keep: bool = True, spill: int = 4_000_000) -> None:
        """Open a ledger.

        Args:
            peers: number of peers; each has a meter per part.
            keep: keep every interval; otherwise intervals are summed up and dropped.
            spill: logged numbers after which sums are taken when intervals are not kept.
        """
        self.rows = array("d")
        self.peers = peers
        self._keep = keep
        self._spill = spill
        self._seconds = np.zeros((peers, len(PARTS), len(STATES)))
        self._joules = np.zeros((peers, len(PARTS), len(STATES)))

    def intervals(self) -> NDArray[np.float64]:
        """The intervals in memory, one per row; see COLUMNS."""
        return np.frombuffer(self.rows, dtype=np.float64).reshape(-1, COLUMNS).copy()

    def relieve(self) -> None:
        """Sum up and drop the intervals in memory, if they are not to be kept and are many."""
        if not self._keep and len(self.rows) > self._spill:
            self._absorb()

    def _absorb(self) -> None:
        seconds, joules = self._sums(self.intervals())
        self._seconds += seconds
        self._joules += joules
        del self.rows[:]

    def _sums(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        cell = (rows[:, 0] * len(STATES) + rows[:, 1]).astype(np.int64)
        size = self.peers * len(PARTS) * len(STATES)
        duration = rows[:, 3] - rows[:, 2]
        seconds = np.bincount(cell, duration, size).reshape(self._seconds.shape)
        joules = np.bincount(cell, duration * rows[:, 4], size).reshape(self._joules.shape)
        return seconds, joules

    def totals(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Seconds and joules, each by (peer, part, state)."""
        seconds, joules = self._sums(self.intervals())
        return self._seconds + seconds, self._joules + joules


class Meter:
    """The power of one part of one peer over time."""

    __slots__ = ("_code", "_extend", "rest_state", "rest_w", "since_s")

    def __init__(self, ledger: Ledger, peer: int, part: int, rest_state: int, rest_w: float) -> None:
        self._code = float(peer * len(PARTS) + part)
        self._extend: Any = ledger.rows.extend
        self.rest_state = rest_state
        self.rest_w = rest_w
        self.since_s = 0.0

    def burst(self, start_s: float, end_s: float, state: int, power_w: float) -> None:
        """An activity from start to end; the part rested until its start and rests after its end."""
        code, since_s = self._code, self.since_s
        if start_s > since_s:
            self._extend((code, self.rest_state, since_s, start_s, self.rest_w, code, state, start_s, end_s, power_w))
        elif end_s > start_s:
            self._extend((code, state, start_s, end_s, power_w))
        else:
            return
        self.since_s = end_s

    def settle(self, now_s: float) -> None:
        """Log the rest up to now."""
        if now_s > self.since_s:
            self._extend((self._code, self.rest_state, self.since_s, now_s, self.rest_w))
            self.since_s = now_s

    def rest(self, now_s: float, state: int, power_w: float) -> None:
        """Rest in another state from now on."""
        self.settle(now_s)
        self.rest_state = state
        self.rest_w = power_w
