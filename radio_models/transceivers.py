"""State powers of transceivers, each with its source and with what its watts include."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from radio_models.ranges import within

DOMAINS = ("radio", "chip", "soc", "board", "wall")
"""What watts may include: the radio alone, a chip with radio and processor, a system on a chip, a board, a plug."""


OVERHEARING = ("full", "header")
"""What a transceiver does with a frame for somebody else: receive all of it, or drop it after the header."""

Levels = tuple[tuple[float, float], ...]
"""Power while sending by transmit power: (dBm, W) in rising order."""


@dataclass(frozen=True, kw_only=True)
class Transceiver:
    """Watts of a transceiver by state, constant in each state, and what it takes to wake.

    Falling asleep is free: data sheets and 3GPP TR 38.840 give one figure for the way down and up, booked on the way
    up. Who wakes by a timer starts `wake_s` early.

    Args:
        idle_w: listening, nothing detected; at least 0 W.
        receive_w: receiving a frame, for this peer or not; at least 0 W.
        transmit_w: sending, at any transmit power where there are no levels, else at the highest; at least 0 W.
        sleep_w: deaf, but ready to be woken by a timer; at least 0 W.
        domain: what the watts include, one of `DOMAINS`.
        source: where the watts come from, with a mark of confidence.
        levels: watts while sending by transmit power in dBm, rising; none where one figure has to do.
        wake_s: time from sleeping to listening, deaf; at least 0 s.
        wake_w: power during that time; at least 0 W.
        overhearing: `full` receives whole frames that are for others, `header` drops them after their header.

    Raises:
        ValueError: a power or the time is negative or not finite, levels do not rise or contradict transmit_w, waking
            takes power but no time, or a word is unknown.
    """

    prices: ClassVar[frozenset[str]] = frozenset(
        {"idle_w", "receive_w", "transmit_w", "sleep_w", "wake_w", "levels", "domain", "source"}
    )
    """Parameters that set watts and nothing else."""

    idle_w: float
    receive_w: float
    transmit_w: float
    sleep_w: float
    domain: str = "radio"
    source: str = "given by the user"
    levels: Levels = ()
    wake_s: float = 0.0
    wake_w: float = 0.0
    overhearing: str = "full"

    def __post_init__(self) -> None:
        for state in ("idle_w", "receive_w", "transmit_w", "sleep_w", "wake_w"):
            within(getattr(self, state), f"{state} of a transceiver (W)", 0.0)
        within(self.wake_s, "wake_s of a transceiver (s)", 0.0)
        if self.domain not in DOMAINS:
            raise ValueError(f"The domain of a transceiver is one of {', '.join(DOMAINS)}; got {self.domain}.")
        if self.overhearing not in OVERHEARING:
            raise ValueError(f"overhearing of a transceiver is one of full, header; got {self.overhearing}.")
        if self.wake_w > 0.0 and self.wake_s == 0.0:
            raise ValueError(f"A transceiver that draws {self.wake_w:g} W while waking needs a time: give wake_s.")
        self._check_levels()

    def _check_levels(self) -> None:
        if not self.levels:
            return
        levels_dbm = [within(level, "a level of a transceiver (dBm)", -200.0, 100.0).item() for level, _ in self.levels]
        watts = [within(power_w, "watts of a level of a transceiver (W)", 0.0).item() for _, power_w in self.levels]
        if any(later <= earlier for earlier, later in pairwise(levels_dbm)):
            raise ValueError("The levels of a transceiver are in rising order of dBm.")
        if self.transmit_w != watts[-1]:
            raise ValueError(
                f"transmit_w is the power of the highest level, {watts[-1]:g} W at {levels_dbm[-1]:g} dBm; "
                f"got {self.transmit_w:g} W."
            )

    def sending_w(self, tx_power_dbm: float) -> float:
        """Power while sending at a level [W].

        Between two levels watts (milliamperes, at a constant voltage) are interpolated over dBm: a reconstruction,
        exact at the levels. Below the lowest level it draws what the lowest does.

        Raises:
            ValueError: the level is above the highest.
        """
        if not self.levels:
            return self.transmit_w
        highest_dbm = self.levels[-1][0]
        if tx_power_dbm > highest_dbm:
            raise ValueError(f"the transceiver sends with at most {highest_dbm:g} dBm, not {tx_power_dbm:g}")
        if tx_power_dbm <= self.levels[0][0]:
            return self.levels[0][1]
        for (low_dbm, low_w), (high_dbm, high_w) in pairwise(self.levels):
            if tx_power_dbm <= high_dbm:
                return low_w + (high_w - low_w) * ((tx_power_dbm - low_dbm) / (high_dbm - low_dbm))
        return self.transmit_w


def levels_of(volts: float, milliamperes: Mapping[float, float]) -> Levels:
    """Levels of a chip from its supply voltage [V] and its currents [mA] by transmit power [dBm]."""
    return tuple((level_dbm, volts * milliamperes[level_dbm] * 1e-3) for level_dbm in sorted(milliamperes))


ideal = Transceiver(idle_w=0.0, receive_w=0.0, transmit_w=0.0, sleep_w=0.0, source="costs nothing, by definition (A)")

ns3_wifi = Transceiver(
    idle_w=3.0 * 0.273,
    receive_w=3.0 * 0.313,
    transmit_w=3.0 * 0.380,
    sleep_w=3.0 * 0.033,
    source=(
        "ns-3.37 WifiRadioEnergyModel, default currents 273, 313, 380 and 33 mA at 3.0 V (BasicEnergySource); after "
        "D. Halperin, B. Greenstein, A. Sheth, D. Wetherall, 'Demystifying 802.11n power consumption', HotPower 2010: "
        "a network card with one antenna, 0.82, 0.94, 1.14 (at 0 dBm) and 0.10 W (A)"
    ),
)

ESP32_SOURCE = (
    "Espressif ESP32 data sheet, RF power consumption at 3.3 V: receive 95 to 100 mA; transmit {sends}, averaged over "
    "a duty cycle of 50 %; modem sleep at 80 MHz 20 to 31 mA (A). Reconstruction: transmit = 2 x {average} - 100 = "
    "{peak} mA, the other half of the time spent receiving (the rule gives 317 and 227 mA where the ESP32-S2 data "
    "sheet prints peaks of 310 and 220 mA); listening costs what receiving costs; sleep is modem sleep with the "
    "processor on, since light and deep sleep stop it"
)


def _esp32(average_ma: float, sends: str) -> Transceiver:
    """An ESP32 in one of its modes, from the mean current at a duty cycle of one half."""
    return Transceiver(
        idle_w=3.3 * 0.100,
        receive_w=3.3 * 0.100,
        transmit_w=3.3 * (2 * average_ma / 1000 - 0.100),
        sleep_w=3.3 * 0.020,
        domain="chip",
        source=ESP32_SOURCE.format(sends=sends, average=f"{average_ma:g}", peak=f"{2 * average_ma - 100:g}"),
    )


esp32 = _esp32(190, "190 mA, 802.11g 54 Mb/s at 16 dBm")
"""A microcontroller with Wi-Fi, sending 802.11g (A, transmit reconstructed). Its watts include the idle processor."""

esp32_80211b = _esp32(240, "240 mA, 802.11b 1 Mb/s at 19.5 dBm")
"""The same, sending 802.11b (A, transmit reconstructed)."""

esp32_80211n = _esp32(180, "180 mA, 802.11n MCS7 at 14 dBm")
"""The same, sending 802.11n (A, transmit reconstructed)."""

esp32_pico_zero = Transceiver(
    idle_w=3.3 * 0.110,
    receive_w=3.3 * 0.110,
    transmit_w=3.3 * 0.248,
    sleep_w=3.3 * 0.020,
    domain="chip",
    source=(
        "Espressif ESP32-PICO-ZERO manual, table 6, 802.11n 20 MHz MCS7 at 3.3 V: transmit peak 248 mA, receive 110 mA "
        "(A); sleep: modem sleep of the ESP32, 20 mA (B)"
    ),
)
"""A module with an ESP32, sending 802.11n (A; sleep B)."""

esp32_s2 = Transceiver(
    idle_w=3.3 * 0.063,
    receive_w=3.3 * 0.063,
    transmit_w=3.3 * 0.200,
    sleep_w=3.3 * 0.022,
    domain="chip",
    source=(
        "Espressif ESP32-S2-WROOM data sheet 1.1, tables 7 and 8, 802.11n 20 MHz MCS7 at 13 dBm and 3.3 V: transmit "
        "peak 200 mA, receive 63 mA, modem sleep at 240 MHz 22 mA (A); listening costs what receiving costs"
    ),
)
"""A microcontroller with Wi-Fi, sending 802.11n (A). Its watts include the processor at rest."""
