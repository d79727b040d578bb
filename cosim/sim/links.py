"""Who is a neighbour of whom: from positions and a radio, or from a schedule of graphs."""

from array import array
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cosim.sim.budget import Budget, Floats, Ids
from cosim.sim.radio import Radio
from cosim.sim.topology import GraphSchedule

INFINITE_S = float("inf")
EDGE = 1e-6
"""A time within this share of an epoch before its end belongs to the next one: times are sums of rounded numbers."""


class Links(Protocol):
    """Out-links of every peer at any time."""

    oracle: bool
    changes: "array[float]"

    def neighbours(self, sender: int, time_s: float) -> Ids:
        """Out-neighbours."""
        ...

    def refresh(self, time_s: float, tuned: Iterable[int] = ()) -> None:
        """Bring the record of changes up to a time, at which the out-links of some peers were tuned."""
        ...

    def next_change_s(self, time_s: float) -> float:
        """When the graph may change next by itself; inf for never."""
        ...


class RadioLinks:
    """Links that positions and the radio make: peers within reach of each other.

    The graph is sampled every `sample_s`, and when a peer tunes its radio; an out-link is one whose frame
    error rate at the mean SNR (no fast fading) is at most `max_per` for a full fragment.
    """

    oracle = True

    def __init__(self, budget: Budget, max_per: float, sample_s: float) -> None:
        self.changes = array("d")
        self._budget = budget
        self._sample_s = sample_s
        self._threshold_db = weakest_snr_db(budget.radio, max_per)
        self._epoch = -1
        self._out: list[Ids] = [()] * len(budget.everybody)

    def refresh(self, time_s: float, tuned: Iterable[int] = ()) -> None:
        """Sample the graph at every sampling time up to now, and the links of those tuned now."""
        last = self._epoch_of(time_s) if self._budget.moving else 0
        for epoch in range(self._epoch + 1, last + 1):
            self._sample(range(len(self._out)), epoch * self._sample_s)
        self._epoch = max(self._epoch, last)
        self._sample(tuned, time_s)

    def _epoch_of(self, time_s: float) -> int:
        return int(time_s / self._sample_s + EDGE)

    def _sample(self, senders: Iterable[int], time_s: float) -> None:
        budget = self._budget
        for sender in senders:
            snr, distance = budget.quality(sender, budget.everybody, time_s)
            # A radio without a ratio of signal to noise has no weakest one: all that is heard is good enough.
            good = (snr >= self._threshold_db) | (self._threshold_db == -np.inf)
            out = tuple(np.flatnonzero(budget.detected(sender, snr, distance) & good).tolist())
            if out != self._out[sender]:
                changed = _changes([self._out[sender]], [out], sender)
                record(self.changes, time_s, changed, snr[changed[:, 1]])
                self._out[sender] = out

    def neighbours(self, sender: int, time_s: float) -> Ids:
        """Out-neighbours at the latest sampling time."""
        if self._budget.moving or self._epoch < 0:
            self.refresh(time_s)
        return self._out[sender]

    def next_change_s(self, time_s: float) -> float:
        """The next sampling time."""
        return (self._epoch_of(time_s) + 1) * self._sample_s if self._budget.moving else INFINITE_S


class ScheduledLinks:
    """Links that a schedule of graphs gives: who is a neighbour is the user's choice, not the radio's.

    How good a link is still follows from the radio (and from positions, where the radio uses them).
    """

    oracle = False

    def __init__(self, schedule: GraphSchedule, period_s: float, budget: Budget) -> None:
        self.changes = array("d")
        self._schedule = schedule
        self._period_s = INFINITE_S if schedule.static else period_s
        self._budget = budget
        self._epoch = -1
        self._next_s = 0.0
        self._out: list[Ids] = [()] * len(budget.powers_dbm)

    def refresh(self, time_s: float, tuned: Iterable[int] = ()) -> None:
        """Enter every epoch up to now; tuning changes nothing."""
        last = self._epoch_of(time_s)
        for epoch in range(self._epoch + 1, last + 1):
            self._enter(epoch)
        self._epoch = max(self._epoch, last)
        self._next_s = self.next_change_s(time_s)

    def _epoch_of(self, time_s: float) -> int:
        return 0 if self._period_s == INFINITE_S else int(time_s / self._period_s + EDGE)

    def _enter(self, epoch: int) -> None:
        time_s = 0.0 if epoch == 0 else epoch * self._period_s
        out = self._schedule.out_neighbours(epoch)
        changed = _changes(self._out, out)
        snr, _ = self._budget.of_pairs(changed[:, 0], changed[:, 1], time_s)
        record(self.changes, time_s, changed, snr)
        self._out = out

    def neighbours(self, sender: int, time_s: float) -> Ids:
        """Out-neighbours in the current epoch."""
        if time_s >= self._next_s:
            self.refresh(time_s)
        return self._out[sender]

    def next_change_s(self, time_s: float) -> float:
        """The next epoch."""
        return INFINITE_S if self._period_s == INFINITE_S else (self._epoch_of(time_s) + 1) * self._period_s


def _changes(old: Sequence[Ids], new: Sequence[Ids], first: int = 0) -> NDArray[np.int64]:
    """Rows of (source, destination, whether the link is up), of links that come or go; sources from the first on."""
    rows = [
        (source, peer, peer in after)
        for source, (before, after) in enumerate(zip(old, new, strict=True), first)
        if before != after
        for peer in sorted({*before} ^ {*after})
    ]
    return np.asarray(rows, dtype=np.int64).reshape(-1, 3)


def record(changes: "array[float]", time_s: float, changed: NDArray[np.int64], snr_db: Floats, first: int = 0) -> None:
    """Book changes of links, the sources of which count from `first`: rows of the table `graph`."""
    sources, destinations, up = changed.T
    rows = np.column_stack([np.full(len(changed), time_s), sources + first, destinations, up, snr_db])
    changes.frombytes(rows.astype(np.float64).tobytes())


def weakest_snr_db(radio: Radio, max_per: float) -> float:
    """The lowest SNR at which a full fragment is lost with at most this probability, to 1e-9 dB."""
    size = radio.fragment_bytes
    low, high = -100.0, 100.0
    if float(radio.frame_error_rate(low, size)) <= max_per:
        return -float("inf")
    if float(radio.frame_error_rate(high, size)) > max_per:
        return float("inf")
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        good = float(radio.frame_error_rate(middle, size)) <= max_per
        low, high = (low, middle) if good else (middle, high)
    return high
