"""The medium of Wi-Fi: carrier sensing with collision avoidance, IEEE 802.11 DCF."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, final

from cosim.part import NonNegative, part
from cosim.sim.medium import Medium
from cosim.sim.wifi import Wifi
from radio_models import wifi
from radio_models.dcf import Dcf


def dcf_of(radio: Wifi) -> Dcf:
    """What the DCF of a radio is made of.

    The timeout is SIFS, a slot, and the 20 us in which a preamble is found (IEEE Std 802.11-2012, 9.3.2.8).
    """
    timing = radio.timing
    slot_s, sifs_s = timing.slot_us * 1e-6, wifi.sifs_s(timing)
    return Dcf(
        slot_s=slot_s,
        sifs_s=sifs_s,
        difs_s=wifi.difs_s(timing),
        cw_min=timing.cw_min,
        cw_max=1023,
        max_attempts=radio.max_attempts,
        ack_s=radio.ack_airtime_s,
        ack_timeout_s=sifs_s + slot_s + wifi.PREAMBLE_AND_SIGNAL_US * 1e-6,
    )


@final
@part
class CsmaCa:
    """Stations that hear each other take turns frame by frame; those that do not disturb each other's hearers.

    Attributes:
        fidelity: transfer, shares of the air that follow from the slot model; or packet, every frame by itself.
        jitter_s: broadcasts begin up to so much later, at random.
    """

    source: ClassVar[str] = "IEEE Std 802.11-2012, 9.3 (DCF), as a slot model that agrees with ns-3.37 (A)"

    fidelity: Literal["transfer", "packet"] = "transfer"
    jitter_s: NonNegative = 0.0

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """Only radios with a DCF contend like that."""
        if not isinstance(scenario.radio, Wifi):
            yield ("medium", "kind"), "csma_ca is how Wi-Fi shares the air: the radio must be wifi_80211a or wifi_80211g"

    def medium(self, **world: Any) -> Medium:
        """The medium at work in a simulated world."""
        from cosim.sim.fluid import FluidMedium
        from cosim.sim.sharing import DcfSharing

        return FluidMedium(DcfSharing(dcf_of(world["budget"].radio)), **world)
