"""Messages of several fragments that IEEE 802.11 stations start to send at the same instant, by the slot process.

All stations are handed their message while the medium is idle, so that the first frames go out after DIFS without a
backoff and collide (IEEE Std 802.11-2012, 9.3.4.2). The reference for what contention makes of whole messages.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radio_models.dcf import Dcf, backoff
from radio_models.ranges import within
from radio_models.slot_model import Busy, SlotProcess


class Messages(NamedTuple):
    """What became of each message; arrays of replicas x stations."""

    end_s: NDArray[np.float64]
    """When the last fragment was received or given up."""
    attempts: NDArray[np.float64]
    """Frames sent."""
    lost: NDArray[np.float64]
    """Fragments given up."""


class _Progress(NamedTuple):
    now_s: NDArray[np.float64]
    left: NDArray[np.int64]
    messages: Messages


def simultaneous_messages(
    stations: int,
    dcf: Dcf,
    frame_s: float,
    last_s: float,
    fragments: int,
    *,
    error: float = 0.0,
    replicas: int = 100,
    seed: int = 1,
) -> Messages:
    """Each station sends one message by unicast; a fragment that is given up is not repeated.

    Args:
        stations: senders in range of each other, at least 1.
        dcf: slots, windows, acknowledgement.
        frame_s: air time of a fragment.
        last_s: air time of the last one, which may be shorter.
        fragments: of each message, at least 1.
        error: probability that a frame that met no collision fails all the same.
        replicas: independent runs.
        seed: of the draws.

    Raises:
        ValueError: an argument is outside its range.
    """
    within((frame_s, last_s), "An air time (s)", 0.0, above=True)
    left = np.full((replicas, stations), int(within(fragments, "A number of fragments", 1)), dtype=np.int64)
    rules = backoff(dcf, acknowledged=True)
    process = SlotProcess(stations, rules, error=error, replicas=replicas, seed=seed, fresh=False)
    progress = _Progress(np.zeros(replicas), left, Messages(*(np.zeros(left.shape) for _ in range(3))))
    while left.any():
        busy = process.step()
        finished = _advance(progress, busy, dcf, frame_s, last_s)
        process.silence(*finished)
    return progress.messages


def _advance(
    progress: _Progress, busy: Busy, dcf: Dcf, frame_s: float, last_s: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """One busy period; the stations that have finished."""
    now_s, left, messages = progress
    sent = (busy.replica, busy.station)
    lengths_s = np.where(left[sent] == 1, last_s, frame_s)
    longest_s = np.zeros(len(now_s))
    np.maximum.at(longest_s, busy.replica, lengths_s)
    active = longest_s > 0.0
    now_s[active] += (dcf.difs_s + busy.idle_slots * dcf.slot_s + longest_s)[active]
    messages.attempts[sent] += 1
    messages.lost[sent] += busy.dropped
    done = busy.good | busy.dropped
    finished = (busy.replica[done], busy.station[done])
    left[finished] -= 1
    ended = left[finished] == 0
    finished = (finished[0][ended], finished[1][ended])
    messages.end_s[finished] = now_s[finished[0]]
    now_s[busy.replica[busy.alone]] += _answer_s(dcf, left.shape[1], busy.good[busy.alone])
    return finished


def _answer_s(dcf: Dcf, stations: int, good: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What follows a lone frame: its acknowledgement, the time reserved for one, or a lone sender's timeout."""
    failed_s = dcf.ack_timeout_s if stations == 1 else dcf.sifs_s + dcf.ack_s
    return np.where(good, dcf.sifs_s + dcf.ack_s, failed_s)
