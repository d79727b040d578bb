"""Stop-and-wait repetition of frames, drawn in closed form.

One attempt at a frame fails to arrive with probability p, and its acknowledgement, sent only if it
arrived, is lost with probability q. The sender repeats until it hears an acknowledgement or has made
M attempts. With s = (1 - p)(1 - q) the number of attempts is a geometric variable cut at M:
P(attempts > n) = (1 - s)^n for n < M, hence E[attempts] = (1 - (1 - s)^M) / s and
P(not acknowledged) = (1 - s)^M (Bertsekas and Gallager, Data Networks, 2nd ed., section 2.4.1).
An attempt that failed did arrive, and only its acknowledgement was lost, with probability
(1 - p) q / (1 - s), independently of the other attempts: their number is binomial.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Repeated(NamedTuple):
    """What became of each frame.

    Attributes:
        attempts: times it was sent.
        delivered: whether it arrived at least once.
        acknowledged: whether the sender learned so.
        acknowledgements: acknowledgements the receiver sent.
    """

    attempts: Counts
    delivered: NDArray[np.bool_]
    acknowledged: NDArray[np.bool_]
    acknowledgements: Counts


class Exchange(NamedTuple):
    """What became of the frames of one message.

    Attributes:
        attempts: times each frame was sent.
        delivered: whether each arrived at least once.
        acknowledged: whether the sender learned so, of each.
        sent: frames sent in all.
        sent_last: times the last frame was sent.
        answers: acknowledgements sent in all.
    """

    attempts: Counts
    delivered: tuple[bool, ...]
    acknowledged: tuple[bool, ...]
    sent: int
    sent_last: int
    answers: int


def exchanges(frames: Repeated, count: int) -> list[Exchange]:
    """Messages of so many frames each, whose frames were repeated one after the other."""
    attempts = frames.attempts.reshape(-1, count)
    columns = (
        attempts,
        map(tuple, frames.delivered.reshape(-1, count).tolist()),
        map(tuple, frames.acknowledged.reshape(-1, count).tolist()),
        attempts.sum(axis=1).tolist(),
        attempts[:, -1].tolist(),
        frames.acknowledgements.reshape(-1, count).sum(axis=1).tolist(),
    )
    return [Exchange(*row) for row in zip(*columns, strict=True)]


def repeat(draws: Floats, loss: Floats, acknowledgement_loss: float, max_attempts: int) -> Repeated:
    """Draw the fate of frames sent with repetition.

    Args:
        draws: uniforms, shape (2, frames): number of attempts; number of arrivals not acknowledged.
        loss: probability p that one attempt does not arrive, per frame, in [0, 1].
        acknowledgement_loss: probability q that an acknowledgement is lost, in [0, 1].
        max_attempts: M, at least 1; the total number of transmissions of a frame.

    Returns:
        The fate of each frame; attempts rise with the first draw, so settings compare under common draws.
    """
    failure = 1.0 - (1.0 - loss) * (1.0 - acknowledgement_loss)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.ceil(np.log1p(-draws[0]) / np.log(failure))
    needed = np.where(failure <= 0.0, 1.0, np.where(failure >= 1.0, np.inf, np.maximum(needed, 1.0)))
    acknowledged = needed <= max_attempts
    attempts = np.minimum(needed, max_attempts).astype(np.int64)
    failed = attempts - acknowledged
    arrived = np.divide(failure - loss, failure, out=np.zeros_like(failure), where=failure > 0.0)
    silent = binomial_quantile(draws[1], failed, np.clip(arrived, 0.0, 1.0))
    return Repeated(attempts, acknowledged | (silent > 0), acknowledged, silent + acknowledged)


def binomial_quantile(draws: Floats, trials: Counts, probability: Floats) -> Counts:
    """The least k with P(Binomial(trials, probability) <= k) above a draw in [0, 1): arrays of one shape."""
    successes = np.zeros(len(draws), dtype=np.int64)
    if not trials.any():
        return successes
    possible = probability < 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        log_odds = np.log(probability) - np.log1p(-probability)
        log_term = np.where(trials > 0, trials * np.log1p(-probability), 0.0)
        below = np.where(possible, np.exp(log_term), 0.0)
        for k in range(int(trials.max())):
            more = (draws >= below) & (k < trials) & (probability > 0.0)
            if not more.any():
                break
            successes[more] = k + 1
            log_term = log_term + np.log(np.maximum(trials - k, 0) / (k + 1)) + log_odds
            # With certain success no number below that of the trials has any weight.
            below = np.where(possible, below + np.exp(log_term), 0.0)
    return successes


def expected_attempts(loss: float, acknowledgement_loss: float, max_attempts: int) -> float:
    """Mean number of attempts, (1 - (1 - s)^M) / s with s = (1 - p)(1 - q); M where s = 0."""
    success = (1.0 - loss) * (1.0 - acknowledgement_loss)
    return float(max_attempts) if success == 0.0 else (1.0 - (1.0 - success) ** max_attempts) / success
