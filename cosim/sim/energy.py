"""The exact ledger: every joule belongs to one peer, one part and one state.

Energy is integrated at each change of state, never sampled. A meter belongs to one part of one peer. It
logs activities, and changes of what the part does between them: it rests, idle, asleep or off. The
intervals of rest are the gaps, filled in when the ledger is read, so that the intervals of a meter follow
each other without gap or overlap from the start of the run to its end.
"""

from array import array
from struct import Struct
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cosim.results.tables import PARTS, STATES

IDLE, TRANSMIT, RECEIVE, SLEEP, OFF, COMPUTE = range(len(STATES))
RADIO, PROCESSOR = range(len(PARTS))
COLUMNS = 5
PACK = Struct(f"{COLUMNS}d").pack
"""Numbers of an entry: meter, state, start [s], end [s], power [W]. One without duration begins a rest."""

Rows = NDArray[np.float64]


class Unposted(Protocol):
    """Entries that somebody keeps in a shorter form until the ledger is read."""

    def __len__(self) -> int:
        """About how many numbers they will be."""
        ...

    def post(self) -> None:
        """Log them."""
        ...


class Ledger:
    """All intervals of constant power of a run, or only their sums."""

    def __init__(self, peers: int, keep: bool = True, spill: int = 1_000_000) -> None:
        """Open a ledger.

        Args:
            peers: number of peers; each has a meter per part.
            keep: keep every entry; otherwise entries are summed up and dropped.
            spill: logged numbers after which sums are taken when entries are not kept.
        """
        self.rows = array("d")
        self.peers = peers
        self.journal: Unposted | None = None
        self._keep = keep
        self._spill = spill
        self._summed = 0
        self._read: tuple[float, int, Rows] = (np.nan, 0, np.zeros((0, COLUMNS)))
        self._rests: Rows = np.zeros((0, COLUMNS))
        self._seconds = np.zeros((peers, len(PARTS), len(STATES)))
        self._joules = np.zeros((peers, len(PARTS), len(STATES)))

    def intervals(self, until_s: float) -> Rows:
        """All intervals up to a time, by meter and time: entry columns, one row per interval.

        Raises:
            ValueError: the entries are not kept.
        """
        if not self._keep:
            raise ValueError("the intervals of this ledger were not kept, only their sums")
        self._complete()
        if self._read[:2] != (until_s, len(self.rows)):
            entries = _by_meter(np.frombuffer(self.rows, dtype=np.float64).reshape(-1, COLUMNS))
            self._read = (until_s, len(self.rows), _without_gaps(_ended(entries, until_s)))
        return self._read[2]

    def totals(self, until_s: float) -> tuple[Rows, Rows]:
        """Seconds and joules up to a time, each by (peer, part, state); what is under way counts as rest."""
        if self._keep and not self._summed:
            return self._sums(self.intervals(until_s))
        self.absorb()
        seconds, joules = self._sums(_without_gaps(_ended(self._rests, until_s)))
        return self._seconds + seconds, self._joules + joules

    def relieve(self) -> None:
        """Sum up and drop the entries in memory, if they are not to be kept and are many."""
        if self._keep:
            return
        unposted = 0 if self.journal is None else len(self.journal)
        if len(self.rows) + unposted > self._spill:
            self.absorb()

    def _complete(self) -> None:
        if self.journal is not None:
            self.journal.post()

    def absorb(self) -> None:
        """Sum up what is complete, so that the next totals cost little."""
        self._complete()
        fresh = np.frombuffer(self.rows, dtype=np.float64)[self._summed :].reshape(-1, COLUMNS)
        entries = _by_meter(np.concatenate([self._rests, fresh]))
        del fresh  # the buffer cannot grow while it is looked at
        seconds, joules = self._sums(_without_gaps(entries))
        self._seconds += seconds
        self._joules += joules
        # Of each meter it remains to be known how and since when it rests.
        last = _last_of_meters(entries)
        self._rests = entries[_rest_of(entries)[last]].copy()
        self._rests[:, 2:4] = entries[last, 3:4]
        if not self._keep:
            del self.rows[:]
        self._summed = len(self.rows)

    def _sums(self, rows: Rows) -> tuple[Rows, Rows]:
        cell = (rows[:, 0] * len(STATES) + rows[:, 1]).astype(np.int64)
        size = self.peers * len(PARTS) * len(STATES)
        duration = rows[:, 3] - rows[:, 2]
        sums = [np.bincount(cell, weights, size).astype(np.float64) for weights in (duration, duration * rows[:, 4])]
        return sums[0].reshape(self._seconds.shape), sums[1].reshape(self._joules.shape)


def _by_meter(entries: Rows) -> Rows:
    """Entries by meter, those of each in the order of time: of a rest and an activity the rest was logged first."""
    by_time = np.argsort(entries[:, 2], kind="stable")
    return entries[by_time[np.argsort(entries[by_time, 0], kind="stable")]]


def _last_of_meters(entries: Rows) -> NDArray[np.int64]:
    """The last entry of each meter."""
    return np.append(np.flatnonzero(np.diff(entries[:, 0])), len(entries) - 1)


def _ended(entries: Rows, until_s: float) -> Rows:
    """The entries, and behind the last of each meter one without duration that ends its rest."""
    last = _last_of_meters(entries)
    ends = entries[last].copy()
    ends[:, 2:4] = np.maximum(until_s, ends[:, 3:4])
    ends[:, 4] = np.nan
    return np.insert(entries, last + 1, ends, axis=0)


def _rest_of(entries: Rows) -> NDArray[np.int64]:
    """For each entry, the entry that began the rest which follows it."""
    begins = (entries[:, 2] == entries[:, 3]) & ~np.isnan(entries[:, 4])
    return np.maximum.accumulate(np.where(begins, np.arange(len(entries)), 0))


def _without_gaps(entries: Rows) -> Rows:
    """Activities and, each behind the one before it, the rests between them; entries sorted by meter and time.

    Raises:
        AssertionError: two activities of one meter overlap, which would count joules twice.
    """
    same_meter = entries[:-1, 0] == entries[1:, 0]
    overlap_s = np.where(same_meter, entries[:-1, 3] - entries[1:, 2], 0.0)
    assert overlap_s.max(initial=0.0) <= 0.0, f"activities of one meter overlap by {overlap_s.max()} s"
    rows = np.empty((2 * len(entries), COLUMNS))
    activities, rests = rows[0::2], rows[1::2]
    activities[:] = entries
    rests[:] = entries[_rest_of(entries)]
    rests[:, 2] = entries[:, 3]
    rests[:-1, 3] = np.where(same_meter, entries[1:, 2], entries[:-1, 3])
    rests[-1, 3] = entries[-1, 3]
    return rows[rows[:, 3] > rows[:, 2]]


class Meter:
    """The power of one part of one peer over time."""

    __slots__ = ("_code", "_write")

    def __init__(self, ledger: Ledger, peer: int, part: int) -> None:
        """A meter of a part that is off from time 0 on."""
        self._code = float(peer * len(PARTS) + part)
        self._write = ledger.rows.frombytes
        self.rest(0.0, OFF, 0.0)

    def burst(self, start_s: float, end_s: float, state: int, power_w: float) -> None:
        """An activity from start to end; before and after it the part rests."""
        if end_s > start_s:
            self._write(PACK(self._code, state, start_s, end_s, power_w))

    def rest(self, now_s: float, state: int, power_w: float) -> None:
        """Between activities the part is in this state from now on."""
        self._write(PACK(self._code, state, now_s, now_s, power_w))
