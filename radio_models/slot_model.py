"""IEEE 802.11 stations that all hear each other, slot by slot: the reference for every shortcut to contention.

The rules are those of the distributed coordination function (IEEE Std 802.11-2012, 9.3.4), read as ns-3.37 does: a
backoff is uniform on 0..CW and freezes while the medium is busy; DIFS after the end of a busy period everybody counts
on; who has sent draws anew, so that only they can send in the first slot (the anomalous slot of I. Tinnirello,
G. Bianchi, Y. Xiao, "Refinements on IEEE 802.11 distributed coordination function modeling approaches", IEEE Trans.
Vehicular Technology 59(3), 2010); who collided with a unicast frame counts on only after its acknowledgement timeout;
nobody waits EIFS, because overlapping preambles of equal power are not detected; CW doubles with each failure and falls
back to CWmin after a success or a drop; broadcasts keep CWmin and are sent once. Slots are synchronous: propagation
delays are short against a slot. No capture: all frames that start in one slot are lost.

The order of who sends when depends on no length of a frame, so time is counted beside the process, not in it. Replicas
are independent runs, carried together as rows of arrays.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radio_models.ranges import within

SILENT = np.int64(1 << 40)
"""Slots until a station that has nothing to send begins: longer than any run."""


class Backoff(NamedTuple):
    """What decides who sends in which slot."""

    cw_min: int
    cw_max: int
    max_attempts: int
    """Transmissions of a unicast frame in all."""
    resume_slots: int
    """Slots by which those who collided resume later than the others, if they wait for an acknowledgement."""
    acknowledged: bool

    @property
    def windows(self) -> NDArray[np.int64]:
        """CW + 1 of each attempt: 2^k (CWmin + 1), at most CWmax + 1 (9.3.3)."""
        attempts = self.max_attempts if self.acknowledged else 1
        sizes = [min((self.cw_min + 1) << attempt, self.cw_max + 1) for attempt in range(attempts)]
        return np.array(sizes, dtype=np.int64)


class Busy(NamedTuple):
    """One busy period of every replica: who sent, one entry per frame in the flat arrays."""

    idle_slots: NDArray[np.int64]
    """Per replica: idle slots before it; 0 where nobody has anything to send."""
    replica: NDArray[np.intp]
    station: NDArray[np.intp]
    alone: NDArray[np.bool_]
    """No other frame of the replica started in the same slot."""
    good: NDArray[np.bool_]
    """Alone, and without an error on the channel."""
    dropped: NDArray[np.bool_]
    """Given up: the last attempt allowed has failed."""


class SlotProcess:
    """Backoff counters of replicas x stations, advanced one busy period at a time."""

    def __init__(
        self,
        stations: int,
        backoff: Backoff,
        *,
        error: float = 0.0,
        replicas: int = 1,
        seed: int = 0,
        fresh: bool = True,
    ) -> None:
        """All stations have a frame to send.

        Args:
            stations: how many per replica, at least 1.
            backoff: windows and attempts.
            error: probability that a frame that met no collision fails all the same.
            replicas: independent runs.
            seed: of the draws.
            fresh: the counters start with a draw; otherwise at 0, as frames handed to an idle medium do.

        Raises:
            ValueError: an argument is outside its range.
        """
        shape = (int(within(replicas, "A number of replicas", 1)), int(within(stations, "A number of stations", 1)))
        self._draws = np.random.Generator(np.random.Philox(seed))
        self._backoff = backoff
        self._windows = backoff.windows
        self._error = float(within(error, "A probability of error", 0.0, 1.0))
        self._counter = self._draws.integers(0, self._windows[0], shape) if fresh else np.zeros(shape, dtype=np.int64)
        self._failures = np.zeros(shape, dtype=np.int64)
        self._delay = np.zeros(shape, dtype=np.int64)

    def silence(self, replica: NDArray[np.intp], station: NDArray[np.intp]) -> None:
        """These stations have no further frame."""
        self._counter[replica, station] = SILENT

    def step(self) -> Busy:
        """The next busy period of every replica."""
        due = self._counter + self._delay
        idle = due.min(axis=1)
        idle[idle > SILENT // 2] = 0
        left = due - idle[:, np.newaxis]
        np.minimum(self._counter, left, out=self._counter)
        replica, station = np.nonzero(left == 0)
        alone = np.bincount(replica, minlength=len(idle))[replica] == 1
        good = alone & (self._draws.random(len(replica)) >= self._error)
        dropped = self._redraw(replica, station, alone, good)
        return Busy(idle, replica, station, alone, good, dropped)

    def _redraw(
        self, replica: NDArray[np.intp], station: NDArray[np.intp], alone: NDArray[np.bool_], good: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        failures = np.where(good, 0, self._failures[replica, station] + 1)
        dropped = failures == len(self._windows)
        failures[dropped] = 0
        self._failures[replica, station] = failures
        self._counter[replica, station] = self._draws.integers(0, self._windows[failures])
        self._delay.fill(0)
        if self._backoff.acknowledged:
            self._delay[replica, station] = np.where(alone, 0, self._backoff.resume_slots)
        return dropped


class Counts(NamedTuple):
    """What replicas of saturated stations did in so many busy periods each."""

    idle_slots: NDArray[np.float64]
    """Per replica, in all."""
    lone: NDArray[np.float64]
    """Per replica: busy periods that held one frame."""
    attempts: NDArray[np.float64]
    """Per replica and station: frames sent."""
    collided: NDArray[np.float64]
    delivered: NDArray[np.float64]
    dropped: NDArray[np.float64]


def saturated(
    stations: int,
    backoff: Backoff,
    *,
    error: float = 0.0,
    replicas: int = 32,
    periods: int = 1000,
    warm_up: int = 600,
    seed: int = 0,
) -> Counts:
    """Counts of stations that always have a frame to send.

    Args:
        stations: how many, at least 1.
        backoff: windows and attempts.
        error: probability that a frame that met no collision fails all the same.
        replicas: independent runs.
        periods: busy periods counted in each.
        warm_up: busy periods before, not counted.
        seed: of the draws.

    Raises:
        ValueError: an argument is outside its range.
    """
    process = SlotProcess(stations, backoff, error=error, replicas=replicas, seed=seed)
    for _ in range(warm_up):
        process.step()
    counts = Counts(*(np.zeros(replicas) for _ in range(2)), *(np.zeros((replicas, stations)) for _ in range(4)))
    for _ in range(periods):
        busy = process.step()
        sent = (busy.replica, busy.station)
        counts.idle_slots[:] += busy.idle_slots
        counts.lone[busy.replica[busy.alone]] += 1
        counts.attempts[sent] += 1
        counts.collided[sent] += ~busy.alone
        counts.delivered[sent] += busy.good
        counts.dropped[sent] += busy.dropped
    return counts
