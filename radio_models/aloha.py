"""ALOHA: stations that send without listening, at random instants or in slots.

N. Abramson, "The ALOHA system - another alternative for computer communications", AFIPS Fall Joint Computer
Conference, 1970 (pure); L. G. Roberts, "ALOHA packet system with and without slots and capture", ACM SIGCOMM Computer
Communication Review 5(2), 1975 (slotted). Frames begin as a Poisson process, so there are many stations, each rarely
active; a frame that overlaps another in its vulnerable window is lost.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within


def pure_success(load: ArrayLike) -> NDArray[np.float64]:
    """Probability that a frame of pure ALOHA arrives, all of equal length: e^(-2 G) (Abramson 1970).

    Args:
        load: G, frames begun by all others per air time of a frame, at least 0.

    Raises:
        ValueError: a load is negative or not finite.
    """
    return np.exp(-2.0 * within(load, "An offered load", 0.0))


def slotted_success(load: ArrayLike) -> NDArray[np.float64]:
    """Probability that a frame of slotted ALOHA arrives: e^(-G) (Roberts 1975); arguments as `pure_success`."""
    return np.exp(-within(load, "An offered load", 0.0))


def pure_throughput(load: ArrayLike) -> NDArray[np.float64]:
    """Share of time in frames that arrive, G e^(-2 G): at most 1 / (2 e) = 0.184, at G = 1/2; as `pure_success`."""
    return np.asarray(load, dtype=np.float64) * pure_success(load)


def slotted_throughput(load: ArrayLike) -> NDArray[np.float64]:
    """Share of slots with a frame that arrives, G e^(-G): at most 1 / e = 0.368, at G = 1; as `pure_success`."""
    return np.asarray(load, dtype=np.float64) * slotted_success(load)


def success(
    frame_s: ArrayLike,
    rates_per_s: ArrayLike,
    others_s: ArrayLike,
    *,
    tolerated_head_s: ArrayLike = 0.0,
    tolerated_tail_s: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Probability that a frame meets no other one, for frames of unequal lengths: exp(-sum_k r_k (l_k + L - h - t)).

    A frame of length L that begins at 0 is hit by one of length l that begins in (-l, L). Where the first h seconds
    of the frame may be lost (the head of a preamble) and the last t too, the window shrinks to (h - l, L - t)
    (vulnerable period of a Poisson process; with classes of lengths as in M. J. Ferguson, "An approximate analysis of
    delay for fixed and variable length packets in an unslotted ALOHA channel", IEEE Trans. Communications 25(7),
    1977).

    Args:
        frame_s: air time L of the frame.
        rates_per_s: rate r of each class of other frames; the classes are the last axis.
        others_s: air time l of each class.
        tolerated_head_s: h, less than L.
        tolerated_tail_s: t, less than L - h.

    Raises:
        ValueError: a time or rate is negative, or nothing of the frame is left.
    """
    length = within(frame_s, "An air time (s)", 0.0, above=True)
    head, tail = (within(time_s, "A tolerated time (s)", 0.0) for time_s in (tolerated_head_s, tolerated_tail_s))
    critical = within(length - head - tail, "The part of a frame that must be heard (s)", 0.0, above=True)
    rates = within(rates_per_s, "A rate of frames (1/s)", 0.0)
    others = within(others_s, "An air time (s)", 0.0)
    return np.exp(-(rates * (others + critical[..., np.newaxis])).sum(axis=-1))
