"""Which of overlapping frames a receiver that follows one of them gets all the same.

With `sinr` only the ratio of signal to interference and noise counts. The named LoRa models add a rule for frames of
one spreading factor, since a receiver that despreads its own symbols cannot tell those of another frame from them:
however well it decodes below noise, it does not decode below another frame.
"""

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cosim.sim.air import Air
    from cosim.sim.frame_on_air import FrameOnAir

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]
Model = Literal["sinr", "lorasim", "flora", "goursaud"]


class Capture(NamedTuple):
    """A rule: a frame must be so much stronger than each other one [dB], or than their energy averaged over it.

    Attributes:
        margin_db: how much stronger; None where only the ratio of signal to interference and noise counts.
        averaged: whether the others' energy during the frame counts, all together, and not the strongest one's power.
        spared_symbols: of the preamble the last so many count; who interferes only before them does no harm.
    """

    margin_db: float | None
    averaged: bool
    spared_symbols: float

    @property
    def margin(self) -> float:
        """The same as a ratio."""
        return 0.0 if self.margin_db is None else 10.0 ** (self.margin_db / 10.0)

    def disturb(self, air: "Air", frame: "FrameOnAir") -> None:
        """A frame begins: who follows another one that is not strong enough loses it."""
        if self.margin_db is None or self.averaged:
            return
        ids = frame.footprint.ids
        following = air.engaged[ids] >= 0
        lost = ids[following & (frame.ratio * self.margin > air.signal[ids])]
        air.log_success[lost] = -np.inf

    def follow(self, air: "Air", frame: "FrameOnAir", peers: Peers) -> None:
        """Receivers begin to follow a frame, while others are on the air."""
        if self.margin_db is None or self.averaged or len(air.frames) < 2:
            return
        strongest = np.zeros(len(air.total))
        for other in air.frames.values():
            if other is not frame:
                ids = other.footprint.ids
                strongest[ids] = np.maximum(strongest[ids], other.ratio)
        air.log_success[peers[strongest[peers] * self.margin > air.signal[peers]]] = -np.inf

    def outlast(self, log_success: Floats, signal: Floats, energy: Floats) -> Floats:
        """ln S at the end of a frame, given its power and the mean of all others' during it."""
        if self.margin_db is None or not self.averaged:
            return log_success
        return np.where(energy * self.margin > signal, -np.inf, log_success)


CAPTURES: dict[Model, Capture] = {
    "sinr": Capture(None, False, 5.0),
    "lorasim": Capture(6.0, False, 5.0),
    "flora": Capture(1.0, False, 6.0),
    "goursaud": Capture(6.0, True, 0.0),
}
"""By name. `lorasim`: M. Bor et al., "Do LoRa low-power wide-area networks scale?", MSWiM 2016: 6 dB, and only
interference after symbol N - 5 of a preamble of N counts (A). `flora`: M. Slabicki et al., "Adaptive configuration of LoRa
networks for dense IoT deployments", NOMS 2018: 1 dB between frames of one spreading factor, from symbol N - 6 on (A).
`goursaud`: C. Goursaud, J.-M. Gorce, "Dedicated networks for IoT: PHY/MAC state of the art and challenges", 2015, as in
D. Magrin et al., ICC 2017: 6 dB between energies of one spreading factor over the frame (A)."""
