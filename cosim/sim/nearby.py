"""Active senders by place: only those near enough to disturb each other are looked at."""

from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.budget import Budget
from cosim.sim.flow import Flow

Floats = NDArray[np.float64]

SOME = 16
"""Places for flows that there are at first."""


NOWHERE = [[np.inf], [0.0], [-np.inf]]
"""Of a place without a flow."""


@final
class Nearby:
    """Flows on the air, each with the distance from which on nobody disturbs its hearers.

    Those that move come nearer by at most their speed since they began.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._speed_m_per_s = 2.0 * budget.trajectories.max_speed_m_per_s if budget.moving else 0.0
        self._places_m: list[list[float]] = [] if budget.moving else budget.positions_m(0.0).tolist()
        self._flows: list[Flow | None] = []
        self._free: list[int] = []
        self._place: dict[Flow, int] = {}
        self._turn = 0
        # Of each place: x and y of the sender, the distance, when it began, and the turn in which it came.
        self._figures: Floats = np.zeros((5, 0))

    def enter(self, flow: Flow, farthest_m: float, now_s: float) -> list[tuple[Flow, bool, bool]]:
        """A flow begins: whom it may disturb or be disturbed by, in the order they came, and which of the two."""
        x_m, y_m = self._places_m[flow.sender] if self._places_m else self._budget.place_m(flow.sender, now_s)
        found = self._around(x_m, y_m, farthest_m, now_s)
        if not self._free:
            self._widen()
        place = self._free.pop()
        self._flows[place], self._place[flow] = flow, place
        self._turn += 1
        self._figures[:, place] = x_m, y_m, farthest_m, now_s, self._turn
        return found

    def _around(self, x_m: float, y_m: float, farthest_m: float, now_s: float) -> list[tuple[Flow, bool, bool]]:
        their_x_m, their_y_m, theirs_m, begun_s, turn = self._figures
        distance_m = np.hypot(their_x_m - x_m, their_y_m - y_m) - self._speed_m_per_s * (now_s - begun_s)
        # Not a number means unknown, or nobody there: never farther than anything.
        near = np.flatnonzero(~(distance_m > np.maximum(theirs_m, farthest_m)))
        if not len(near):
            return []
        near = near[turn[near].argsort()]
        disturbed, disturbing = ~(distance_m[near] > farthest_m), ~(distance_m[near] > theirs_m[near])
        found: list[tuple[Flow, bool, bool]] = []
        for place, victim, culprit in zip(near.tolist(), disturbed.tolist(), disturbing.tolist(), strict=True):
            flow = self._flows[place]
            if flow is not None:
                found.append((flow, victim, culprit))
        return found

    def leave(self, flow: Flow) -> None:
        """A flow ends."""
        place = self._place.pop(flow)
        self._flows[place] = None
        self._figures[:3, place] = np.inf, 0.0, -np.inf
        self._free.append(place)

    def _widen(self) -> None:
        more = max(len(self._flows), SOME)
        self._free.extend(range(len(self._flows) + more - 1, len(self._flows) - 1, -1))
        self._flows.extend([None] * more)
        wider = np.zeros((5, len(self._flows)))
        wider[:3] = NOWHERE
        wider[:, : self._figures.shape[1]] = self._figures
        self._figures = wider
