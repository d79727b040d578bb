"""Wi-Fi radios with modulation and coding schemes: IEEE 802.11n, 802.11ac and 802.11ax."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Self, final

from pydantic import Field

from cosim.part import Index, part
from cosim.sim.wifi_radio import Phy, Wifi
from radio_models import wifi
from radio_models.wifi_modes import Format, Mode, mode_of, modes

Band = Literal["2.4GHz", "5GHz"]


@part
class McsWifi(Wifi):
    """What 802.11n, ac and ax share: one stream, one MSDU per PPDU; timing and acknowledgements of the band's OFDM.

    Air times are those of ns-3.37, at most 8 us from the standard's (see `radio_models.wifi.ppdu_s`). Without
    aggregation a frame of a fast MCS is mostly preamble and waiting.

    Attributes:
        mcs: modulation and coding scheme of data frames.
    """

    mcs: Index = 0

    @property
    @abstractmethod
    def mode(self) -> Mode:
        """Mode of data frames."""

    @property
    def band_timing(self) -> wifi.Timing:
        """That of 5 GHz."""
        return wifi.OFDM

    def of_phy(self) -> Phy:
        """Mode of data frames and timing of the band."""
        return Phy(self.mode, self.band_timing)

    def at_each_rate(self) -> Sequence[Self]:
        """The same radio with each MCS that its channel has."""
        mode = self.mode
        return [replace(self, mcs=other.mcs) for other in modes(mode.format, mode.width_mhz, mode.guard_ns)]


def _timing(band: Band) -> wifi.Timing:
    return wifi.OFDM if band == "5GHz" else wifi.ERP_OFDM


@final
@part
class Wifi80211n(McsWifi):
    """IEEE 802.11n (HT, mixed format).

    Attributes:
        width_mhz: channel, 20 or 40 MHz.
        short_guard: guard intervals of 0.4 instead of 0.8 us.
        band: 2.4 GHz has SIFS 10 us and a signal extension of 6 us.
    """

    source: ClassVar[str] = "IEEE Std 802.11-2016, clause 19 (HT) and 10 (DCF); thresholds of ns-3.37 (A)"

    mcs: Annotated[int, Field(ge=0, le=7)] = 0
    width_mhz: Literal[20, 40] = 20
    short_guard: bool = False
    band: Band = "5GHz"

    @property
    def mode(self) -> Mode:
        """HT mode."""
        return mode_of(Format.HT, self.mcs, self.width_mhz, 400 if self.short_guard else 800)

    @property
    def band_timing(self) -> wifi.Timing:
        """That of the band."""
        return _timing(self.band)


@final
@part
class Wifi80211ac(McsWifi):
    """IEEE 802.11ac (VHT) at 5 GHz.

    Attributes:
        mcs: 0 to 9; 9 not in 20 MHz.
        width_mhz: channel, 20, 40, 80 or 160 MHz.
        short_guard: guard intervals of 0.4 instead of 0.8 us.
    """

    source: ClassVar[str] = "IEEE Std 802.11-2016, clause 21 (VHT) and 10 (DCF); thresholds of ns-3.37 (A)"

    mcs: Annotated[int, Field(ge=0, le=9)] = 0
    width_mhz: Literal[20, 40, 80, 160] = 80
    short_guard: bool = False

    @property
    def mode(self) -> Mode:
        """VHT mode."""
        return mode_of(Format.VHT, self.mcs, self.width_mhz, 400 if self.short_guard else 800)


@final
@part
class Wifi80211ax(McsWifi):
    """IEEE 802.11ax (HE, single user).

    Attributes:
        mcs: 0 to 11.
        width_mhz: channel, 20, 40, 80 or 160 MHz.
        guard_ns: guard interval, 800, 1600 or 3200 ns.
        band: 2.4 GHz has SIFS 10 us and a signal extension of 6 us.
    """

    source: ClassVar[str] = "IEEE Std 802.11ax-2021, clause 27 (HE) and 10 (DCF); thresholds of ns-3.37 (A)"

    mcs: Annotated[int, Field(ge=0, le=11)] = 0
    width_mhz: Literal[20, 40, 80, 160] = 80
    guard_ns: Literal[800, 1600, 3200] = 800
    band: Band = "5GHz"

    @property
    def mode(self) -> Mode:
        """HE mode."""
        return mode_of(Format.HE, self.mcs, self.width_mhz, self.guard_ns)

    @property
    def band_timing(self) -> wifi.Timing:
        """That of the band."""
        return _timing(self.band)
