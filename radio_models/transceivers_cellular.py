"""State powers of user equipment: 5G NR in relative units, phones with LTE and Wi-Fi by throughput.

Marks of confidence: A = seen in the named source; B = from memory of the named document.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar, final

from radio_models.ranges import within
from radio_models.transceivers import Levels, Transceiver


@dataclass(frozen=True)
class RelativePower:
    """Power of user equipment in relative units, and what a sleep costs beside it.

    Args:
        sleeps: power asleep, additional energy of falling asleep and waking [units x ms], time of both [ms]; by depth.
        listens: PDCCH only.
        receives: PDCCH and PDSCH.
        sends: uplink at 0 and at 23 dBm.
    """

    sleeps: dict[str, tuple[float, float, float]]
    listens: float
    receives: float
    sends: tuple[float, float]


NR_POWER = {
    "fr1": RelativePower(
        {"deep": (1.0, 450.0, 20.0), "light": (20.0, 100.0, 6.0), "micro": (45.0, 0.0, 0.0)},
        100.0,
        300.0,
        (250.0, 700.0),
    ),
    "fr2": RelativePower(
        {"deep": (1.0, 450.0, 20.0), "light": (20.0, 100.0, 6.0), "micro": (45.0, 0.0, 0.0)},
        175.0,
        350.0,
        (350.0, 350.0),
    ),
}
"""3GPP TR 38.840 v16, tables 18 to 20, as 5G-LENA has them (A); FR1 with 100 MHz, four receivers.

The transition energy comes on top of the power asleep: that of light sleep, 100 units x ms in 6 ms, is less than what
sleeping through these 6 ms takes."""

_MS = 1e-3


def _derived() -> float:
    """A field that follows from other ones."""
    return field(init=False)


@final
@dataclass(frozen=True, kw_only=True)
class NrUe(Transceiver):
    """User equipment of 5G NR: TR 38.840's relative power times a scale, which 3GPP does not give.

    Sending follows the level in a straight line between 0 and 23 dBm (a reconstruction). For a sidelink it is an
    assumption that sending costs what the uplink does and receiving what PDCCH and PDSCH do.

    Args:
        mw_per_unit: power of one relative unit [mW], above 0; a parameter to be set, 1 by default.
        frequency_range: fr1 (below 7 GHz) or fr2 (millimetre waves).
        sleep: how deep it sleeps: deep, light or micro.

    Raises:
        ValueError: the scale is not above 0, or a word is unknown.
    """

    prices: ClassVar[frozenset[str]] = Transceiver.prices | {"mw_per_unit"}
    """Parameters that set watts and nothing else."""

    mw_per_unit: float = 1.0
    frequency_range: str = "fr1"
    sleep: str = "deep"
    idle_w: float = _derived()
    receive_w: float = _derived()
    transmit_w: float = _derived()
    sleep_w: float = _derived()
    wake_s: float = _derived()
    wake_w: float = _derived()
    levels: Levels = field(init=False)
    source: str = (
        "3GPP TR 38.840 v16, relative power of user equipment, tables 18 to 20, as coded in 5G-LENA (A); its scale is "
        "a parameter; straight line between the two levels of sending: reconstruction"
    )

    def __post_init__(self) -> None:
        unit_w = within(self.mw_per_unit, "mw_per_unit of nr_ue (mW)", 0.0, above=True).item() * _MS
        if self.frequency_range not in NR_POWER:
            raise ValueError(f"frequency_range of nr_ue is one of fr1, fr2; got {self.frequency_range}.")
        power = NR_POWER[self.frequency_range]
        if self.sleep not in power.sleeps:
            raise ValueError(f"sleep of nr_ue is one of {', '.join(power.sleeps)}; got {self.sleep}.")
        asleep, extra_ms, wake_ms = power.sleeps[self.sleep]
        at_0_dbm, at_23_dbm = power.sends
        values = {
            "idle_w": power.listens * unit_w,
            "receive_w": power.receives * unit_w,
            "transmit_w": at_23_dbm * unit_w,
            "sleep_w": asleep * unit_w,
            "wake_s": wake_ms * _MS,
            "wake_w": (asleep + extra_ms / wake_ms) * unit_w if wake_ms else 0.0,
            "levels": ((0.0, at_0_dbm * unit_w), (23.0, at_23_dbm * unit_w)),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        super().__post_init__()


_HUANG = (
    "J. Huang, F. Qian, A. Gerber, Z. M. Mao, S. Sen, O. Spatscheck, 'A close examination of performance and power "
    "characteristics of 4G LTE networks', MobiSys 2012: P = base + per Mb/s x rate, here at 1 Mb/s; asleep, the mean "
    "over one cycle of idle listening; waking, the promotion (B)"
)


def _phone(what: str, base_w: float, up_w: float, down_w: float, rest: tuple[float, float, float]) -> Transceiver:
    """A phone's radio at 1 Mb/s in each direction: base power and watts per Mb/s, asleep, waking [W] and its time."""
    sleep_w, wake_w, wake_s = rest
    return Transceiver(
        idle_w=base_w,
        receive_w=base_w + down_w,
        transmit_w=base_w + up_w,
        sleep_w=sleep_w,
        wake_s=wake_s,
        wake_w=wake_w,
        source=f"{what}, {_HUANG}",
    )


def at_rate(phone: Transceiver, up_bit_per_s: float, down_bit_per_s: float) -> Transceiver:
    """A phone's radio at other rates: its watts above the base grow with the rate.

    Args:
        phone: `lte_phone` or `wifi_phone`, given at 1 Mb/s.
        up_bit_per_s: rate while sending, at least 0.
        down_bit_per_s: rate while receiving, at least 0.

    Raises:
        ValueError: a rate is negative or not finite.
    """
    up, down = (within(rate, "rate of a phone (bit/s)", 0.0).item() / 1e6 for rate in (up_bit_per_s, down_bit_per_s))
    return replace(
        phone,
        transmit_w=phone.idle_w + up * (phone.transmit_w - phone.idle_w),
        receive_w=phone.idle_w + down * (phone.receive_w - phone.idle_w),
    )


lte_phone = _phone("LTE phone", 1.28804, 0.43839, 0.05197, (0.5943 * 43.2 / 1280.0, 1.2107, 0.2601))
"""An LTE phone at 1 Mb/s (B)."""

wifi_phone = _phone("Wi-Fi phone", 0.13286, 0.28317, 0.13701, (0.0772 * 7.6 / 308.2, 0.1244, 0.0791))
"""A phone with Wi-Fi at 1 Mb/s (B)."""
