"""Wi-Fi radios with legacy OFDM: IEEE 802.11a and 802.11g."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Self, final

from pydantic import AfterValidator

from cosim.part import part
from cosim.sim.wifi_radio import Phy, Wifi
from radio_models import wifi
from radio_models.wifi_modes import LEGACY_RATES


def _known_rate(bit_per_s: float) -> float:
    return float(wifi.ofdm_rate(bit_per_s).bit_per_s)


@part
class LegacyWifi(Wifi):
    """What 802.11a and 802.11g share: OFDM in 20 MHz.

    Attributes:
        rate_bit_per_s: rate of data frames: 6, 9, 12, 18, 24, 36, 48 or 54 Mb/s.
    """

    rate_bit_per_s: Annotated[float, AfterValidator(_known_rate)] = 6e6

    def at_each_rate(self) -> Sequence[Self]:
        """The same radio at each of the eight rates."""
        return [replace(self, rate_bit_per_s=float(rate)) for rate in LEGACY_RATES]


@final
@part
class Wifi80211a(LegacyWifi):
    """IEEE 802.11a at 5 GHz."""

    source: ClassVar[str] = "IEEE Std 802.11-2012, clause 18 (OFDM) and 9 (DCF); thresholds of ns-3.37 (A)"

    def of_phy(self) -> Phy:
        """SIFS 16 us, slot 9 us, CWmin 15."""
        return Phy(LEGACY_RATES[int(self.rate_bit_per_s)], wifi.OFDM)


@final
@part
class Wifi80211g(LegacyWifi):
    """IEEE 802.11g at 2.4 GHz among stations that all know it: no protection, short slot."""

    source: ClassVar[str] = "IEEE Std 802.11-2012, clause 19 (ERP-OFDM) and 9 (DCF); thresholds of ns-3.37 (A)"

    def of_phy(self) -> Phy:
        """SIFS 10 us, slot 9 us, CWmin 15, signal extension 6 us."""
        return Phy(LEGACY_RATES[int(self.rate_bit_per_s)], wifi.ERP_OFDM)
