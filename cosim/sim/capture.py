"""Which of overlapping frames a receiver that follows one of them gets all the same.

With `sinr` only the ratio of signal to interference and noise counts. The LoRa models of `radio_models.lora_capture`
add a rule for frames of one spreading factor, since a receiver that despreads its own symbols cannot tell those of
another frame from them: however well it decodes below noise, it does not decode below another frame.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from radio_models import lora_capture

if TYPE_CHECKING:
    from cosim.sim.air import Air
    from cosim.sim.frame_on_air import FrameOnAir

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]


class Capture(NamedTuple):
    """A rule: a frame must be so much stronger than each other one [dB], or than their energy averaged over it.

    Attributes:
        margin_db: how much stronger; None where only the ratio of signal to interference and noise counts.
        averaged: whether the others' energy during the frame counts, all together, and not the strongest one's power.
    """

    margin_db: float | None
    averaged: bool

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
        """Ln S at the end of a frame, given its power and the mean of all others' during it."""
        if self.margin_db is None or not self.averaged:
            return log_success
        return np.where(energy * self.margin > signal, -np.inf, log_success)


SINR = Capture(None, False)
"""Only the ratio of signal to interference and noise."""


def capture_of(model: lora_capture.Capture, spreading_factor: int) -> Capture:
    """The rule of a LoRa model for frames of one spreading factor on one channel."""
    margin_db = float(lora_capture.required_db(model, spreading_factor, spreading_factor))
    return Capture(margin_db, model.lock_symbols is None)
