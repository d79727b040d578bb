"""Which frames are not decoded: the parts of the section `error_rate`, within a Wi-Fi radio."""

from typing import ClassVar, Literal, Protocol, final, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cosim.part import part
from cosim.sim.error_table import table_of
from cosim.sim.radio import Floats, Sizes
from radio_models import dsss, error_rate, error_rate_table, error_rate_yans
from radio_models.dsss import DsssMode
from radio_models.units import BITS_PER_BYTE
from radio_models.wifi_modes import Mode

Rate = Mode | DsssMode


@runtime_checkable
class ErrorRate(Protocol):
    """A model of decoding errors."""

    def covers(self, rate: Rate) -> bool:
        """Whether the model knows this modulation."""
        ...

    def frame_error_rate(self, snr_db: Floats, rate: Rate, psdu_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that a frame of so many bytes is not decoded."""
        ...


class _OfdmErrorRate:
    """What models of OFDM share: the bits of the PSDU count.

    Left out are the SIGNAL fields (24 bits at 6 Mb/s, which ns-3 decodes by themselves), SERVICE, tail and padding:
    below 1 % of the bits of a full frame.
    """

    def covers(self, rate: Rate) -> bool:
        """OFDM, whatever the format."""
        return isinstance(rate, Mode)


@final
@part
class NistErrorRate(_OfdmErrorRate):
    """The NIST model (see `radio_models.error_rate`)."""

    source: ClassVar[str] = "NIST error model: Pei & Henderson, Boeing 2010; L. E. Miller, NIST 2003 (A)"

    def frame_error_rate(self, snr_db: Floats, rate: Rate, psdu_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that a frame is not decoded."""
        assert isinstance(rate, Mode)
        bits = BITS_PER_BYTE * np.asarray(psdu_bytes)
        return error_rate.chunk_error_rate(snr_db, rate.constellation, rate.code_numerator, bits)


@final
@part
class YansErrorRate(_OfdmErrorRate):
    """The Yans model (see `radio_models.error_rate_yans`)."""

    source: ClassVar[str] = "Yans error model: Lacage & Henderson, WNS2 2006; Proakis, Digital Communications 8.2 (A)"

    def frame_error_rate(self, snr_db: Floats, rate: Rate, psdu_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that a frame is not decoded."""
        assert isinstance(rate, Mode)
        return error_rate_yans.chunk_error_rate(snr_db, rate, BITS_PER_BYTE * np.asarray(psdu_bytes))


@final
@part
class TableErrorRate(_OfdmErrorRate):
    """Tables of link simulations (see `radio_models.error_rate_table`), the user's or a reconstruction of ns-3's.

    Attributes:
        file: a CSV with the columns mcs, size_bytes, snr_db, per, its path relative to where cosim runs; without one
            the reconstruction. Curve 0 to 11 is a modulation and code rate, named by the MCS of HE that has it; an
            MCS that is not there is decoded by the Yans model, as in ns-3.
        coding: which of the reconstructed curves: convolutional code, or low-density codes.
    """

    source: ClassVar[str] = (
        "link simulations after Patidar et al., WNS3 2017: reconstruction, fitted to ns-3.37 within 0.03 PER (B)"
    )

    file: str | None = None
    coding: Literal["bcc", "ldpc"] = "bcc"

    def __post_init__(self) -> None:
        if self.file is not None:
            table_of(self.file)

    def frame_error_rate(self, snr_db: Floats, rate: Rate, psdu_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that a frame is not decoded."""
        assert isinstance(rate, Mode)
        bits = BITS_PER_BYTE * np.asarray(psdu_bytes)
        if self.file is None:
            return error_rate_table.chunk_error_rate(snr_db, rate, bits, low_density=self.coding == "ldpc")
        table = table_of(self.file).get((rate.constellation, rate.code_numerator))
        if table is None:
            return error_rate_yans.chunk_error_rate(snr_db, rate, bits)
        return table.error_rate(snr_db, psdu_bytes)


@final
@part
class DsssErrorRate:
    """DSSS and CCK (see `radio_models.dsss`); the only model of 802.11b."""

    source: ClassVar[str] = "DSSS and CCK in white noise: Pei & Henderson, Boeing 2009; Proakis 5.2 (A)"

    def covers(self, rate: Rate) -> bool:
        """DSSS and CCK."""
        return isinstance(rate, DsssMode)

    def frame_error_rate(self, snr_db: Floats, rate: Rate, psdu_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that a frame is not decoded."""
        assert isinstance(rate, DsssMode)
        return dsss.chunk_error_rate(snr_db, rate, BITS_PER_BYTE * np.asarray(psdu_bytes))
