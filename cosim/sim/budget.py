"""Link budgets: how well each peer would hear each other, and whom one transmission meets."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cosim.sim.candidates import Pairs
from cosim.sim.fading import BlockFading, FadingLinks
from cosim.sim.mobility import Selective, Trajectories
from cosim.sim.neighbourhood import Neighbourhood
from cosim.sim.propagation import ANY_DISTANCE_M, Ends, Loss, PathLoss, Placed, total_loss_db
from cosim.sim.radio import Frames, Radio
from radio_models.fading import frame_exceeds_block

Floats = NDArray[np.float64]
Ids = tuple[int, ...]
Peers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NOBODY, NOWHERE = np.array([-1]), np.array([np.nan])
RESOLUTION_DB = 0.25
"""A transfer is priced in segments within which motion changes the SNR by less than this [dB]."""
MOST_SEGMENTS = 64
STEEPEST_EXPONENT = 8.0
"""No path loss grows faster than with this power of the distance; the steepest built-in models reach 6."""
STEADY_CHANGE = 10 ** (RESOLUTION_DB / (10 * STEEPEST_EXPONENT)) - 1
"""Relative change of a distance, 0.7 %, that cannot change the SNR by more than RESOLUTION_DB."""
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

    The radio of a peer hears only what is sent on its own channel. Ratios are means: fast fading comes on top of them,
    from `fade_db`, and changes neither who is in reach nor who is a neighbour.
    """

    def __init__(
        self,
        trajectories: Trajectories,
        propagation: Sequence[Loss | BlockFading],
        radio: Radio,
        powers_dbm: Floats,
        seed: int,
    ) -> None:
        chain = [part for part in propagation if not isinstance(part, BlockFading)]
        self.trajectories = trajectories
        self.radio = radio
        self.powers_dbm = powers_dbm
        self.channels = np.zeros(len(powers_dbm), dtype=np.int64)
        self.moving = trajectories.moving and radio.uses_positions
        self._places_m = trajectories.places_m if isinstance(trajectories, Selective) else self._some_of_all_m
        self._changing = tuple(part for part in chain if not part.fixed)
        self._seed = seed
        self._neighbourhood = Neighbourhood(trajectories, chain, radio, powers_dbm, seed)
        self.tunings = 0
        """How often a peer was tuned."""
        self._reaches: dict[tuple[int, Ids], Reach] = {}
        placed: list[Any] = [part for part in chain if isinstance(part, Placed)]
        self._steady_m = min((part.steady_m(RESOLUTION_DB) for part in placed), default=np.inf)
        ranges_m = [part.range_m for part in chain if isinstance(part, PathLoss)]
        self._ranges_m = [limits_m for limits_m in ranges_m if limits_m != ANY_DISTANCE_M]
        self._nearest_m, self._farthest_m = np.inf, 0.0
        fading = [part for part in propagation if isinstance(part, BlockFading)] if radio.uses_positions else []
        self._fading = [FadingLinks(part, speeds_m_per_s(trajectories, len(powers_dbm)), seed) for part in fading]
        self.fades = bool(fading)
        self._blocks_exceeded = False

    def tune(self, peer: int, tx_power_dbm: float | None, channel: int | None) -> None:
        """Set a peer's transmit power or channel; transfers asked for before keep theirs."""
        if tx_power_dbm is not None:
            self.powers_dbm[peer] = tx_power_dbm
            self._neighbourhood.admit(peer, tx_power_dbm)
        if channel is not None:
            self.channels[peer] = channel
        self.tunings += 1
        self._reaches.clear()

    def positions_m(self, time_s: float) -> Floats:
        """Positions of all peers, shape (peers, 2)."""
        return self.trajectories.positions_m(time_s)

    def place_m(self, peer: int, time_s: float) -> list[float]:
        """Where one peer is."""
        return self._places_m(np.array([peer]), np.array([time_s]))[0, 0].tolist()

    @property
    def steady_m(self) -> float:
        """How far two peers may move, together, before a loss that depends on places changes by RESOLUTION_DB."""
        return float(self._steady_m)

    def _some_of_all_m(self, peers: Peers, times_s: Floats) -> Floats:
        return np.stack([self.positions_m(time_s)[peers] for time_s in times_s.tolist()])

    # How well

    def quality(self, sender: int, hearers: Peers, time_s: float) -> tuple[Floats, Floats]:
        """SNR [dB] and distance [m] from a sender to hearers; not a number where positions play no part."""
        if not self.radio.uses_positions:
            return self._unknown(hearers.shape)
        snr, distance = self._price(sender, hearers, self._fixed_db(sender, hearers, time_s), np.array([time_s]))
        return snr[0], distance[0]

    def of_pairs(self, senders: Peers, hearers: Peers, time_s: float) -> tuple[Floats, Floats]:
        """The same for pairs of senders and hearers."""
        if not self.radio.uses_positions:
            return self._unknown(senders.shape)
        return self._price_pairs(Pairs(senders, hearers, self._neighbourhood.fixed_db(senders, hearers)), time_s)

    def met(self, senders: Peers, hearers: Peers, time_s: float) -> tuple[Floats, Flags, Flags]:
        """Of pairs of senders and hearers: the SNR [dB], whether a frame is noticed, whether they share a channel."""
        snr_db, distance_m = self.of_pairs(senders, hearers, time_s)
        noticed = self._detected(senders, hearers, snr_db, distance_m)
        return snr_db, noticed, self.channels[hearers] == self.channels[senders]

    def span_m(self, ratio_db: float) -> float:
        """Nobody is received this much above noise from farther away; inf where no bound is known."""
        if not self.radio.uses_positions:
            return math.inf
        strongest_db = float(np.max(self.radio.snr_db(np.zeros(1), np.max(self.powers_dbm, keepdims=True))))
        return self._neighbourhood.span_m(strongest_db - ratio_db)

    @property
    def earshot_m(self) -> float:
        """Nobody's frames are noticed farther away; inf where no bound is known."""
        return self._neighbourhood.earshot_m

    def _unknown(self, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        unknown = np.full(shape, np.nan)
        return unknown, unknown

    def _fixed_db(self, sender: int, hearers: Peers, time_s: float) -> Floats:
        """Losses from a sender that depend on nothing but the link: remembered for those who may hear it now."""
        return self._split(sender, hearers, *self._neighbourhood.at(time_s).of(sender))[0]

    def _split(self, sender: int, hearers: Peers, near: Peers, fixed_db: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Fixed losses to hearers, looked up where they are near; and who else is near."""
        others = np.ones(len(near) + 1, dtype=np.bool_)
        others[-1] = False
        place = near.searchsorted(hearers)
        others[place] = False
        losses_db = np.concatenate([fixed_db, NOWHERE])[place]
        strange = np.concatenate([near, NOBODY])[place] != hearers
        if strange.any():
            others[place[strange]] = place[strange] < len(near)
            others[place[~strange]] = False
            strangers = hearers[strange]
            losses_db[strange] = self._neighbourhood.fixed_db(np.full(len(strangers), sender), strangers)
        return losses_db, others[:-1]

    def _price(self, sender: int, hearers: Peers, fixed_db: Floats, times_s: Floats) -> tuple[Floats, Floats]:
        """SNR [dB] and distance [m] from a sender to hearers, of which the fixed losses are known; (times, hearers)."""
        places_m = self._places_m(np.concatenate([hearers, [sender]]), times_s)
        between_m = places_m[:, :-1] - places_m[:, -1:]
        distance = np.hypot(between_m[..., 0], between_m[..., 1])
        ends = Ends(places_m[:, -1:], places_m[:, :-1])
        loss = fixed_db + total_loss_db(self._changing, distance, sender, hearers, self._seed, ends)
        return self._ratio(loss, float(self.powers_dbm[sender])), distance

    def _ratio(self, loss_db: Floats, power_dbm: float | Floats) -> Floats:
        snr_db = self.radio.snr_db(loss_db, power_dbm)
        return snr_db if snr_db.shape == loss_db.shape else np.broadcast_to(snr_db, loss_db.shape)

    def _price_pairs(self, pairs: Pairs, time_s: float) -> tuple[Floats, Floats]:
        senders, hearers, fixed_db = pairs
        from_m, to_m = self._ends_m(senders, hearers, time_s)
        distance = np.hypot(*(to_m - from_m).T)
        ends = Ends(from_m, to_m)
        loss = fixed_db + total_loss_db(self._changing, distance, senders, hearers, self._seed, ends)
        return self._ratio(loss, self.powers_dbm[senders]), distance

    def _ends_m(self, senders: Peers, hearers: Peers, time_s: float) -> tuple[Floats, Floats]:
        """Places of pairs; of few of many that move, only theirs are asked for."""
        if not self.moving or len(senders) >= len(self.powers_dbm):
            places_m = self.positions_m(time_s)
            return places_m[senders], places_m[hearers]
        peers, which = np.unique(np.concatenate([senders, hearers]), return_inverse=True)
        places_m = self._places_m(peers, np.array([time_s]))[0][which]
        return places_m[: len(senders)], places_m[len(senders) :]

    def _detected(self, senders: Peers | int, hearers: Peers, snr_db: Floats, distance_m: Floats) -> NDArray[np.bool_]:
        """Who notices a frame: those on its channel, if the radio says so."""
        return self.radio.hears(snr_db, distance_m) & (self.channels[hearers] == self.channels[senders])

    def back(self, sender: int, hearer: int, time_s: float) -> tuple[bool, Floats]:
        """Whether a sender would notice its hearer's answers, and at what SNR [dB]."""
        itself = np.asarray([sender])
        snr, distance = self.quality(hearer, itself, time_s)
        return bool(self._detected(hearer, itself, snr, distance)[0]), snr

    def heard(self, time_s: float, senders: Sequence[int] | None = None) -> Iterator[tuple[Peers, Peers, Floats]]:
        """Senders and hearers of all links on which a frame is noticed, with their SNR [dB], some at a time.

        Args:
            time_s: when.
            senders: whose links; None for all, by sender and hearer.
        """
        candidates = self._neighbourhood.at(time_s)
        for pairs in candidates.chunks() if senders is None else map(candidates.pairs_of, senders):
            snr, distance = self._price_pairs(pairs, time_s)
            noticed = np.flatnonzero(self._detected(pairs.senders, pairs.hearers, snr, distance))
            if self._ranges_m:
                self._span(distance[noticed])
            yield pairs.senders[noticed], pairs.hearers[noticed], snr[noticed]

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
        near, fixed_db = self._neighbourhood.at(time_s).of(sender)
        wanted = np.asarray(recipients, dtype=np.int64)
        wanted_db, others = self._split(sender, wanted, near, fixed_db)
        hearers = np.concatenate([wanted, near[others]])
        losses_db = np.concatenate([wanted_db, fixed_db[others]])
        (snr,), (distance,) = self._price(sender, hearers, losses_db, np.array([time_s]))
        detects = self._detected(sender, hearers, snr, distance)
        met = detects.copy()
        met[: len(recipients)] = True
        if self._ranges_m:
            self._span(distance[detects])
        return Reach(tuple(hearers[met].tolist()), snr[met].tolist(), distance[met].tolist(), detects[met].tolist())

    # On the way

    def unsteady(self, reach: Reach, duration_s: float) -> NDArray[np.int64]:
        """Positions of the hearers who may move enough in this time for their SNR to change by RESOLUTION_DB."""
        moved_m = 2.0 * self.trajectories.max_speed_m_per_s * duration_s
        farthest_m = moved_m / STEADY_CHANGE if moved_m < self._steady_m else np.inf
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
        fixed_db = self._fixed_db(sender, hearers, start_s)
        segments = 1
        while len(waiting):
            edges = np.linspace(start_s, end_s, 2 * segments + 1)
            snr, _ = self._price(sender, hearers[waiting], fixed_db[waiting], edges)
            spans = np.ptp([snr[:-1:2], snr[1::2], snr[2::2]], axis=0).max(axis=0)
            done = (spans <= RESOLUTION_DB) | np.isnan(spans) | (segments >= MOST_SEGMENTS)
            middles = snr[1::2][((np.arange(steps) + 0.5) * segments / steps).astype(np.int64)]
            result[:, waiting[done]] = middles[:, done]
            waiting = waiting[~done]
            segments *= 2
        return result

    def mean_db(self, sender: int, hearers: Peers, times_s: Floats) -> Floats:
        """Mean SNR [dB] from a sender to hearers at some times, shape (times, hearers)."""
        return self._price(sender, hearers, self._fixed_db(sender, hearers, float(times_s[0])), times_s)[0]

    # Fast fading

    def block_s(self, sender: int, hearers: Peers) -> Floats:
        """How long the gain of links to hearers stays the same; inf where nothing fades, or both ends stand still."""
        lengths_s = np.full(len(hearers), np.inf)
        for links in self._fading:
            lengths_s = np.minimum(lengths_s, links.block_s(sender, hearers))
        return lengths_s

    def fade_db(self, sender: int, hearers: Peers, times_s: Floats) -> Floats:
        """Gain [dB] of the block that holds each time, shape (times, hearers): 0 where nothing fades.

        Its mean as a ratio of powers is 1. Add it to the mean SNR of the time.
        """
        gain_db = np.zeros((len(times_s), len(hearers)))
        for links in self._fading:
            gain_db = gain_db + links.fade_db(sender, hearers, times_s)
        return gain_db

    def note_frame(self, sender: int, hearers: Peers, frame_s: float) -> None:
        """A frame of this length goes to hearers: the run says so if it is longer than a block."""
        if self._fading and not self._blocks_exceeded and len(hearers):
            self._blocks_exceeded = bool(frame_exceeds_block(frame_s, self.block_s(sender, hearers)).any())

    # What a reader must know

    def _span(self, distance_m: Floats) -> None:
        """Note how near and how far apart those were who heard each other."""
        if len(distance_m):
            self._nearest_m = min(self._nearest_m, float(distance_m.min()))
            self._farthest_m = max(self._farthest_m, float(distance_m.max()))

    @property
    def labels(self) -> list[str]:
        """What was outside the range of a model up to now."""
        found: list[str] = []
        for low_m, high_m in self._ranges_m:
            if self._nearest_m < low_m or self._farthest_m > high_m:
                found.append(
                    f"propagation: extrapolated to {self._nearest_m:.3g} to {self._farthest_m:.3g} m, from a model of "
                    f"{low_m:g} to {high_m:g} m"
                )
        if self._blocks_exceeded:
            found.append("fading: frames are longer than a block, out of the range of block fading")
        return found


def speeds_m_per_s(trajectories: Trajectories, peers: int) -> Floats:
    """Speed of every peer: the highest of its group where the paths know groups, else of all."""
    own = getattr(trajectories, "speeds_m_per_s", None)
    if own is not None:
        return np.asarray(own, dtype=np.float64)
    return np.full(peers, trajectories.max_speed_m_per_s if trajectories.moving else 0.0)
