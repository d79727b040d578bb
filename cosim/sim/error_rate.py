"""Which frames are not decoded: the parts of the section `error_rate`, within a Wi-Fi radio."""

from typing import Protocol, final, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cosim.part import part
from cosim.sim.radio import Floats, Sizes
from radio_models.error_rate import chunk_error_rate
from radio_models.units import BITS_PER_BYTE
from radio_models.wifi import OfdmRate


@runtime_checkable
class ErrorRate(Protocol):
    """A model of decoding errors of the OFDM PHY."""

    def frame_error_rate(self, snr_db: Floats, rate: OfdmRate, psdu_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that a frame of so many bytes is not decoded."""
        ...


@final
@part
class NistErrorRate:
    """The NIST model (see `radio_models.error_rate`), over the bits of the PSDU.

    Left out are the SIGNAL field (24 bits at 6 Mb/s, which ns-3 decodes by themselves), SERVICE, tail and padding:
    below 1 % of the bits of a full frame.
    """

    def frame_error_rate(self, snr_db: Floats, rate: OfdmRate, psdu_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that a frame is not decoded."""
        bits = BITS_PER_BYTE * np.asarray(psdu_bytes)
        return chunk_error_rate(snr_db, rate.constellation, rate.code_numerator, bits)
