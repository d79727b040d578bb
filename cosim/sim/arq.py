"""Stop-and-wait repetition of frames, drawn in closed form.

One attempt at a frame fails to arrive with probability p, and its acknowledgement, sent only if it
arrived, is lost with probability q. The sender repeats until it hears an acknowledgement or has made
M attempts. With s = (1 - p)(1 - q) the number of attempts is a geometric variable cut at M:
P(attempts > n) = (1 - s)^n for n < M, hence E[attempts] = (1 - (1 - s)^M) / s and
P(not acknowledged) = (1 - s)^M (Bertsekas and Gallager, Data Networks, 2nd ed., section 2.4.1).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

Floats = NDArray[np.float64]


class Repeated(NamedTuple):
    """What became of each frame.

    Attributes:
        attempts: times it was sent.
        delivered: whether it arrived at least once.
        acknowledged: whether the sender learned so.
        acknowledgements: acknowledgements the receiver sent.
    """

    attempts: NDArray[np.int64]
    delivered: NDArray[np.bool_]
    acknowledged: NDArray[np.bool_]
    acknowledgements: NDArray[np.int64]


def repeat(draws: Floats, loss: Floats, acknowledgement_loss: float, max_attempts: int) -> Repeated:
    """Draw the fate of frames sent with repetition.

    Args:
        draws: uniforms, shape (2, frames): number of attempts; number of arrivals not acknowledged.
        loss: probability p that one attempt does not arrive, per frame, in [0, 1].
        acknowledgement_loss: probability q that an acknowledgement is lost, in [0, 1].
        max_attempts: M, at least 1; the total number of transmissions of a frame.

    Returns:
        The fate of each frame; monotone in the first draw, so settings compare under common draws.
    """
    failure = 1.0 - (1.0 - loss) * (1.0 - acknowledgement_loss)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.ceil(np.log1p(-draws[0]) / np.log(failure))
    needed = np.where(failure <= 0.0, 1.0, np.where(failure >= 1.0, np.inf, np.maximum(needed, 1.0)))
    acknowledged = needed <= max_attempts
    attempts = np.minimum(needed, max_attempts).astype(np.int64)
    # Given that an attempt failed, it arrived with this probability (only its acknowledgement was lost).
    arrived = np.divide(failure - loss, failure, out=np.zeros_like(failure), where=failure > 0.0)
    failed = attempts - acknowledged
    silent = binom.ppf(draws[1], failed, np.clip(arrived, 0.0, 1.0)).astype(np.int64)
    silent = np.where(failed == 0, 0, np.maximum(silent, 0))
    delivered = acknowledged | (silent > 0)
    return Repeated(attempts, delivered, acknowledged, silent + acknowledged)


def expected_attempts(loss: float, acknowledgement_loss: float, max_attempts: int) -> float:
    """Mean number of attempts, (1 - (1 - s)^M) / s with s = (1 - p)(1 - q); M where s = 0."""
    success = (1.0 - loss) * (1.0 - acknowledgement_loss)
    return float(max_attempts) if success == 0.0 else (1.0 - (1.0 - success) ** max_attempts) / success
