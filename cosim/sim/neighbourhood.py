"""Who may hear whom for a while: a search in space that loses nobody.

Time is cut into windows. In the middle of each a tree of the places is searched, to a radius that is enlarged by what
two peers can move towards each other until the window ends. The radius is the largest distance at which the least
possible loss lets a frame be noticed: shadowing is bounded by its luckiest draw. Of the pairs found, those go whose own
shadowing keeps them out of reach. What is left are candidates, and an exact look at the time in question decides.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from cosim.sim.candidates import MOST_PAIRS, Candidates, Everybody, Few, Pairs
from cosim.sim.mobility import Trajectories
from cosim.sim.propagation import Bounded, Loss, least_loss_db, total_loss_db
from cosim.sim.radio import Limited, Radio

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]

MARGIN_DB = 1e-6
"""Added to every bound, far above what rounding does to a sum of losses."""
MARGIN_M = 1e-6
"""Added to every radius, far above what rounding does to a place."""
MOST_SHARE = 2.0
"""In a window a distance changes by at most this share of the reach without luck: nine times as many candidates."""
MOST_WINDOWS = 8
"""Windows kept at once: transfers that wait for their turn are priced ahead."""
BLOCK = 4096
"""Pairs whose losses are computed together: they stay in the caches (2.5 times as fast as a million, measured)."""

LEVELS_DB = np.arange(401.0)
"""Losses of which spans are known."""


class Neighbourhood:
    """Candidates by sender and time."""

    def __init__(
        self,
        trajectories: Trajectories,
        propagation: Sequence[Loss],
        radio: Radio,
        powers_dbm: Floats,
        seed: int,
    ) -> None:
        self._trajectories = trajectories
        self._fixed = tuple(part for part in propagation if part.fixed)
        self._changing = tuple(part for part in propagation if not part.fixed)
        self._radio = radio
        self._powers_dbm = powers_dbm.copy()
        self._seed = seed
        self._farthest_m, self._most_db = np.inf, np.full(len(powers_dbm), np.inf)
        self._limit()
        self._bounded = math.isfinite(self._farthest_m) or (
            bool(np.isfinite(self._most_db).all()) and all(isinstance(part, Bounded) for part in self._changing)
        )
        self._span_s = self._choose_span_s()
        self._windows: dict[int, Candidates] = {}
        self._spans_m: Floats | None = None

    def _limit(self) -> None:
        if isinstance(self._radio, Limited):
            self._farthest_m = self._radio.farthest_m
            self._most_db = np.asarray(self._radio.most_loss_db(self._powers_dbm), dtype=np.float64)

    def _choose_span_s(self) -> float:
        """Length of a window; infinite where nothing moves, or all are candidates anyway.

        Long windows mean few searches and many candidates. The farther luck may reach, the more a search costs.
        """
        speed_m_per_s = self._trajectories.max_speed_m_per_s if self._trajectories.moving else 0.0
        if not self._bounded or speed_m_per_s == 0.0:
            return math.inf
        most_db = self._most_db.max(keepdims=True)
        reach_m = float(self._radii_m(most_db, self._changing)[0])
        luck = float(self._radii_m(most_db, self._fixed + self._changing)[0]) / max(reach_m, MARGIN_M)
        return max(1.0, min(0.5 * math.sqrt(luck), MOST_SHARE) * reach_m) / speed_m_per_s

    def admit(self, peer: int, power_dbm: float) -> None:
        """A peer may send with this power from now on; so may all, in order that one search serves them if they do."""
        if power_dbm > self._powers_dbm[peer]:
            self._powers_dbm = np.maximum(self._powers_dbm, power_dbm)
            self._limit()
            self._windows.clear()

    def at(self, time_s: float) -> Candidates:
        """Candidates at a time."""
        number = 0 if self._span_s == math.inf else int(time_s // self._span_s)
        known = self._windows.get(number)
        if known is None:
            if len(self._windows) >= MOST_WINDOWS:
                del self._windows[min(self._windows)]
            known = self._windows[number] = self._candidates(number)
        return known

    def span_m(self, most_db: float) -> float:
        """The largest distance at which a chain may lose no more than this, in steps of 1 dB."""
        spans_m = self._spans_m
        if spans_m is None:
            spans_m = self._spans_m = self._radii_m(LEVELS_DB, self._fixed + self._changing)
        return float(spans_m[min(max(math.ceil(most_db), 0), len(spans_m) - 1)])

    @property
    def earshot_m(self) -> float:
        """Nobody notices a frame from farther away."""
        most_db = float(self._most_db.max())
        return self.span_m(most_db) if math.isfinite(most_db) else self._farthest_m

    def fixed_db(self, senders: Peers, hearers: Peers) -> Floats:
        """Losses of pairs that depend on nothing but the pair [dB]."""
        losses_db = np.zeros(len(senders))
        for first in range(0, len(senders) if self._fixed else 0, BLOCK):
            some = slice(first, first + BLOCK)
            nowhere = np.ones(len(senders[some]))
            losses_db[some] = total_loss_db(self._fixed, nowhere, senders[some], hearers[some], self._seed)
        return losses_db

    # The search

    def _candidates(self, number: int) -> Candidates:
        peers = len(self._powers_dbm)
        if not self._bounded:
            return Everybody(peers, self.fixed_db)
        middle_s = 0.0 if self._span_s == math.inf else (number + 0.5) * self._span_s
        drift_m = 0.0
        if self._span_s < math.inf:
            drift_m = self._trajectories.max_speed_m_per_s * self._span_s
        found = list(self._search(self._trajectories.positions_m(middle_s), drift_m + MARGIN_M))
        return Few(peers, Pairs(*(np.concatenate(column) for column in zip(*found, strict=True))))

    def _search(self, places_m: Floats, drift_m: float) -> Iterator[Pairs]:
        """Pairs within reach of each other, some senders at a time, those of like reach together."""
        tree = cKDTree(places_m)
        extent_m = float(np.hypot(*np.ptp(places_m, axis=0)))
        radii_m = self._radii_m(self._most_db, self._fixed + self._changing, extent_m) + drift_m
        order = np.argsort(radii_m, kind="stable")
        width = len(order)
        while len(order):
            senders, radius_m = order[-width:], float(radii_m[order[-1]])
            own = cKDTree(places_m[senders])
            pairs = int(own.count_neighbors(tree, radius_m))
            if pairs > MOST_PAIRS and width > 1:
                width = max(1, width * MOST_PAIRS // (2 * pairs))
                continue
            found = own.sparse_distance_matrix(tree, radius_m, output_type="ndarray")
            yield self._plausible(senders[found["i"]], found["j"].astype(np.int64), found["v"] - drift_m)
            order = order[:-width]

    def _plausible(self, senders: Peers, hearers: Peers, nearest_m: Floats) -> Pairs:
        """Those pairs that may be in reach, of which is known how near they come."""
        nearest_m = np.maximum(nearest_m, 0.0)
        rest_db = self._most_db[senders] + MARGIN_DB - least_loss_db(self._changing, nearest_m)
        luckiest_db = least_loss_db(self._fixed, np.zeros(1))
        some = np.flatnonzero((senders != hearers) & (nearest_m <= self._farthest_m) & (luckiest_db <= rest_db))
        senders, hearers, rest_db = senders[some], hearers[some], rest_db[some]
        fixed_db = self.fixed_db(senders, hearers)
        some = np.flatnonzero(fixed_db <= rest_db)
        return Pairs(senders[some], hearers[some], fixed_db[some])

    def _radii_m(self, most_db: Floats, chain: Sequence[Loss], extent_m: float = 1e8) -> Floats:
        """The largest distances at which a chain may lose no more than this, up to an extent; by bisection."""
        levels_db, which = np.unique(most_db, return_inverse=True)
        low, high = np.zeros(len(levels_db)), np.full(len(levels_db), min(extent_m, self._farthest_m))
        low = np.where(least_loss_db(chain, high) <= levels_db + MARGIN_DB, high, low)
        for _ in range(100):
            middle = 0.5 * (low + high)
            near = least_loss_db(chain, middle) <= levels_db + MARGIN_DB
            low, high = np.where(near, middle, low), np.where(near, high, middle)
        return high[which]
