"""Frames that overlap: how often, over what part of their length, and what it costs them.

ln S of a frame that meets another over a part f of its length is (1 - f) ln S(SNR) + f ln S(SINR): errors of bits
are taken as independent. With theta = ln S(SNR) - ln S(SINR), and f spread evenly between `low` and `high`, the frame
survives with S(SNR) times the mean of exp(-theta f).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.budget import Budget
from cosim.sim.coverage import Coverage
from cosim.sim.radio import Radio

Floats = NDArray[np.float64]

HOPELESS = 700.0
"""Theta of a frame that cannot be decoded."""
LEAST_LOSS = 0.01
"""An interferer that costs no hearer so large a share of the frames it meets is left out."""
LOWEST_DB, HIGHEST_DB, PER_DB = -20.0, 60.0, 20


class Overlap(NamedTuple):
    """How an interferer's frames meet those of a sender.

    Attributes:
        chance: probability that a frame meets any.
        low: least part of its length that it shares with them.
        high: largest.
        again: how much likelier a repetition is to meet one than a first attempt is, as a ratio of what escapes.
    """

    chance: float
    low: float
    high: float
    again: float = 1.0


NEVER = Overlap(0.0, 0.0, 0.0)


def unheard(frame_s: float, on: float, gap_s: float) -> Overlap:
    """Frames of two stations that do not notice each other.

    The interferer is on the air for a share of time, with gaps between its frames taken as exponential: a frame meets
    nothing if it begins in a gap that lasts. The part it shares is so wide that its mean is the interferer's share of
    time. A reconstruction: for the vulnerable period see Abramson (1970, AFIPS 37); confidence B.
    """
    if on <= 0.0:
        return NEVER
    chance = 1.0 - (1.0 - on) * math.exp(-frame_s / gap_s) if gap_s > 0.0 else 1.0
    mean = min(on / chance, 1.0)
    return Overlap(chance, max(0.0, 2.0 * mean - 1.0), min(1.0, 2.0 * mean))


def survival(theta: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """Mean of exp(-theta f) over f between low and high."""
    width = theta * (high - low)
    wide = np.maximum(width, 1e-9)
    return np.exp(-theta * low) * (-np.expm1(-wide) / wide)


def survival_of_one(theta: float, overlap: Overlap, deaf: float = 0.0) -> float:
    """What remains of a frame's chances beside an interferer, which is followed first with a probability."""
    width = theta * (overlap.high - overlap.low)
    inside = -math.expm1(-width) / width if width > 1e-9 else 1.0
    return 1.0 - deaf - (overlap.chance - deaf) * (1.0 - math.exp(-theta * overlap.low) * inside)


@final
class Clash:
    """What one station's frames do to those of another, at each hearer of the latter.

    Attributes:
        theta: see the module.
        first: of the first hearer.
        deafens: 1 for hearers that follow the interferer's frame if it comes first, to its end, else 0.
        drowns: 1 for hearers that find no preamble if both come at once, else 0.
        deafening: whether there are any of the first kind.
    """

    __slots__ = ("deafening", "deafens", "drowns", "first", "first_deaf", "theta")

    def __init__(self, theta: Floats, deafens: Floats, drowns: Floats) -> None:
        self.theta = theta
        self.deafens = deafens
        self.drowns = drowns
        self.first = float(theta[0])
        self.first_deaf = float(deafens[0])
        self.deafening = bool(deafens.any())


class Clashes:
    """Clashes between all who send; where nothing moves each is looked at once."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._radio: Radio = budget.radio
        self._peers = len(budget.powers_dbm)
        self._everybody = np.arange(self._peers)
        self._preamble = 10.0**0.4 if getattr(self._radio, "preamble_detection", False) else 0.0
        self._tables: dict[tuple[Radio, int], Floats] = {}
        self._ratios_db = np.arange(LOWEST_DB, HIGHEST_DB + 1.0 / PER_DB, 1.0 / PER_DB)

    def look(self, coverage: Coverage, others: Sequence[Coverage], time_s: float) -> list[Clash | None]:
        """What interferers do to frames of a coverage at its hearers; None if that is next to nothing."""
        reach, ids = coverage.reach, coverage.ids
        known = [self._gain(other, time_s) for other in others]
        gain = np.asarray([gains[ids] for gains, _ in known])
        noticed = np.asarray([noticers[ids] for _, noticers in known])
        itself = ids == np.asarray([[other.sender] for other in others])
        signal = 10.0 ** (np.asarray(reach.snr_db) / 10.0)
        ratio = signal / (1.0 + gain)
        theta = self._cost(coverage, ratio) - self._cost(coverage, signal)
        drowned = (ratio < self._preamble) | itself
        theta[drowned] = HOPELESS
        theta[:, ~coverage.detects] = 0.0
        theta = np.maximum(theta, 0.0)
        deafens, drowns = (noticed | itself).astype(np.float64), drowned.astype(np.float64)
        matters = noticed.any(axis=1) | itself.any(axis=1)
        matters |= -np.expm1(-theta.max(axis=1, initial=0.0)) >= LEAST_LOSS
        return [Clash(theta[i], deafens[i], drowns[i]) if matter else None for i, matter in enumerate(matters.tolist())]

    def _gain(self, coverage: Coverage, time_s: float) -> tuple[Floats, NDArray[np.bool_]]:
        """Power of a sender over noise at all stations, and who notices its frames; nothing on other channels."""
        known = coverage.gain
        if known is None:
            budget, sender = self._budget, coverage.sender
            others = self._everybody[self._everybody != sender]
            snr_db, _ = budget.quality(sender, others, time_s)
            gain = np.zeros(self._peers)
            gain[others] = 10.0 ** (snr_db / 10.0)
            gain[budget.channels != budget.channels[sender]] = 0.0
            noticed = np.zeros(self._peers, dtype=np.bool_)
            noticed[coverage.ids] = coverage.detects
            known = coverage.gain = gain, noticed
        return known

    def _cost(self, coverage: Coverage, ratio: Floats) -> Floats:
        """-ln S of a frame at ratios of power, read from a table: steps of 0.05 dB, linear in its logarithm between."""
        radio, frame_bytes = coverage.radio, coverage.frame_bytes
        table = self._tables.get((radio, frame_bytes))
        if table is None:
            losses = np.broadcast_to(radio.frame_error_rate(self._ratios_db, frame_bytes), self._ratios_db.shape)
            with np.errstate(divide="ignore"):
                costs = -np.log1p(-np.minimum(losses, 1.0))
            table = self._tables[radio, frame_bytes] = np.log(np.clip(costs, 1e-12, HOPELESS))
        with np.errstate(divide="ignore"):
            return np.exp(np.interp(10.0 * np.log10(ratio), self._ratios_db, table))
