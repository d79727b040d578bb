"""How messages of the fluid get through while their ends move and their links fade.

A frame meets the mean ratio of its time, and the gain of the block that holds its middle. Who is in reach is settled
when a transfer begins, by the mean, as is what interferers do: whoever comes near later hears nothing of it.
"""

import math
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.budget import MOST_SEGMENTS, RESOLUTION_DB, STEADY_CHANGE, Budget
from cosim.sim.flow import ALWAYS_S, Flow

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]

AHEAD = 32
"""Times looked at together for the next change of a mean ratio."""
BLOCKS = 16
"""Blocks of fading priced together."""


class Passage(NamedTuple):
    """What a unicast loses until a time: of its frames, and of their acknowledgements."""

    until_s: float
    loss: float
    answer_loss: float


@final
class Passages:
    """Prices transfers along the way that their ends go."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._moving = budget.moving
        self._fades = budget.fades
        self._coming: dict[Flow, list[Passage]] = {}
        self.varying = self._moving or self._fades
        """Whether chances may change on the way."""

    # Broadcasts, and whoever overhears: looked at when they are over

    def losses(self, flow: Flow, now_s: float, hearers: int) -> Floats | None:
        """Probability that each fragment is lost at each of the first hearers; None where it stays what it was.

        Of a unicast that is one attempt at the time of the last one. Shape (hearers, fragments).
        """
        coverage = flow.coverage
        some = np.arange(hearers)
        if not self._fades:
            some = self._budget.unsteady(coverage.reach, now_s - flow.begun_s)
            some = some[some < hearers]
            if not len(some):
                return None
        frames, radio = coverage.frames, coverage.radio
        air_s = np.full(frames.count, frames.full_airtime_s)
        air_s[-1] = frames.last_airtime_s
        times_s = np.minimum(flow.work.ends_s, now_s) - 0.5 * air_s
        snr_db = self._snr_db(flow, some, times_s, now_s)
        sizes = np.full((frames.count, 1), frames.full_bytes)
        sizes[-1] = frames.last_bytes
        distance_m = np.asarray(coverage.reach.distance_m)[some]
        noticed = radio.hears(snr_db, distance_m) & coverage.detects[some]
        lost = np.repeat(coverage.lost[0, :hearers, np.newaxis], frames.count, axis=1)
        lost[:, -1] = coverage.lost[1, :hearers]
        lost[some] = np.where(noticed, radio.frame_error_rate(snr_db, sizes), 1.0).T
        return lost

    def _snr_db(self, flow: Flow, some: Peers, times_s: Floats, now_s: float) -> Floats:
        """Ratios at some hearers, at times of a transfer until now; shape (times, hearers)."""
        budget, reach = self._budget, flow.coverage.reach
        snr_db = np.repeat(np.asarray(reach.snr_db)[np.newaxis, some], len(times_s), axis=0)
        took_s = now_s - flow.begun_s
        if self._moving and took_s > 0.0:
            unsteady = np.flatnonzero(np.isin(some, budget.unsteady(reach, took_s)))
            along = budget.along(flow.sender, flow.coverage.ids[some[unsteady]], flow.begun_s, now_s, MOST_SEGMENTS)
            segment = ((times_s - flow.begun_s) / took_s * MOST_SEGMENTS).astype(np.int64)
            snr_db[:, unsteady] = along[np.clip(segment, 0, MOST_SEGMENTS - 1)]
        if self._fades:
            snr_db += budget.fade_db(flow.sender, flow.coverage.ids[some], times_s)
        return snr_db

    def note(self, flow: Flow) -> None:
        """Frames go to hearers: the run says so if they are longer than a block of fading."""
        if self._fades:
            frames = flow.coverage.frames
            longest_s = frames.full_airtime_s if frames.count > 1 else frames.last_airtime_s
            self._budget.note_frame(flow.sender, flow.coverage.ids, longest_s)

    # Unicasts: looked at whenever something changes

    def begin(self, flow: Flow, now_s: float) -> Passage:
        """The same at its beginning: without fading its chances are known, and most are over before these change."""
        if self._fades:
            return self.look(flow, now_s)
        return Passage(now_s + self._steady_s(flow), flow.channel_loss, flow.answer_loss)

    def look(self, flow: Flow, now_s: float) -> Passage:
        """How a unicast gets through from now on, and until when."""
        coming = self._coming.get(flow)
        if not coming:
            coming = self._coming[flow] = self._price(flow, self._spans(flow, now_s))[::-1]
        passage = coming.pop()
        if not coming:
            del self._coming[flow]
        return passage

    def forget(self, flow: Flow) -> None:
        """A unicast is over."""
        self._coming.pop(flow, None)

    def _spans(self, flow: Flow, now_s: float) -> tuple[Floats, Floats]:
        """Ends of the next spans of time in which nothing changes, and a time in each that stands for it.

        A block of fading lasts for so short a way that the mean ratio stays; else the ends' way counts.
        """
        itself = np.asarray([flow.destination])
        block_s = float(self._budget.block_s(flow.sender, itself)[0]) if self._fades else math.inf
        if math.isinf(block_s):
            until_s = self._steady_until_s(flow, now_s) if self._moving else ALWAYS_S
            return np.array([until_s]), np.array([0.5 * (now_s + until_s) if until_s < ALWAYS_S else now_s])
        first = math.floor(now_s / block_s)
        while (first + 1) * block_s <= now_s:
            first += 1
        blocks: Floats = np.arange(first, first + BLOCKS, dtype=np.float64)
        return (blocks + 1) * block_s, (blocks + 0.5) * block_s

    def _steady_until_s(self, flow: Flow, now_s: float) -> float:
        """How long motion changes the mean ratio by no more than the budget's resolution: at least a frame."""
        times_s: Floats = now_s + self._steady_s(flow) * np.arange(AHEAD + 1.0)
        mean_db = self._budget.mean_db(flow.sender, np.asarray([flow.destination]), times_s)[:, 0]
        changed = np.abs(mean_db - mean_db[0]) > RESOLUTION_DB
        steps = int(changed.argmax()) - 1 if changed.any() else AHEAD
        return float(times_s[max(steps, 1)])

    def _steady_s(self, flow: Flow) -> float:
        """For so long motion cannot change it as much, from where they were at the beginning; at least a frame."""
        budget = self._budget
        way_m = min(STEADY_CHANGE * flow.coverage.reach.distance_m[0], budget.steady_m)
        return max(way_m / (2.0 * budget.trajectories.max_speed_m_per_s), flow.frame_s)

    def _price(self, flow: Flow, spans: tuple[Floats, Floats]) -> list[Passage]:
        until_s, times_s = spans
        coverage, radio, there = flow.coverage, flow.coverage.radio, bool(flow.coverage.detects[0])
        snr_db = self._between_db(flow.sender, flow.destination, times_s)
        back_db = self._between_db(flow.destination, flow.sender, times_s)
        distance_m = coverage.reach.distance_m[0]
        rates = radio.frame_error_rate(snr_db, coverage.frame_bytes)
        loss = np.where(radio.hears(snr_db, distance_m) & there, rates, 1.0)
        answered = radio.hears(back_db, distance_m) & flow.answered
        answer_loss = np.where(answered, radio.ack_error_rate(back_db), 1.0)
        return [Passage(*row) for row in zip(until_s.tolist(), loss.tolist(), answer_loss.tolist(), strict=True)]

    def _between_db(self, sender: int, hearer: int, times_s: Floats) -> Floats:
        """Ratio at one hearer at times."""
        budget, itself = self._budget, np.asarray([hearer])
        mean_db = budget.mean_db(sender, itself, times_s if self._moving else times_s[:1])
        return (mean_db + (budget.fade_db(sender, itself, times_s) if self._fades else 0.0))[:, 0]
