"""One IEEE 802.11 station that sends to another, nobody else on the air: retries, goodput, latency, seconds per state.

The closed form of a cycle: DIFS, backoff, frame, then SIFS and acknowledgement, or the acknowledgement timeout (IEEE
Std 802.11-2012, 9.3). The k-th attempt draws its backoff on 0..min(2^(k-1) (CWmin + 1), CWmax + 1) - 1 (9.3.3).
Attempts fail independently, as on a channel that does not change between them. Saturated: the next frame waits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radio_models.dcf import Dcf, backoff
from radio_models.ranges import within

DETECTION_S = 4e-6
"""A preamble is found after 4 us, until when the receiver counts as idle (ns-3.37 `WifiPhy`, OFDM PHYs)."""
HEADER_S = 20e-6
"""Preamble and SIGNAL, after which a receiver knows what follows (IEEE Std 802.11-2012, 18.3.2)."""


class Reception(NamedTuple):
    """Chances of one frame at its receiver, each given the one before."""

    detected: float = 1.0
    """The preamble is found."""
    header: float = 1.0
    """The PHY header decodes."""
    payload: float = 1.0
    """The MAC frame decodes."""

    @property
    def success(self) -> float:
        """Probability that the frame is received."""
        return self.detected * self.header * self.payload


class StateShares(NamedTuple):
    """Shares of time in each state of a transceiver; the rest is idle."""

    transmit: float
    receive: float
    cca_busy: float
    """A preamble was found and its header is being decoded."""

    @property
    def idle(self) -> float:
        """Share of time in which nothing is sent or heard."""
        return 1.0 - self.transmit - self.receive - self.cca_busy

    def power_w(self, transmit_w: float, receive_w: float, cca_busy_w: float, idle_w: float) -> float:
        """Mean power, given that of each state."""
        return self.transmit * transmit_w + self.receive * receive_w + self.cca_busy * cca_busy_w + self.idle * idle_w


class LoneSender(NamedTuple):
    """What a saturated sender without rivals achieves."""

    attempts_per_frame: float
    loss: float
    """Probability that a frame is given up by its sender: p^m for m attempts that fail with p each."""
    delivered: float
    """Probability that the receiver has the frame at least once, acknowledged or not."""
    frame_s: float
    """Mean time from one frame's turn to the next one's."""
    latency_s: float
    """Mean time from a frame's turn to its first reception, of those received."""
    latency_sd_s: float
    sender: StateShares
    receiver: StateShares

    def goodput_bit_per_s(self, payload_bits: float) -> float:
        """Payload bits received once, per second."""
        return self.delivered * payload_bits / self.frame_s


def attempt_waits_s(dcf: Dcf, *, acknowledged: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of what precedes each attempt: DIFS and a backoff uniform on 0..CW slots."""
    windows = backoff(dcf, acknowledged=acknowledged).windows.astype(np.float64)
    return dcf.difs_s + dcf.slot_s * (windows - 1.0) / 2.0, dcf.slot_s**2 * (windows * windows - 1.0) / 12.0


def lone_sender(dcf: Dcf, frame_s: float, data: Reception, ack: Reception, *, acknowledged: bool = True) -> LoneSender:
    """Long-run means of one saturated sender.

    Args:
        dcf: interframe spaces, windows, attempts, acknowledgement.
        frame_s: air time of a data frame.
        data: chances of a data frame at the receiver.
        ack: chances of an acknowledgement at the sender.
        acknowledged: unicast; otherwise each frame is sent once.

    Raises:
        ValueError: an argument is outside its range.
    """
    within(frame_s, "An air time (s)", 0.0, above=True)
    within((*data, *ack), "A probability", 0.0, 1.0)
    waits_s, variances = attempt_waits_s(dcf, acknowledged=acknowledged)
    answered = data.success * ack.success if acknowledged else 0.0
    failure = 1.0 - answered
    tried = failure ** np.arange(len(waits_s)) if acknowledged else np.ones(1)
    attempts = float(tried.sum())
    after_s = answered * (dcf.sifs_s + dcf.ack_s) + (failure * dcf.ack_timeout_s if acknowledged else 0.0)
    total_s = float(tried @ waits_s) + attempts * (frame_s + after_s)
    failed_s = frame_s + (dcf.ack_timeout_s if acknowledged else 0.0)
    latency_s, latency_sd_s = _first_reception(waits_s, variances, frame_s, failed_s, data.success)
    return LoneSender(
        attempts_per_frame=attempts,
        loss=failure ** len(waits_s) if acknowledged else 1.0 - data.success,
        # A frame is tried until it arrives and is acknowledged, so only as many losses as attempts leave nothing.
        delivered=1.0 - (1.0 - data.success) ** len(waits_s),
        frame_s=total_s,
        latency_s=latency_s,
        latency_sd_s=latency_sd_s,
        sender=_sender(dcf, frame_s, data, ack, attempts / total_s, acknowledged=acknowledged),
        receiver=_receiver(dcf, frame_s, data, attempts / total_s, acknowledged=acknowledged),
    )


def _first_reception(
    waits_s: NDArray[np.float64], variances: NDArray[np.float64], frame_s: float, failed_s: float, success: float
) -> tuple[float, float]:
    """Mean and standard deviation of the time to the first reception, given that there is one."""
    order = np.arange(len(waits_s))
    weights = success * (1.0 - success) ** order
    if not weights.sum() > 0.0:
        return float("nan"), float("nan")
    weights = weights / weights.sum()
    times_s = np.cumsum(waits_s) + order * failed_s + frame_s
    mean_s = float(weights @ times_s)
    variance = float(weights @ (np.cumsum(variances) + (times_s - mean_s) ** 2))
    return mean_s, float(np.sqrt(variance))


def listening_s(frame_s: float, heard: Reception) -> tuple[float, float]:
    """Mean seconds a receiver spends in CCA busy and in receive on one frame.

    The payload is listened to until its end whether it decodes or not; a header that does not decode ends it there.
    """
    return heard.detected * (HEADER_S - DETECTION_S), heard.detected * heard.header * max(frame_s - HEADER_S, 0.0)


def _sender(
    dcf: Dcf, frame_s: float, data: Reception, ack: Reception, attempts_per_s: float, *, acknowledged: bool
) -> StateShares:
    busy_s, receive_s = listening_s(dcf.ack_s, ack)
    answers = attempts_per_s * data.success if acknowledged else 0.0
    return StateShares(attempts_per_s * frame_s, answers * receive_s, answers * busy_s)


def _receiver(dcf: Dcf, frame_s: float, data: Reception, attempts_per_s: float, *, acknowledged: bool) -> StateShares:
    busy_s, receive_s = listening_s(frame_s, data)
    answers = attempts_per_s * data.success if acknowledged else 0.0
    return StateShares(answers * dcf.ack_s, attempts_per_s * receive_s, attempts_per_s * busy_s)
