"""Link budgets: how well each peer would hear each other, and whom one transmission meets."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cosim.sim.mobility import Trajectories
from cosim.sim.propagation import Propagation, total_loss_db
from cosim.sim.radio import Frames, Radio

Floats = NDArray[np.float64]
Ids = tuple[int, ...]
Peers = NDArray[np.int64]

RESOLUTION_DB = 0.25
"""A transfer is priced in segments within which motion changes the SNR by less than this [dB]."""
MOST_SEGMENTS = 64
STEEPEST_EXPONENT = 8.0
"""No path loss grows faster than with this power of the distance; the steepest built-in models reach 6."""
STEADY_CHANGE = 10 ** (RESOLUTION_DB / (10 * STEEPEST_EXPONENT)) - 1
"""Relative change of a distance, 0.7 %, that cannot change the SNR by more than RESOLUTION_DB."""
MOST_KEPT = 4096
"""Peers up to which the losses that never change are kept for every pair."""
MOST_REACHES = 20_000
"""Reaches kept at once, where neither peers nor links change."""


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
        """Probability that a full frame, and that the last one, does not arrive at each hearer."""
        size = (frames.full_bytes, frames.last_bytes)
        known = self._losses.get(size)
        if known is None:
            snr = np.asarray(self.snr_db, dtype=np.float64)
            rates = [np.broadcast_to(radio.frame_error_rate(snr, n), snr.shape) for n in size]
            full, last = (np.where(self.detects, rate, 1.0).tolist() for rate in rates)
            known = self._losses[size] = (full, last)
        return known


class Budget:
    """Link budgets of all peers: positions, propagation, transmit powers and channels.

    The radio of a peer hears only what is sent on its own channel.
    """

    def __init__(
        self,
        trajectories: Trajectories,
        propagation: Sequence[Propagation],
        radio: Radio,
        powers_dbm: Floats,
        seed: int,
    ) -> None:
        self.trajectories = trajectories
        self.radio = radio
        self.powers_dbm = powers_dbm
        self.channels = np.zeros(len(powers_dbm), dtype=np.int64)
        self.moving = trajectories.moving and radio.uses_positions
        self.everybody = np.arange(len(powers_dbm))
        self._propagation = tuple(propagation)
        self._fixed = tuple(part for part in propagation if part.fixed)
        self._changing = tuple(part for part in propagation if not part.fixed)
        self._fixed_of: dict[int, Floats] = {}
        self._seed = seed
        self._reaches: dict[tuple[int, Ids], Reach] = {}

    def tune(self, peer: int, tx_power_dbm: float | None, channel: int | None) -> None:
        """Set a peer's transmit power or channel; transfers asked for before keep theirs."""
        if tx_power_dbm is not None:
            self.powers_dbm[peer] = tx_power_dbm
        if channel is not None:
            self.channels[peer] = channel
        self._reaches.clear()

    def positions_m(self, time_s: float) -> Floats:
        """Positions of all peers, shape (peers, 2)."""
        return self.trajectories.positions_m(time_s)

    # How well

    def quality(self, sender: int, hearers: Peers, time_s: float) -> tuple[Floats, Floats]:
        """SNR [dB] and distance [m] from a sender to hearers; not a number where positions play no part."""
        if not self.radio.uses_positions:
            return self._unknown(hearers.shape)
        positions = self.positions_m(time_s)
        distance = np.hypot(*(positions[hearers] - positions[sender]).T)
        loss = self._fixed_db(sender)[hearers] if len(self.powers_dbm) <= MOST_KEPT else np.zeros(len(hearers))
        parts = self._changing if len(self.powers_dbm) <= MOST_KEPT else self._propagation
        loss = loss + total_loss_db(parts, distance, sender, hearers, self._seed)
        snr = self.radio.snr_db(loss, float(self.powers_dbm[sender]))
        return np.broadcast_to(snr, distance.shape), distance

    def of_pairs(self, senders: Peers, hearers: Peers, time_s: float) -> tuple[Floats, Floats]:
        """The same for any senders and hearers, which broadcast."""
        shape = np.broadcast_shapes(senders.shape, hearers.shape)
        if not self.radio.uses_positions:
            return self._unknown(shape)
        positions = self.positions_m(time_s)
        between = positions[hearers] - positions[senders]
        distance = np.hypot(between[..., 0], between[..., 1])
        loss = total_loss_db(self._propagation, distance, senders, hearers, self._seed)
        return np.broadcast_to(self.radio.snr_db(loss, self.powers_dbm[senders]), shape), distance

    def _unknown(self, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        unknown = np.full(shape, np.nan)
        return unknown, unknown

    def _fixed_db(self, sender: int) -> Floats:
        """Losses from a sender to all peers that depend on nothing but the link."""
        known = self._fixed_of.get(sender)
        if known is None:
            nowhere = np.ones(len(self.everybody))
            known = total_loss_db(self._fixed, nowhere, sender, self.everybody, self._seed)
            self._fixed_of[sender] = known
        return known

    def detected(self, sender: int, snr_db: Floats, distance_m: Floats) -> NDArray[np.bool_]:
        """Which of all peers notice a sender, from their SNR and distance: same channel, and the radio's word."""
        heard = np.broadcast_to(self.radio.hears(snr_db, distance_m), snr_db.shape) & (
            self.channels == self.channels[sender]
        )
        heard[sender] = False
        return heard

    def back(self, sender: int, hearer: int, time_s: float) -> tuple[bool, Floats]:
        """Whether a sender would notice its hearer's answers, and at what SNR [dB]."""
        snr, distance = self.quality(hearer, np.asarray([sender]), time_s)
        heard = bool(np.all(self.radio.hears(snr, distance)))
        return heard and bool(self.channels[sender] == self.channels[hearer]), snr

    # Whom

    def reach(self, sender: int, recipients: Ids, time_s: float) -> Reach:
        """Whom a transmission at this time meets: the recipients first, then all others who notice it.

        Others are known only where positions are: with an abstract radio a transmission meets its recipients alone.
        """
        if self.moving:
            return self._reach(sender, recipients, time_s)
        key = (sender, recipients)
        known = self._reaches.get(key)
        if known is None:
            if len(self._reaches) >= MOST_REACHES:
                self._reaches.clear()
            known = self._reaches[key] = self._reach(sender, recipients, time_s)
        return known

    def _reach(self, sender: int, recipients: Ids, time_s: float) -> Reach:
        if not self.radio.uses_positions:
            unknown = [float("nan")] * len(recipients)
            same = (self.channels[list(recipients)] == self.channels[sender]).tolist()
            return Reach(recipients, unknown, unknown, same)
        snr, distance = self.quality(sender, self.everybody, time_s)
        detected = self.detected(sender, snr, distance)
        others = detected.copy()
        others[list(recipients)] = False
        chosen = [*recipients, *np.flatnonzero(others).tolist()]
        return Reach(tuple(chosen), snr[chosen].tolist(), distance[chosen].tolist(), detected[chosen].tolist())

    # On the way

    def unsteady(self, reach: Reach, duration_s: float) -> NDArray[np.int64]:
        """Positions of the hearers who may move enough in this time for their SNR to change by RESOLUTION_DB."""
        farthest_m = 2.0 * self.trajectories.max_speed_m_per_s * duration_s / STEADY_CHANGE
        if farthest_m <= min(reach.distance_m, default=np.inf):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(np.asarray(reach.distance_m) < farthest_m)

    def along(self, sender: int, hearers: Peers, start_s: float, end_s: float, steps: int) -> Floats:
        """SNR [dB] of steps spread evenly over a transfer, shape (steps, hearers).

        The transfer is halved until motion changes the SNR within a segment by less than RESOLUTION_DB, for each hearer
        by itself: who else hears it changes nothing. All steps of a segment get the SNR at its middle.
        """
        result = np.empty((steps, len(hearers)))
        waiting = np.arange(len(hearers))
        segments = 1
        while len(waiting):
            edges = np.linspace(start_s, end_s, 2 * segments + 1).tolist()
            snr = np.stack([self.quality(sender, hearers[waiting], time_s)[0] for time_s in edges])
            spans = np.ptp([snr[:-1:2], snr[1::2], snr[2::2]], axis=0).max(axis=0)
            done = (spans <= RESOLUTION_DB) | np.isnan(spans) | (segments >= MOST_SEGMENTS)
            middles = snr[1::2][((np.arange(steps) + 0.5) * segments / steps).astype(np.int64)]
            result[:, waiting[done]] = middles[:, done]
            waiting = waiting[~done]
            segments *= 2
        return result
