"""Fast fading in blocks: the fading parts of the section `propagation`, and the gains of all links they give.

A link's gain is that of its process (see `radio_models.fading`) in the middle of a block, and holds as long as the
block. It is a pure function of the seed, the link and the block; what stands still has one block for ever. Blocks of a
link are a share of its coherence time, which follows from the Doppler shifts of both ends.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, ClassVar, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.part import NonNegative, Positive, PositiveFraction, Real, part
from cosim.rng import philox_key, philox_words
from radio_models.fading import (
    DRAWS,
    Scattering,
    amplitude,
    coherence_s,
    direct_wave,
    doppler_hz,
    joint_doppler_hz,
    nakagami_gain,
    rayleigh_gain,
    rician_gain,
    scattering,
)
from radio_models.units import db_to_linear

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]

WORDS_PER_COUNTER = 4
COUNTERS = -(-DRAWS // WORDS_PER_COUNTER)
MOST_LINKS = 8192
"""Links whose waves are kept at once; 0.5 kB each."""
GAINS = 512
"""Gains computed together: their waves stay in the caches."""
FAINTEST = 1e-12
"""Least gain: nothing is received 120 dB below the mean."""


@part
class BlockFading(ABC):
    """What Rayleigh, Rician and Nakagami fading share.

    The ends of a link move with the speeds of their groups, or with `speed_m_per_s`. Waves come from all sides
    (Clarke), at both ends (Akki and Haber).

    Attributes:
        frequency_hz: carrier frequency.
        speed_m_per_s: speed of every peer, such as that of what moves around them; null for the highest speed of the
            mobility of its group, which makes blocks as short as they ever are.
        block_share: length of a block over the coherence time 0.423 / f of the link, f = sqrt(f1^2 + f2^2).
        reciprocal: both directions of a link fade alike; else independently.
    """

    fades: ClassVar[bool] = True

    frequency_hz: Positive
    speed_m_per_s: NonNegative | None = None
    block_share: PositiveFraction = 0.5
    reciprocal: bool = True

    @abstractmethod
    def gain(self, waves: Scattering, first_hz: Floats, second_hz: Floats, time_s: Floats) -> Floats:
        """Power gain of links at times; its mean is 1."""


@final
@part
class RayleighFading(BlockFading):
    """No direct wave: the power is exponential."""

    source: ClassVar[str] = "Clarke, BSTJ 47(6), 1968; Akki and Haber, IEEE Trans. Veh. Tech. 35(1), 1986 (A)"

    def gain(self, waves: Scattering, first_hz: Floats, second_hz: Floats, time_s: Floats) -> Floats:
        """See BlockFading."""
        return rayleigh_gain(amplitude(waves, first_hz, second_hz, time_s))


@final
@part
class RicianFading(BlockFading):
    """A direct wave among scattered ones.

    Attributes:
        k_db: power of the direct wave over that of all others.
    """

    source: ClassVar[str] = "T. S. Rappaport, Wireless Communications, 2nd ed., 2002, section 5.6.2 (A)"

    k_db: Annotated[Real, Field(ge=-100, le=100)]

    def gain(self, waves: Scattering, first_hz: Floats, second_hz: Floats, time_s: Floats) -> Floats:
        """See BlockFading."""
        place = (waves, first_hz, second_hz, time_s)
        return rician_gain(amplitude(*place), direct_wave(*place), float(db_to_linear(self.k_db)))


@final
@part
class NakagamiFading(BlockFading):
    """Nakagami's law: gamma-distributed power, from worse than Rayleigh (m below 1) to none (large m).

    Attributes:
        m: shape; 1 is Rayleigh.
    """

    source: ClassVar[str] = "M. Nakagami, The m-distribution, 1960; in time by a Gaussian copula (reconstruction, B)"

    m: Annotated[Real, Field(ge=0.5)]

    def gain(self, waves: Scattering, first_hz: Floats, second_hz: Floats, time_s: Floats) -> Floats:
        """See BlockFading."""
        return nakagami_gain(amplitude(waves, first_hz, second_hz, time_s), self.m)


@final
class FadingLinks:
    """The gains of all links under one fading part."""

    def __init__(self, fading: BlockFading, speeds_m_per_s: Floats, seed: int) -> None:
        """Take the speed of every peer."""
        if fading.speed_m_per_s is not None:
            speeds_m_per_s = np.full(len(speeds_m_per_s), fading.speed_m_per_s)
        self._fading = fading
        self._doppler_hz = doppler_hz(speeds_m_per_s, fading.frequency_hz)
        self._key = philox_key(seed, "fading")
        self._waves: dict[tuple[int, int], Floats] = {}

    def block_s(self, sender: int, hearers: Peers) -> Floats:
        """Length of the blocks of links; inf where both ends stand still."""
        joint_hz = joint_doppler_hz(self._doppler_hz[sender], self._doppler_hz[hearers])
        return self._fading.block_share * coherence_s(joint_hz)

    def fade_db(self, sender: int, hearers: Peers, times_s: Floats) -> Floats:
        """Gain of the block that holds each time [dB], shape (times, hearers)."""
        blocks_s, waves = self.block_s(sender, hearers), self._scattering(sender, hearers)
        result = np.empty((len(times_s), len(hearers)))
        for block_s in np.unique(blocks_s).tolist():
            some = np.flatnonzero(blocks_s == block_s)
            numbers, which = np.unique(np.floor(times_s / block_s), return_inverse=True)
            middles_s = (numbers + 0.5) * block_s if np.isfinite(block_s) else np.zeros(len(numbers))
            gains = self._gains(sender, hearers[some], Scattering(*(drawn[some] for drawn in waves)), middles_s)
            result[:, some] = 10.0 * np.log10(np.maximum(gains, FAINTEST))[which]
        return result

    def _gains(self, sender: int, hearers: Peers, waves: Scattering, middles_s: Floats) -> Floats:
        first_hz, second_hz = self._doppler_hz[sender], self._doppler_hz[hearers]
        down = hearers < sender
        # Which end is the first is a matter of the peers' numbers, so that both directions see one process.
        low_hz, high_hz = np.where(down, second_hz, first_hz), np.where(down, first_hz, second_hz)
        gains = np.empty((len(middles_s), len(hearers)))
        step = max(1, GAINS // max(1, len(hearers)))
        for start in range(0, len(middles_s), step):
            some = slice(start, start + step)
            gains[some] = self._fading.gain(waves, low_hz, high_hz, middles_s[some, np.newaxis])
        return gains

    def _scattering(self, sender: int, hearers: Peers) -> Scattering:
        """The waves of links, made when first asked for."""
        links = [(sender, hearer) for hearer in hearers.tolist()]
        if self._fading.reciprocal:
            links = [(min(link), max(link)) for link in links]
        new = [link for link in links if link not in self._waves]
        if new:
            if len(self._waves) + len(new) > MOST_LINKS:
                self._waves.clear()
                new = links
            self._waves.update(zip(new, self._drawn(new), strict=True))
        return (
            scattering(np.stack([self._waves[link] for link in links])) if links else scattering(np.zeros((0, DRAWS)))
        )

    def _drawn(self, links: Sequence[tuple[int, int]]) -> Floats:
        counters = np.zeros((len(links), COUNTERS, 4), dtype=np.uint64)
        counters[..., :2] = np.asarray(links, dtype=np.uint64)[:, np.newaxis]
        counters[..., 2] = np.arange(COUNTERS)
        counters[..., 3] = 0 if self._fading.reciprocal else 1
        words = philox_words(self._key, counters).reshape(len(links), -1)[:, :DRAWS]
        return (words.astype(np.float64) + 0.5) * 2.0**-32
