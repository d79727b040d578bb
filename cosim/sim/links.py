"""Who can hear whom: from positions and a radio, or from a schedule of graphs."""

from array import array
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cosim.sim.mobility import Trajectories
from cosim.sim.propagation import Propagation, total_loss_db
from cosim.sim.radio import Frames, Radio
from cosim.sim.topology import GraphSchedule

Floats = NDArray[np.float64]
Ids = tuple[int, ...]

RESOLUTION_DB = 0.25
"""A transfer is priced in segments within which motion changes the SNR by less than this [dB]."""
MOST_SEGMENTS = 64
STEEPEST_EXPONENT = 8.0
"""No path loss grows faster than with this power of the distance; the steepest built-in models reach 6."""
STEADY_CHANGE = 10 ** (RESOLUTION_DB / (10 * STEEPEST_EXPONENT)) - 1
"""Relative change of a distance, 0.7 %, that cannot change the SNR by more than RESOLUTION_DB."""
MOST_REMEMBERED = 4096
"""Peers up to which the losses that never change are kept for every pair."""


class Reach:
    """Whom one transmission meets, and how well: of each hearer its id, SNR [dB], distance [m], and if it notices."""

    __slots__ = ("_losses", "detects", "distance_m", "ids", "snr_db")

    def __init__(self, ids: Ids, snr_db: Sequence[float], distance_m: Sequence[float], detects: Sequence[bool]) -> None:
        self.ids = ids
        self.snr_db = snr_db
        self.distance_m = distance_m
        self.detects = detects
        self._losses: dict[tuple[int, int], tuple[list[float], list[float]]] = {}

    def losses(self, radio: Radio, frames: Frames) -> tuple[list[float], list[float]]:
        """Loss probability of a full and of the last frame at each hearer."""
        size = (frames.full_bytes, frames.last_bytes)
        known = self._losses.get(size)
        if known is None:
            snr = np.asarray(self.snr_db, dtype=np.float64)
            full, last = (np.broadcast_to(radio.frame_error_rate(snr, n), snr.shape) for n in size)
            known = self._losses[size] = (full.tolist(), last.tolist())
        return known


class Budget:
    """Link budgets of all peers: positions, propagation, transmit powers and channels."""

    def __init__(
        self, trajectories: Trajectories, propagation: Sequence[Propagation], radio: Radio, powers_dbm: Floats, seed: int
    ) -> None:
        self.trajectories = trajectories
        self.radio = radio
        self.powers_dbm = powers_dbm
        self.channels = np.zeros(len(powers_dbm), dtype=np.int64)
        self.version = 0
        self.moving = trajectories.moving
        self._propagation = tuple(propagation)
        self._changing = tuple(part for part in propagation if not part.fixed)
        self._remembers = len(powers_dbm) <= MOST_REMEMBERED
        self._fixed_of: dict[int, Floats] = {}
        self._seed = seed

    def positions_m(self, time_s: float) -> Floats:
        """Positions of all peers, shape (peers, 2)."""
        return self.trajectories.positions_m(time_s)

    def quality(self, sender: int, hearers: NDArray[np.int64], time_s: float) -> tuple[Floats, Floats]:
        """SNR [dB] and distance [m] from a sender to hearers."""
        positions = self.positions_m(time_s)
        distance = np.hypot(*(positions[hearers] - positions[sender]).T)
        if self._remembers:
            loss = self._fixed_db(sender)[hearers] + total_loss_db(self._changing, distance, sender, hearers, self._seed)
        else:
            loss = total_loss_db(self._propagation, distance, sender, hearers, self._seed)
        snr = np.asarray(self.radio.snr_db(loss, float(self.powers_dbm[sender])), dtype=np.float64)
        return np.broadcast_to(snr, distance.shape), distance

    def _fixed_db(self, sender: int) -> Floats:
        """Losses from a sender to all peers that depend on nothing but the link."""
        known = self._fixed_of.get(sender)
        if known is None:
            everybody = np.arange(len(self.powers_dbm))
            fixed = [part for part in self._propagation if part.fixed]
            known = total_loss_db(fixed, np.ones(len(everybody)), sender, everybody, self._seed)
            self._fixed_of[sender] = known
        return known

    def steady(self, distance_m: Sequence[float], duration_s: float) -> bool:
        """Whether nobody can move enough in this time for the SNR to change by RESOLUTION_DB."""
        if not self.moving:
            return True
        farthest_m = 2.0 * self.trajectories.max_speed_m_per_s * duration_s
        return farthest_m <= STEADY_CHANGE * min(distance_m, default=np.inf)

    def along(self, sender: int, hearers: NDArray[np.int64], start_s: float, end_s: float) -> Floats:
        """SNR [dB] in equal segments of a transfer, shape (segments, hearers); see RESOLUTION_DB."""
        if not self.moving:
            return self.quality(sender, hearers, start_s)[0][None, :]
        segments = 1
        while True:
            edges = np.linspace(start_s, end_s, 2 * segments + 1)
            snr = np.stack([self.quality(sender, hearers, float(t))[0] for t in edges])
            span = np.abs(np.diff(snr[::2], axis=0)).max(initial=0.0)
            if span <= RESOLUTION_DB or segments >= MOST_SEGMENTS:
                return snr[1::2]
            segments *= 2


class Links(Protocol):
    """Out-links of every peer at any time, and the reach of a transmission."""

    oracle: bool
    overheard: bool
    changes: "array[float]"

    def neighbours(self, sender: int, time_s: float) -> Ids:
        """Out-neighbours."""
        ...

    def reach(self, sender: int, recipients: Ids, time_s: float) -> Reach:
        """Whom a transmission at this time meets: the recipients first, then others who hear it."""
        ...

    def refresh(self, time_s: float) -> None:
        """Bring the record of changes up to a time."""
        ...

    def next_change_s(self, time_s: float) -> float:
        """When the graph may change next; inf for never."""
        ...


class RadioLinks:
    """Links that positions and the radio make: peers within reach of each other.

    The graph is sampled every `sample_s`; an out-link is one whose frame error rate at the mean SNR
    (no fast fading) is at most `max_per` for a full fragment.
    """

    oracle = True
    overheard = True

    def __init__(self, budget: Budget, max_per: float, sample_s: float) -> None:
        self.changes = array("d")
        self._budget = budget
        self._sample_s = sample_s
        self._threshold_db = _weakest_snr_db(budget.radio, max_per)
        self._peers = len(budget.powers_dbm)
        self._all = np.arange(self._peers)
        self._epoch = -1
        self._out: list[Ids] = [()] * self._peers
        self._static: dict[tuple[int, Ids, int], Reach] = {}
        self._version = -1

    def refresh(self, time_s: float) -> None:
        """Sample the graph at every sampling time up to now."""
        budget = self._budget
        if not budget.moving and self._epoch >= 0 and self._version == budget.version:
            return
        last = int(time_s / self._sample_s)
        for epoch in range(self._epoch + 1, last + 1) if budget.moving else (last,):
            self._sample(epoch * self._sample_s)
        self._epoch, self._version = last, budget.version

    def _sample(self, time_s: float) -> None:
        for sender in range(self._peers):
            snr, distance = self._budget.quality(sender, self._all, time_s)
            linked = self._audible(sender, snr, distance) & ~(snr < self._threshold_db)
            out = tuple(np.flatnonzero(linked).tolist())
            if out != self._out[sender]:
                _record(self.changes, time_s, sender, self._out[sender], out, snr)
                self._out[sender] = out

    def _audible(self, sender: int, snr: Floats, distance: Floats) -> NDArray[np.bool_]:
        budget = self._budget
        audible = np.broadcast_to(budget.radio.hears(snr, distance), snr.shape) & (
            budget.channels == budget.channels[sender]
        )
        audible[sender] = False
        return audible

    def neighbours(self, sender: int, time_s: float) -> Ids:
        """Out-neighbours at the latest sampling time."""
        self.refresh(time_s)
        return self._out[sender]

    def reach(self, sender: int, recipients: Ids, time_s: float) -> Reach:
        """The recipients, then all others whose receiver detects the transmission."""
        budget = self._budget
        key = (sender, recipients, budget.version)
        if not budget.moving and key in self._static:
            return self._static[key]
        snr, distance = budget.quality(sender, self._all, time_s)
        others = self._audible(sender, snr, distance)
        others[list(recipients)] = False
        ids = (*recipients, *np.flatnonzero(others).tolist())
        chosen = list(ids)
        heard = np.broadcast_to(budget.radio.hears(snr[chosen], distance[chosen]), (len(chosen),)).tolist()
        reach = Reach(ids, snr[chosen].tolist(), distance[chosen].tolist(), heard)
        if not budget.moving:
            self._static[key] = reach
        return reach

    def next_change_s(self, time_s: float) -> float:
        """The next sampling time."""
        if not self._budget.moving:
            return float("inf")
        return (int(time_s / self._sample_s) + 1) * self._sample_s


class ScheduledLinks:
    """Links that a schedule of graphs gives: who is a neighbour is the user's choice, not the radio's.

    How good a link is still follows from the radio (and from positions, where the radio uses them).
    """

    oracle = False
    overheard = False

    def __init__(self, schedule: GraphSchedule, period_s: float, budget: Budget) -> None:
        self.changes = array("d")
        self._schedule = schedule
        self._period_s = float("inf") if schedule.static else period_s
        self._budget = budget
        self._epoch = -1
        self._out: list[Ids] = [()] * len(budget.powers_dbm)
        self._static: dict[tuple[int, Ids, int], Reach] = {}

    def refresh(self, time_s: float) -> None:
        """Record every epoch up to now."""
        last = self._epoch_of(time_s)
        for epoch in range(self._epoch + 1, last + 1):
            self._enter(epoch)
        self._epoch = max(self._epoch, last)

    def _epoch_of(self, time_s: float) -> int:
        """The epoch; a time within a millionth of an edge belongs to the epoch that begins there."""
        return 0 if self._period_s == float("inf") else int(time_s / self._period_s + 1e-6)

    def _enter(self, epoch: int) -> None:
        time_s = 0.0 if epoch == 0 else epoch * self._period_s
        nothing = np.full(len(self._out), np.nan)
        self._static.clear()
        for sender, out in enumerate(self._schedule.out_neighbours(epoch)):
            if out != self._out[sender]:
                _record(self.changes, time_s, sender, self._out[sender], out, nothing)
                self._out[sender] = out

    def neighbours(self, sender: int, time_s: float) -> Ids:
        """Out-neighbours in the current epoch."""
        if time_s >= (self._epoch + 1) * self._period_s or self._epoch < 0:
            self.refresh(time_s)
        return self._out[sender]

    def reach(self, sender: int, recipients: Ids, time_s: float) -> Reach:
        """The recipients alone: in a scheduled graph nobody else hears."""
        budget = self._budget
        fixed = not (budget.radio.uses_positions and budget.moving)
        key = (sender, recipients, budget.version)
        if fixed and key in self._static:
            return self._static[key]
        if budget.radio.uses_positions:
            snr, distance = budget.quality(sender, np.asarray(recipients, dtype=np.int64), time_s)
            heard = np.broadcast_to(budget.radio.hears(snr, distance), snr.shape).tolist()
            reach = Reach(recipients, snr.tolist(), distance.tolist(), heard)
        else:
            unknown = [float("nan")] * len(recipients)
            reach = Reach(recipients, unknown, unknown, [True] * len(recipients))
        if fixed:
            self._static[key] = reach
        return reach

    def next_change_s(self, time_s: float) -> float:
        """The next epoch."""
        if self._period_s == float("inf"):
            return self._period_s
        return (self._epoch_of(time_s) + 1) * self._period_s


def _record(changes: "array[float]", time_s: float, sender: int, old: Ids, new: Ids, snr: Floats) -> None:
    for peer in sorted(set(old) ^ set(new)):
        changes.extend((time_s, sender, peer, peer in new, snr[peer]))


def _weakest_snr_db(radio: Radio, max_per: float) -> float:
    """The lowest SNR at which a full fragment is lost with at most this probability, to 1e-9 dB."""
    size = radio.fragment_bytes
    low, high = -100.0, 100.0
    if float(radio.frame_error_rate(np.asarray(low), size)) <= max_per:
        return -float("inf")
    if float(radio.frame_error_rate(np.asarray(high), size)) > max_per:
        return float("inf")
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        good = float(radio.frame_error_rate(np.asarray(middle), size)) <= max_per
        low, high = (low, middle) if good else (middle, high)
    return high
