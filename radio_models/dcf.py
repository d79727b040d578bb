"""Contention of IEEE 802.11 stations (DCF) that always have a frame to send."""

from functools import cache
from typing import NamedTuple

from radio_models.ranges import within
from radio_models.slot_model import Backoff, stationary


class Dcf(NamedTuple):
    """What the distributed coordination function of a PHY is made of (IEEE Std 802.11-2012, 9.3)."""

    slot_s: float
    sifs_s: float
    difs_s: float
    cw_min: int
    cw_max: int
    max_attempts: int
    """Transmissions of a unicast frame in all, the first included."""
    ack_s: float
    ack_timeout_s: float
    """From the end of a frame to the moment its sender gives up waiting for the acknowledgement."""


class Saturation(NamedTuple):
    """Long-run means of n stations that always have a frame to send."""

    idle_slots: float
    """Idle slots before a busy period, DIFS not counted."""
    attempts: float
    """Frames that start in one busy period, at least 1."""
    collision: float
    """Probability that an attempt starts together with another one."""
    spread: float
    """Variance of a station's delivered frames over the binomial one with equal shares."""


def saturation(stations: int, dcf: Dcf, *, acknowledged: bool, error: float = 0.0) -> Saturation:
    """Stationary means of so many saturated stations that all hear each other.

    Args:
        stations: how many, at least 1.
        dcf: slots, windows and number of attempts.
        acknowledged: unicast (retries, doubling windows); otherwise broadcast (one attempt, window `cw_min`).
        error: probability that an attempt that met no collision fails all the same.

    Raises:
        ValueError: an argument is outside its range.
    """
    within(stations, "A number of stations", 1)
    within(error, "A probability of error", 0.0, 1.0)
    resume = round(dcf.ack_timeout_s / dcf.slot_s) if acknowledged else 0
    return _saturation(stations, Backoff(dcf.cw_min, dcf.cw_max, dcf.max_attempts, resume, acknowledged), error)


@cache
def _saturation(stations: int, backoff: Backoff, error: float) -> Saturation:
    return Saturation(*stationary(stations, backoff, error))
