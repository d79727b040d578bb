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
Peers = NDArray[np.int64]

HOPELESS = 700.0
"""Theta of a frame that cannot be decoded."""
LEAST_LOSS = 0.01
"""An interferer that costs no hearer so large a share of the frames it meets is left out."""
LOWEST_DB, HIGHEST_DB, PER_DB = -20.0, 60.0, 20
FAINTEST = 1e-2
"""An interferer 20 dB below the noise is left out: it takes 0.04 dB from the ratio."""
MARGIN = 0.98
"""What rounding of the table may do to a ratio."""


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


class Exposure(NamedTuple):
    """What makes messages of a coverage sensitive.

    Attributes:
        signal: power over noise at each hearer.
        clean: -ln S without interference.
        table: -ln S as a logarithm, by ratio.
        farthest_m: interferers beyond this distance from the sender cost no hearer more than `LEAST_LOSS`.
    """

    signal: Floats
    clean: Floats
    table: Floats
    farthest_m: float


class Clashes:
    """Clashes between all who send; where nothing moves each is looked at once."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._radio: Radio = budget.radio
        self._preamble = 10.0**0.4 if getattr(self._radio, "preamble_detection", False) else 0.0
        self._tables: dict[tuple[Radio, int], Floats] = {}
        self._ratios_db = np.arange(LOWEST_DB, HIGHEST_DB + 1.0 / PER_DB, 1.0 / PER_DB)

    def exposure(self, coverage: Coverage) -> Exposure:
        """What makes its messages sensitive; found once per coverage."""
        known = coverage.exposure
        if known is None:
            signal = 10.0 ** (np.asarray(coverage.reach.snr_db) / 10.0)
            table = self._table(coverage)
            clean = self._cost(table, signal)
            known = coverage.exposure = Exposure(signal, clean, table, self._farthest_m(coverage, signal, clean, table))
        return known

    def _farthest_m(self, coverage: Coverage, signal: Floats, clean: Floats, table: Floats) -> float:
        detects = coverage.detects
        if not detects.any():
            return self._budget.earshot_m
        # The ratio that costs LEAST_LOSS more than none does, from the same table.
        worst = np.log(clean[detects] - math.log1p(-LEAST_LOSS))
        ratio_db = np.interp(worst, table[::-1], self._ratios_db[::-1])
        ratio = np.maximum(10.0 ** (ratio_db / 10.0), self._preamble)
        gain = max(MARGIN * float((signal[detects] / ratio).min()) - 1.0, FAINTEST)
        reach_m = float(np.asarray(coverage.reach.distance_m)[detects].max())
        return reach_m + max(self._budget.span_m(10.0 * math.log10(gain)), self._budget.earshot_m)

    def look(self, pairs: Sequence[tuple[Coverage, Coverage]], time_s: float) -> None:
        """Note what interferers do to victims, for pairs of a victim and an interferer; None if next to nothing."""
        for victim, culprit in pairs:
            victim.clashes[culprit.reach] = None
        pairs = [pair for pair in pairs if len(pair[0].ids)]
        if not pairs:
            return
        victims = [victim for victim, _ in pairs]
        widths = [len(victim.ids) for victim in victims]
        ids = np.concatenate([victim.ids for victim in victims])
        detects = np.concatenate([victim.detects for victim in victims])
        senders = np.repeat(np.array([culprit.sender for _, culprit in pairs]), widths)
        itself = ids == senders
        gain, noticed = self._gain(senders, ids, itself, time_s)
        exposures = [self.exposure(victim) for victim in victims]
        signal = np.concatenate([exposure.signal for exposure in exposures])
        ratio = signal / (1.0 + gain)
        clean = np.concatenate([exposure.clean for exposure in exposures])
        theta = self._costs(exposures, widths, ratio) - clean
        drowned = (ratio < self._preamble) | itself
        theta[drowned] = HOPELESS
        theta[~detects] = 0.0
        theta = np.maximum(theta, 0.0)
        followed = noticed | itself
        matters = followed | (theta >= -math.log1p(-LEAST_LOSS))
        starts = np.cumsum([0, *widths])
        figures = np.array([theta, followed, drowned])
        for i in np.flatnonzero(np.logical_or.reduceat(matters, starts[:-1])).tolist():
            victim, culprit = pairs[i]
            victim.clashes[culprit.reach] = Clash(*figures[:, starts[i] : starts[i + 1]].copy())

    def _gain(
        self, senders: Peers, hearers: Peers, itself: NDArray[np.bool_], time_s: float
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Power over noise of frames from senders at hearers, and whether they notice them; none on other channels."""
        if itself.any():
            # A station is in no range of itself; whom one looks at instead does not matter.
            hearers = np.where(itself, (senders + 1) % len(self._budget.powers_dbm), hearers)
        snr_db, noticed, alike = self._budget.met(senders, hearers, time_s)
        gain = 10.0 ** (snr_db / 10.0)
        gain[~alike | itself] = 0.0
        return gain, noticed & ~itself

    def _table(self, coverage: Coverage) -> Floats:
        """ln(-ln S) of a frame, in steps of 0.05 dB."""
        radio, frame_bytes = coverage.radio, coverage.frame_bytes
        table = self._tables.get((radio, frame_bytes))
        if table is None:
            losses = np.broadcast_to(radio.frame_error_rate(self._ratios_db, frame_bytes), self._ratios_db.shape)
            with np.errstate(divide="ignore"):
                costs = -np.log1p(-np.minimum(losses, 1.0))
            table = self._tables[radio, frame_bytes] = np.log(np.clip(costs, 1e-12, HOPELESS))
        return table

    def _costs(self, exposures: Sequence[Exposure], widths: Sequence[int], ratio: Floats) -> Floats:
        """-ln S at the hearers of one victim after the other."""
        table = exposures[0].table
        if all([exposure.table is table for exposure in exposures]):
            return self._cost(table, ratio)
        pieces = np.split(ratio, np.cumsum(widths)[:-1])
        return np.concatenate([
            self._cost(exposure.table, piece) for exposure, piece in zip(exposures, pieces, strict=True)
        ])  # fmt: skip

    def _cost(self, table: Floats, ratio: Floats) -> Floats:
        """-ln S of a frame at ratios of power, linear in its logarithm between the steps of the table."""
        return np.exp(np.interp(10.0 * np.log10(np.maximum(ratio, FAINTEST)), self._ratios_db, table))
