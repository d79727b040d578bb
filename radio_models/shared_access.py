"""Means of saturated IEEE 802.15.4 stations, kept per number of stations, for media that price whole transfers."""

from functools import cache
from typing import NamedTuple

from radio_models.ranges import within
from radio_models.unslotted_csma import UnslottedCsma, lone_access
from radio_models.unslotted_run import Counts, UnslottedRun

TRANSMISSIONS = 5000
"""Frames sent in a run; a rate is then within 2 %, a share within 0.02."""


class SharedAccess(NamedTuple):
    """Long-run means of n saturated stations that all hear each other and send to one receiver."""

    requests_per_s: float
    """Frames finished per second, by all stations together."""
    success: float
    """Share of them that succeed: acknowledged or, without acknowledgement, sent."""
    access_failure: float
    """Share of them that find no idle channel."""
    attempts: float
    """Transmissions per request, 0 for one without channel access."""
    reception: float
    """Receptions per transmission."""


def shared_access(
    stations: int,
    csma: UnslottedCsma,
    frame_s: float,
    pause_s: float,
    *,
    acknowledged: bool,
    survival: float = 0.0,
    error: float = 0.0,
) -> SharedAccess:
    """Stationary means; one station in closed form, more from an event-level run with a fixed seed.

    Args:
        stations: how many, at least 1.
        csma: parameters of the channel access.
        frame_s: air time of a data frame.
        pause_s: interframe space after a frame, or its acknowledgement, that ended well.
        acknowledged: acknowledgements are asked for.
        survival: probability that a frame survives one other of equal power over its whole length; none survives two.
        error: probability that a frame is lost though no other overlaps it; acknowledgements always arrive.

    Raises:
        ValueError: an argument is outside its range.
    """
    within((survival, error), "A probability", 0.0, 1.0)
    if stations == 1:
        alone = lone_access(csma, frame_s, pause_s, 1.0 - error, 1.0, acknowledged=acknowledged)
        return SharedAccess(1.0 / alone.frame_s, 1.0 - alone.loss, 0.0, alone.attempts_per_frame, 1.0 - error)
    return _counted(stations, csma, frame_s, pause_s, acknowledged, survival, error)


@cache
def _counted(
    stations: int,
    csma: UnslottedCsma,
    frame_s: float,
    pause_s: float,
    acknowledged: bool,
    survival: float,
    error: float,
) -> SharedAccess:
    def success(interference: float, seconds: float) -> float:
        share = min(seconds / frame_s, 1.0)
        clear = (1.0 - error) ** share if seconds != csma.ack_s else 1.0
        return clear if interference == 0.0 else clear * survival**share if interference < 1.5 else 0.0

    run = UnslottedRun(stations, csma, frame_s, pause_s, success, acknowledged=acknowledged, seed=154)
    seconds, counts = _run(run, TRANSMISSIONS)
    return SharedAccess(
        counts.requests / seconds,
        counts.success / counts.requests,
        counts.access_failures / counts.requests,
        counts.transmissions / counts.requests,
        counts.receptions / max(counts.transmissions, 1),
    )


def _run(run: UnslottedRun, transmissions: int) -> tuple[float, Counts]:
    """Doubles the length of a run until it has sent enough."""
    seconds, counts = 1.0, run.run(1.0)
    while counts.transmissions < transmissions:
        seconds *= 2.0
        counts = run.run(seconds)
    return seconds, counts
