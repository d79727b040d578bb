"""Two saturated IEEE 802.11 stations that do not hear each other and send to hearers in between.

Nothing keeps one from sending while the other does. What saves some of their frames is that windows grow with losses:
a frame fits into a long backoff of the other. After a collision both begin their backoffs almost together, so that
overlaps of successive attempts depend on each other; the process is run once per pair of frame lengths and remembered.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from radio_models.dcf import Dcf
from radio_models.ranges import within

ATTEMPTS = 20_000
"""Attempts of one station that are counted: the loss is then good to 0.01."""
SEED = 80211
STEP_S = 1e-5
"""Lengths of frames are rounded to this before they are compared with what is known."""


class HiddenLoss(NamedTuple):
    """Probabilities that an attempt overlaps a frame of a hidden station."""

    mean: float
    first: float
    """Of first attempts."""
    again: float
    """Of repetitions: who has just lost a frame is likelier to lose the next."""


def hidden_loss(dcf: Dcf, frame_s: float, other_s: float) -> HiddenLoss:
    """How often acknowledged frames overlap those of a hidden station that sends acknowledged frames too.

    Args:
        dcf: slots, windows and number of attempts of both.
        frame_s: air time of the station's frames.
        other_s: air time of the hidden station's frames.

    Raises:
        ValueError: a frame lasts no time.
    """
    within([frame_s, other_s], "An air time (s)", 0.0, above=True)
    return _losses(dcf, max(round(frame_s / STEP_S), 1), max(round(other_s / STEP_S), 1))


@lru_cache(maxsize=1024)
def _losses(dcf: Dcf, frame_steps: int, other_steps: int) -> HiddenLoss:
    lengths_s = frame_steps * STEP_S, other_steps * STEP_S
    draws = np.random.Generator(np.random.Philox(key=SEED)).random((2, 2 * ATTEMPTS)).tolist()
    windows = [min((dcf.cw_min + 1 << attempt) - 1, dcf.cw_max) for attempt in range(dcf.max_attempts)]
    # Of each station: when its frame begins or ends, whether it is on the air, whether that frame was hit, its retries.
    at_s, sending, hit, retry = [0.0, 0.0], [False, False], [False, False], [0, 0]
    made, tried, lost = [0, 0], [0, 0], [0, 0]
    while made[0] < ATTEMPTS and made[1] < 2 * ATTEMPTS:
        one = 0 if at_s[0] <= at_s[1] else 1
        other = 1 - one
        if not sending[one]:
            sending[one], hit[one] = True, sending[other]
            hit[other] |= sending[other]
            at_s[one] += lengths_s[one]
            continue
        if one == 0:
            tried[retry[0] > 0] += 1
            lost[retry[0] > 0] += hit[0]
        retry[one] = (retry[one] + 1) % dcf.max_attempts if hit[one] else 0
        wait_s = dcf.ack_timeout_s if hit[one] else dcf.sifs_s + dcf.ack_s
        slots = int(draws[one][made[one]] * (windows[retry[one]] + 1))
        sending[one] = False
        at_s[one] += wait_s + dcf.difs_s + slots * dcf.slot_s
        made[one] += 1
    mean, first = sum(lost) / max(sum(tried), 1), lost[0] / max(tried[0], 1)
    return HiddenLoss(mean, first, lost[1] / tried[1] if tried[1] else first)
