"""Wi-Fi radios that spread the spectrum: IEEE 802.11b."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Self, final

from pydantic import AfterValidator

from cosim.part import PartOf, part
from cosim.sim.error_rate import DsssErrorRate, ErrorRate
from cosim.sim.wifi_radio import Phy, Wifi
from radio_models import dsss


def _known_rate(bit_per_s: float) -> float:
    return dsss.dsss_rate(bit_per_s).bit_per_s


@final
@part
class Wifi80211b(Wifi):
    """IEEE 802.11b at 2.4 GHz: DSSS at 1 and 2 Mb/s, CCK at 5.5 and 11 Mb/s; noise of 22 MHz, long slots.

    All four rates are mandatory, so that acknowledgements have the rate of the data.

    Attributes:
        rate_bit_per_s: rate of data frames: 1, 2, 5.5 or 11 Mb/s.
        short_preamble: preamble and header of 96 instead of 192 us, except at 1 Mb/s.
    """

    source: ClassVar[str] = "IEEE Std 802.11-2016, clauses 15, 16 (DSSS) and 10 (DCF); thresholds of ns-3.37 (A)"

    rate_bit_per_s: Annotated[float, AfterValidator(_known_rate)] = 1e6
    error_rate: Annotated[ErrorRate, PartOf("error_rate")] = DsssErrorRate()
    short_preamble: bool = False

    def of_phy(self) -> Phy:
        """SIFS 10 us, slot 20 us, CWmin 31."""
        return Phy(dsss.dsss_rate(self.rate_bit_per_s), dsss.DSSS, self.short_preamble)

    def at_each_rate(self) -> Sequence[Self]:
        """The same radio at each of the four rates."""
        return [replace(self, rate_bit_per_s=rate) for rate in dsss.RATES]
