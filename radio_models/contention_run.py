"""Saturated IEEE 802.11 stations in time: goodput, latency and shares of time per state from the slot process."""

from typing import NamedTuple

import numpy as np

from radio_models.dcf import Dcf, backoff
from radio_models.lone_sender import DETECTION_S, HEADER_S, StateShares
from radio_models.ranges import within
from radio_models.slot_model import Busy, SlotProcess


class Contention(NamedTuple):
    """Means of a run of saturated stations that send to one receiver, over all stations and replicas."""

    attempts_per_s: float
    """Frames started per second, by all stations together."""
    delivered_per_s: float
    dropped_per_s: float
    collision: float
    """Probability that an attempt collides."""
    latency_s: float
    """From a frame's turn to its reception, of those whose turn and reception both fall into the run. A station with
    a wide window keeps a frame for long, so that short runs show too small a mean."""
    sender: StateShares
    receiver: StateShares


class _Sums:
    """What a run adds up."""

    def __init__(self, replicas: int, stations: int) -> None:
        self.now_s = np.zeros(replicas)
        self.turn_s = np.full((replicas, stations), np.nan)
        """When each station's present frame came to its turn; not known of those under way at the start."""
        self.latencies = self.latency_s = 0.0
        self.attempts = self.dropped = self.lone = 0
        self.collisions = 0
        self.heard_collisions = 0.0
        """Collisions, each times the share of the stations that took no part."""


def contention_run(
    stations: int,
    dcf: Dcf,
    frame_s: float,
    *,
    acknowledged: bool,
    seconds: float = 1.0,
    warm_up: int = 300,
    replicas: int = 32,
    seed: int = 1,
) -> Contention:
    """Saturated stations in range of each other and of one receiver; nothing is lost but by collision.

    Frames are of equal length. Overlapping preambles of equal power are not found, so that a collision keeps those
    who hear it in CCA busy, whose power is that of `StateShares.cca_busy`.

    Args:
        stations: senders, at least 1.
        dcf: slots, windows, acknowledgement.
        frame_s: air time of a data frame.
        acknowledged: unicast; otherwise broadcast.
        seconds: simulated time counted, in the mean over the replicas.
        warm_up: busy periods before. All stations start with their smallest window.
        replicas: independent runs. The time of a run goes into its busy periods, hardly into its replicas.
        seed: of the draws.

    Raises:
        ValueError: an argument is outside its range.
    """
    within(frame_s, "An air time (s)", 0.0, above=True)
    process = SlotProcess(stations, backoff(dcf, acknowledged=acknowledged), replicas=replicas, seed=seed)
    for _ in range(warm_up):
        process.step()
    sums = _Sums(replicas, stations)
    while float(sums.now_s.mean()) < seconds:
        _advance(sums, process.step(), dcf, frame_s, acknowledged=acknowledged)
    return _means(sums, stations, dcf, frame_s, acknowledged=acknowledged)


def _advance(sums: _Sums, busy: Busy, dcf: Dcf, frame_s: float, *, acknowledged: bool) -> None:
    replicas, stations = sums.turn_s.shape
    sums.now_s += dcf.difs_s + busy.idle_slots * dcf.slot_s + frame_s
    latencies_s = (sums.now_s[busy.replica] - sums.turn_s[busy.replica, busy.station])[busy.good]
    sums.latency_s += float(np.nansum(latencies_s))
    sums.latencies += int(np.isfinite(latencies_s).sum())
    senders = np.bincount(busy.replica, minlength=replicas)
    together = senders[senders > 1]
    sums.lone += replicas - len(together)
    sums.collisions += len(together)
    sums.heard_collisions += float((1.0 - together / stations).sum())
    sums.attempts += len(busy.replica)
    sums.dropped += int(busy.dropped.sum())
    done = busy.good | busy.dropped
    turn_s = sums.now_s[busy.replica]
    if acknowledged:
        turn_s += np.where(busy.good, dcf.sifs_s + dcf.ack_s, dcf.ack_timeout_s)
        sums.now_s += (senders == 1) * (dcf.sifs_s + dcf.ack_s)
    sums.turn_s[busy.replica[done], busy.station[done]] = turn_s[done]


def _means(sums: _Sums, stations: int, dcf: Dcf, frame_s: float, *, acknowledged: bool) -> Contention:
    seconds = float(sums.now_s.sum())
    answered = sums.lone if acknowledged else 0
    others = sums.lone * (1.0 - 1.0 / stations)
    header_s, frame_body_s, ack_body_s = HEADER_S - DETECTION_S, frame_s - HEADER_S, dcf.ack_s - HEADER_S
    sender_s = (
        sums.attempts / stations * frame_s,
        others * frame_body_s + answered * ack_body_s,
        (others + answered) * header_s + sums.heard_collisions * frame_s,
    )
    receiver_s = (
        answered * dcf.ack_s,
        sums.lone * frame_body_s,
        sums.lone * header_s + sums.collisions * frame_s,
    )
    return Contention(
        attempts_per_s=sums.attempts / seconds,
        delivered_per_s=sums.lone / seconds,
        dropped_per_s=sums.dropped / seconds if acknowledged else 0.0,
        collision=1.0 - sums.lone / sums.attempts,
        latency_s=sums.latency_s / max(sums.latencies, 1),
        sender=StateShares(*(state_s / seconds for state_s in sender_s)),
        receiver=StateShares(*(state_s / seconds for state_s in receiver_s)),
    )
