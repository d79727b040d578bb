"""Work on an air that may be refused: a frame that never finds it idle is given up without being sent."""

import math
from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.radio import Frames
from cosim.sim.work import Repeated

Floats = NDArray[np.float64]


@final
class Contending(Repeated):
    """Fragments that are sent until they are acknowledged, or once, or are refused the air before that.

    Each attempt is refused with a probability r. As with what goes wrong on the air, one draw u of a fragment says how
    much bad luck, counted as -ln(1 - r) for each attempt, it takes until one is refused: -ln(1 - u).
    """

    __slots__ = ("_access", "_refusal_s", "_refusal_toll", "_refused", "_strain")

    def __init__(
        self, frames: Frames, draws: Floats, access: Floats, full_s: list[float], last_s: list[float],
        refusal_s: float, answer_s: float = 0.0,
    ) -> None:  # fmt: skip
        """See Repeated; of each fragment one draw for finding the air idle, and the cost of finding it busy."""
        super().__init__(frames, draws, full_s, last_s, answer_s)
        self._access: Floats = -np.log1p(-access)
        self._refusal_s = refusal_s
        self._refusal_toll = self._strain = 0.0
        self._refused = np.zeros(frames.count, dtype=np.bool_)

    def refuse(self, chance: float) -> None:
        """From now on an attempt finds no idle air with this probability; a plan must follow."""
        self._refusal_toll = -math.log1p(-min(chance, 1.0 - 1e-9))

    def _try(self, first: int) -> None:
        super()._try(first)
        if self._refusal_toll == 0.0:
            self._refused[first:] = False
            return
        luck = self._access[first:].copy()
        luck[0] = max(luck[0] - self._strain, 0.0)
        granted = np.floor(luck / self._refusal_toll)
        granted[0] += self._made
        tries = self.attempts[first:]
        self._refused[first:] = granted < tries
        self.acknowledged[first:] &= granted >= tries
        self.attempts[first:] = np.minimum(granted, tries)

    def _costs_of(self, first: int) -> Floats:
        return super()._costs_of(first) + self._refused[first:] * self._refusal_s

    def advance(self, since_s: float, work_s: float, speed: float) -> None:
        """See Work."""
        done, made = self.done, self._made
        super().advance(since_s, work_s, speed)
        if self.done > done:
            self._strain, made = 0.0, 0
        self._strain += (self._made - made) * self._refusal_toll
