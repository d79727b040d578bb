"""What a transfer has to do on the air, in seconds of work: the time it would take if nobody else sent.

Shared air slows work down but leaves it what it is. Frames end where the work of all before them is done.
"""

import math
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.arq import binomial_quantile
from cosim.sim.radio import Frames

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

ROUNDING = 1e-9
"""Work counts as done when so small a part of a frame is missing."""


class Work(Protocol):
    """The frames of a transfer, in order.

    Attributes:
        left_s: work still to be done when it was last looked at.
        air_s: air time of all frames, those done included, as far as they are known.
        answers_s: the same of acknowledgements.
    """

    left_s: float
    air_s: float
    answers_s: float

    @property
    def ends_s(self) -> Floats:
        """When each fragment is over; inf for those that are not yet."""
        ...

    def stumble(self, cost_s: float) -> None:
        """The first frame goes out together with others', and takes so much work; it must not have begun."""
        ...

    def advance(self, since_s: float, work_s: float, speed: float) -> None:
        """So much work was done since a time, at a speed."""
        ...


@final
class Once:
    """Each fragment once: a broadcast."""

    __slots__ = ("_frames", "_full_s", "_pieces", "_saved_s", "_total_s", "air_s", "answers_s", "left_s")

    def __init__(self, frames: Frames, full_s: float, last_s: float) -> None:
        """Fragments that take so much work each, the last one some other."""
        self._frames = frames
        self._full_s = full_s
        self._saved_s = 0.0
        self._total_s = self.left_s = (frames.count - 1) * full_s + last_s
        self._pieces: list[tuple[float, float, float]] = []
        self.air_s = (frames.count - 1) * frames.full_airtime_s + frames.last_airtime_s
        self.answers_s = 0.0

    def stumble(self, cost_s: float) -> None:
        """The first frame takes so much work, not more."""
        first_s = self._full_s if self._frames.count > 1 else self._total_s
        self._saved_s = max(first_s - cost_s, 0.0)
        self._total_s -= self._saved_s
        self.left_s = self._total_s

    def advance(self, since_s: float, work_s: float, speed: float) -> None:
        """See Work."""
        self._pieces.append((since_s, self._total_s - self.left_s, speed))
        self.left_s -= work_s

    @property
    def ends_s(self) -> Floats:
        """See Work."""
        ahead: Floats = np.arange(1.0, self._frames.count + 1.0) * self._full_s - self._saved_s
        ahead[-1] = self._total_s
        if not self._pieces:
            return np.full(len(ahead), np.inf)
        since_s, before_s, speed = np.asarray(self._pieces).T
        piece = before_s.searchsorted(ahead, "left") - 1
        ends_s = since_s[piece] + (ahead - before_s[piece]) / speed[piece]
        return np.where(ahead <= self._total_s - self.left_s + ROUNDING * self._full_s, ends_s, np.inf)


class Repeated:
    """Each fragment until it is acknowledged, at most as often as its sender tries: a unicast.

    An attempt fails with probability f. The draw u of a fragment says how much bad luck, counted as -ln f for each
    attempt that fails, it takes before one succeeds: -ln(1 - u). Where f stays, attempts are those of `arq.repeat`;
    where it changes on the way, what was suffered before counts, so that it does not matter how time is split.
    """

    __slots__ = (
        "_ahead", "_answer_s", "_costs_s", "_credit_s", "_draws", "_first_toll", "_frames", "_luck", "_made", "_most",
        "_silent", "_silent_before", "_suffered", "_toll", "acknowledged", "air_s", "answers", "answers_s",
        "attempts", "delivered", "done", "ends_s", "left_s",
    )  # fmt: skip

    def __init__(
        self, frames: Frames, draws: Floats, full_s: list[float], last_s: list[float], answer_s: float
    ) -> None:
        """Fragments with draws (2, fragments), and what n attempts at a full frame and at the last one cost."""
        count = frames.count
        self._frames = frames
        self._draws = draws
        self._luck: Floats = -np.log1p(-draws[0])
        self._costs_s = np.asarray(full_s), np.asarray(last_s)
        self._most = len(full_s) - 1
        self._answer_s = answer_s
        self.attempts: Counts = np.zeros(count, dtype=np.int64)
        self.answers: Counts = np.zeros(count, dtype=np.int64)
        self.acknowledged = np.zeros(count, dtype=np.bool_)
        self.delivered = np.zeros(count, dtype=np.bool_)
        self.ends_s: Floats = np.full(count, np.inf)
        self.done = 0
        self.left_s = self.air_s = self.answers_s = 0.0
        # Of the fragment under way: attempts, bad luck, silent arrivals to be expected, and work on the next attempt.
        self._made = 0
        self._suffered = self._silent_before = self._credit_s = 0.0
        self._silent = self._toll = self._first_toll = 0.0
        self._ahead: Floats = np.zeros(0)

    def stumble(self, cost_s: float) -> None:
        """The first attempt, which takes so much work, fails for certain."""
        if self._most > 1:
            self._made = 1
            self._credit_s = -cost_s

    def plan(self, loss: float, answer_loss: float, again: float = 1.0) -> None:
        """From now on an attempt does not arrive with one probability, and its answer with another.

        `again` are the chances of a repetition over those of a first attempt; the mean over all stays what it is, as
        far as repetitions without end would have it.
        """
        first = self.done
        if first == len(self.attempts):
            return
        success = (1.0 - loss) * (1.0 - answer_loss)
        failure = 1.0 - success
        # With s the mean, f the first and a f the later success: of attempts the share f / (f + a) are first ones.
        first_success = min(success / (1.0 - (1.0 - again) * failure), 1.0) if success > 0.0 else 0.0
        self._first_toll, self._toll = _toll(1.0 - first_success), _toll(1.0 - again * first_success)
        self._silent = max(failure - loss, 0.0) / failure if failure > 0.0 else 0.0
        self._try(first)
        failed = self.attempts[first:] - self.acknowledged[first:]
        chance = np.full(len(failed), self._silent)
        if failed[0]:
            chance[0] = min((self._silent_before + (failed[0] - self._made) * self._silent) / failed[0], 1.0)
        silent = binomial_quantile(self._draws[1][first:], failed, chance)
        self.answers[first:] = silent + self.acknowledged[first:]
        self.delivered[first:] = self.answers[first:] > 0
        self._price(first)

    def _try(self, first: int) -> None:
        """How often the fragments from one on will be sent, and whether their sender will know that they arrived."""
        luck = self._luck[first:].copy()
        luck[0] = max(luck[0] - self._suffered, 0.0)
        if self._toll == 0.0:
            tries = np.full(len(luck), np.inf)
        else:
            first_toll = np.full(len(luck), self._first_toll)
            first_toll[0] = self._toll if self._made else self._first_toll
            with np.errstate(invalid="ignore"):
                tries = 1.0 + np.ceil(np.maximum(luck - first_toll, 0.0) / self._toll)
            tries[luck <= first_toll] = 1.0
        tries[0] += self._made
        self.acknowledged[first:] = tries <= self._most
        self.attempts[first:] = np.minimum(tries, self._most)

    def _price(self, first: int) -> None:
        costs_s = self._costs_of(first)
        costs_s[0] = max(costs_s[0] - self._cost_s(first)[self._made] - self._credit_s, 0.0)
        self._ahead = np.cumsum(costs_s)
        self.left_s = float(self._ahead[-1])
        frames, last = self._frames, int(self.attempts[-1])
        self.air_s = (int(self.attempts.sum()) - last) * frames.full_airtime_s + last * frames.last_airtime_s
        self.answers_s = int(self.answers.sum()) * self._answer_s

    def _costs_of(self, first: int) -> Floats:
        """What the attempts at each fragment from one on take."""
        full_s, last_s = self._costs_s
        costs_s = full_s[self.attempts[first:]]
        costs_s[-1] = last_s[self.attempts[-1]]
        return costs_s

    def _cost_s(self, fragment: int) -> Floats:
        return self._costs_s[fragment == len(self.attempts) - 1]

    def advance(self, since_s: float, work_s: float, speed: float) -> None:
        """See Work; a new plan must follow."""
        if work_s <= 0.0:
            return
        first, near_s = self.done, ROUNDING * self._costs_s[0][1]
        finished = int(self._ahead.searchsorted(work_s + near_s, "right"))
        self.ends_s[first : first + finished] = since_s + self._ahead[:finished] / speed
        self.left_s = max(self.left_s - work_s, 0.0)
        if finished:
            work_s -= float(self._ahead[finished - 1])
            self.done = first + finished
            self._made, self._suffered, self._silent_before, self._credit_s = 0, 0.0, 0.0, 0.0
        if self.done < len(self.attempts):
            self._go_on(max(work_s, 0.0), near_s)

    def _go_on(self, work_s: float, near_s: float) -> None:
        """So much work was done on the fragment under way."""
        costs_s, made = self._cost_s(self.done), self._made
        reached_s = costs_s[made] + self._credit_s + work_s
        now_made = min(int(costs_s.searchsorted(reached_s + near_s, "right")) - 1, int(self.attempts[self.done]) - 1)
        now_made = max(now_made, made)
        failed = now_made - made
        self._made = now_made
        if failed:
            first_toll = self._toll if made else self._first_toll
            self._suffered += first_toll + (self._toll * (failed - 1) if failed > 1 else 0.0)
        self._silent_before += failed * self._silent
        self._credit_s = float(reached_s - costs_s[now_made])


def _toll(failure: float) -> float:
    """Bad luck of an attempt that fails with a probability."""
    return -math.log(failure) if 0.0 < failure < 1.0 else (0.0 if failure >= 1.0 else math.inf)
