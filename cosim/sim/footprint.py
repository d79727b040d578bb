"""Whom the frames of a station meet: who may notice them, and whom they merely disturb.

Powers are ratios to the noise of each hearer. A frame counts as interference wherever it arrives at most 20 dB below
noise; farther away it is forgotten. What is forgotten of a hundred such frames at once raises the noise by 3 dB at
most, of one by 0.04 dB.
"""

from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.budget import STEADY_CHANGE, Budget

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]
Positions = NDArray[np.int64]

WEAKEST_DB = -20.0
"""Interference below this ratio to noise is not counted [dB]."""
LUCK_DB = 12.0
"""Who could notice a frame if fading lifted it so far is looked at: of Rayleigh's draws 1.3e-7 exceed that [dB]."""


@final
class Footprint:
    """Whom a station's frames meet, for as long as nothing moves or is tuned.

    The first `near` of the ids may notice them, in rising order; the rest are only disturbed. `ratio` is the power over
    noise of each, `detects` says which of the near ones notice a frame without luck.
    """

    __slots__ = (
        "circle", "detects", "distance_m", "everyone", "ids", "near", "near_ids", "near_list", "near_ratio", "ratio",
        "snr_db", "until_s",
    )  # fmt: skip

    def __init__(
        self, sender: int, ids: Peers, near: int, snr_db: Floats, distance_m: Floats, detects: NDArray[np.bool_]
    ) -> None:
        self.ids = ids
        self.near = near
        self.near_ids = ids[:near]
        self.near_list: list[int] = ids[:near].tolist()
        self.ratio: Floats = 10.0 ** (snr_db / 10.0)
        self.near_ratio = self.ratio[:near]
        self.snr_db = snr_db[:near]
        self.distance_m = distance_m[:near]
        self.detects = detects
        self.circle = np.append(self.near_ids, sender)
        self.everyone = np.append(ids, sender)
        self.until_s = float("inf")


class Footprints:
    """The footprints of all stations; one is kept until motion could change a ratio by 0.25 dB."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._fades = budget.fades
        self._known: dict[int, Footprint] = {}
        self._tunings = 0
        self._everybody = np.arange(len(budget.powers_dbm))

    def of(self, sender: int, time_s: float) -> Footprint:
        """The footprint of a frame that begins at a time."""
        if self._tunings != self._budget.tunings:
            self._tunings = self._budget.tunings
            self._known.clear()
        known = self._known.get(sender)
        if known is None or time_s >= known.until_s:
            known = self._known[sender] = self._measure(sender, time_s)
        return known

    def _measure(self, sender: int, time_s: float) -> Footprint:
        budget, channels = self._budget, self._budget.channels
        others = np.flatnonzero((channels == channels[sender]) & (self._everybody != sender))
        snr_db, distance_m = budget.quality(sender, others, time_s)
        lucky_db = snr_db + LUCK_DB if self._fades else snr_db
        near = budget.radio.hears(lucky_db, distance_m)
        order = np.concatenate([np.flatnonzero(near), np.flatnonzero(~near & (lucky_db >= WEAKEST_DB))])
        count = int(near.sum())
        detects = budget.radio.hears(snr_db, distance_m)[order[:count]]
        found = Footprint(sender, others[order], count, snr_db[order], distance_m[order], detects)
        if budget.moving:
            found.until_s = time_s + self._steady_s(distance_m[order])
        return found

    def _steady_s(self, distance_m: Floats) -> float:
        """How long no ratio changes by more than the budget's resolution; newcomers at the edge come as late."""
        speed_m_per_s = 2.0 * self._budget.trajectories.max_speed_m_per_s
        if not len(distance_m):
            return 0.0
        return min(STEADY_CHANGE * float(distance_m.min()), self._budget.steady_m) / speed_m_per_s

    def fading_db(self, sender: int, footprint: Footprint, time_s: float, frame_s: float) -> Floats | None:
        """Gain of fast fading at all whom a frame of some length meets [dB]; None where nothing fades."""
        if not self._fades:
            return None
        self._budget.note_frame(sender, footprint.near_ids, frame_s)
        return self._budget.fade_db(sender, footprint.ids, np.array([time_s]))[0]
