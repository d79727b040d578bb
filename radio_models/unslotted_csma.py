"""Unslotted CSMA/CA of IEEE 802.15.4: its parameters and the closed form of a lone sender.

IEEE Std 802.15.4-2006, 7.5.1.4: a random backoff of 0..2^BE - 1 units, one channel assessment, and where that finds the
channel busy another backoff with a larger BE, until too many have been tried (channel access failure). A frame whose
acknowledgement does not come is sent again, each time with the smallest BE (7.5.6.4).
"""

import math
from typing import NamedTuple

from radio_models.ranges import within


class UnslottedCsma(NamedTuple):
    """Parameters of the channel access."""

    min_be: int
    max_be: int
    max_backoffs: int
    """Busy assessments after which one more makes the access fail, macMaxCSMABackoffs."""
    max_attempts: int
    """Transmissions in all of a frame that wants an acknowledgement, 1 + macMaxFrameRetries."""
    backoff_unit_s: float
    cca_s: float
    turnaround_s: float
    ack_s: float
    ack_wait_s: float
    """From the end of a frame until its sender gives up waiting."""


class LoneAccess(NamedTuple):
    """Means of a saturated sender without rivals."""

    attempts_per_frame: float
    loss: float
    """Probability that the sender gives a frame up."""
    receptions: float
    """Receptions per frame, those of a frame whose acknowledgement was lost counted again."""
    delivered: float
    """Probability that a frame is received at least once."""
    frame_s: float
    """Mean time from one frame's turn to the next one's."""
    success_s: float
    """The same, of the frames that the sender knows to have arrived."""


def exponents(csma: UnslottedCsma) -> list[int]:
    """The backoff exponent of each assessment of one access."""
    return [min(csma.min_be + busy, csma.max_be) for busy in range(csma.max_backoffs + 1)]


def lone_access(
    csma: UnslottedCsma, frame_s: float, pause_s: float, data: float, ack: float, *, acknowledged: bool
) -> LoneAccess:
    """Long-run means of one saturated sender, whose channel is always found idle.

    Args:
        csma: parameters of the channel access.
        frame_s: air time of a data frame.
        pause_s: interframe space after a frame, or its acknowledgement, that ended well.
        data: probability that a data frame is received.
        ack: probability that an acknowledgement is received.
        acknowledged: an acknowledgement is asked for.

    Raises:
        ValueError: an argument is outside its range.
    """
    within((frame_s, pause_s), "A time (s)", 0.0)
    within((data, ack), "A probability", 0.0, 1.0)
    access_s = csma.backoff_unit_s * (2**csma.min_be - 1) / 2.0 + csma.cca_s + csma.turnaround_s
    if not acknowledged:
        whole_s = access_s + frame_s + pause_s
        return LoneAccess(1.0, 0.0, data, data, whole_s, whole_s)
    failure = 1.0 - data * ack
    tried = [failure**attempt for attempt in range(csma.max_attempts)]
    lost_s = access_s + frame_s + csma.ack_wait_s
    good_s = access_s + frame_s + csma.turnaround_s + csma.ack_s + pause_s
    attempts, answered = sum(tried), 1.0 - failure**csma.max_attempts
    before = sum(attempt * chance for attempt, chance in enumerate(tried)) * (1.0 - failure)
    return LoneAccess(
        attempts_per_frame=attempts,
        loss=1.0 - answered,
        receptions=attempts * data,
        delivered=1.0 - (1.0 - data) ** csma.max_attempts,
        frame_s=(attempts - answered) * lost_s + answered * good_s,
        success_s=good_s + lost_s * before / answered if answered > 0.0 else math.nan,
    )
