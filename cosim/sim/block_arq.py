"""Stop-and-wait repetition over a link whose loss changes from block to block.

Within a block attempts are independent and fail with one probability, so the number that a frame needs is geometric
(see `arq`). Over several blocks it is the least n whose product of failures is not above 1 - u for the frame's draw u;
in one block that is the closed form. Attempts that follow each other in one fade share its loss, which correlates them.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim.sim.arq import Repeated, binomial_quantile

Floats = NDArray[np.float64]
Quality = Callable[[int], tuple[float, float]]
"""From the number of a block to the loss of a frame in it, and of its acknowledgement."""


class Run(NamedTuple):
    """Frames of one length, sent one after the other.

    Attributes:
        cycle_s: from one attempt to the next.
        middle_s: from the beginning of an attempt to the middle of its frame, whose block counts.
        quality: what is lost in a block.
    """

    cycle_s: float
    middle_s: float
    quality: Quality


class _Tally:
    """What has become of the frames so far."""

    def __init__(self, draws: Floats, max_attempts: int) -> None:
        self.max_attempts = max_attempts
        self.attempts = np.zeros(len(draws), dtype=np.int64)
        self.acknowledged = np.zeros(len(draws), dtype=np.bool_)
        self.arrivals = np.zeros(len(draws))
        """Expected arrivals among the attempts that failed."""
        with np.errstate(divide="ignore"):
            self.left = np.log1p(-draws)
        """Logarithm of what the failures still to come must multiply to."""


def repeat_in_blocks(
    draws: Floats, start_s: float, block_s: float, runs: tuple[tuple[int, Run], ...], max_attempts: int
) -> Repeated:
    """Draw the fate of frames sent one after the other, each repeated until it is acknowledged.

    Args:
        draws: uniforms, shape (2, frames): number of attempts; number of arrivals not acknowledged.
        start_s: when the first attempt begins.
        block_s: length of the blocks, which begin at multiples of it.
        runs: how many frames of each kind, in order.
        max_attempts: the most transmissions of a frame in all.

    Returns:
        The fate of each frame. Arrivals that were not acknowledged are drawn from the mean over the blocks of a frame,
        which is exact where it stays in one.
    """
    tally = _Tally(draws[0], max_attempts)
    first, now_s = 0, start_s
    for count, run in runs:
        now_s = _send(tally, first, first + count, now_s, block_s, run)
        first += count
    failed = tally.attempts - tally.acknowledged
    share = np.divide(tally.arrivals, failed, out=np.zeros(len(failed)), where=failed > 0)
    silent = binomial_quantile(draws[1], failed, np.clip(share, 0.0, 1.0))
    return Repeated(tally.attempts, tally.acknowledged | (silent > 0), tally.acknowledged, silent + tally.acknowledged)


def _send(tally: _Tally, first: int, end: int, now_s: float, block_s: float, run: Run) -> float:
    """Send frames first to end - 1, block after block; when the last is done."""
    while first < end:
        middle_s = now_s + run.middle_s
        block = math.floor(middle_s / block_s)
        room = max(1, math.ceil(((block + 1) * block_s - middle_s) / run.cycle_s))
        loss, answer_loss = run.quality(block)
        done, used = _in_block(tally, first, min(end, first + room), room, loss, answer_loss)
        first += done
        now_s += used * run.cycle_s
    return now_s


def _in_block(tally: _Tally, first: int, end: int, room: int, loss: float, answer_loss: float) -> tuple[int, int]:
    """Send frames of which the first may have been sent already, with room for so many attempts.

    Returns:
        Frames that are done, and attempts made.
    """
    some = slice(first, end)
    failure = 1.0 - (1.0 - loss) * (1.0 - answer_loss)
    allowed = tally.max_attempts - tally.attempts[some]
    needed = _needed(tally.left[some], failure)
    making = np.minimum(needed, allowed)
    total = np.cumsum(making)
    done = int(np.searchsorted(total, room, side="right"))
    made = making.astype(np.int64)
    used = int(total[done - 1]) if done else 0
    if done < len(made):
        # The frame under way when the block ends goes on in the next one.
        made[done], made[done + 1 :] = room - used, 0
        used = room
    success = needed <= allowed
    success[done:] = False
    tally.attempts[some] += made
    tally.acknowledged[some] |= success
    arrived = (failure - loss) / failure if failure > 0.0 else 0.0
    tally.arrivals[some] += arrived * (made - success)
    if done < len(made) and 0.0 < failure < 1.0:
        tally.left[first + done] -= made[done] * math.log(failure)
    return done, used


def _needed(left: Floats, failure: float) -> Floats:
    """Attempts until the product of failures has fallen to what is left."""
    if failure <= 0.0:
        return np.ones(len(left))
    if failure >= 1.0:
        return np.full(len(left), np.inf)
    return np.maximum(np.ceil(left / math.log(failure)), 1.0)
