"""State powers of transceivers, each with its source and with what its watts include."""

from dataclasses import dataclass

from radio_models.ranges import within

DOMAINS = ("radio", "chip", "soc", "board", "wall")
"""What watts may include: the radio alone, a chip with radio and processor, a system on a chip, a board, a plug."""


@dataclass(frozen=True, kw_only=True)
class Transceiver:
    """Watts of a transceiver by state, constant in each state, without energy for changes of state.

    Args:
        idle_w: listening, nothing detected; at least 0 W.
        receive_w: receiving a frame, for this peer or not; at least 0 W.
        transmit_w: sending, at whatever transmit power; at least 0 W.
        sleep_w: deaf, but ready to be woken by a timer; at least 0 W.
        domain: what the watts include, one of `DOMAINS`.
        source: where the watts come from.

    Raises:
        ValueError: a power is negative or not finite, or the domain is unknown.
    """

    idle_w: float
    receive_w: float
    transmit_w: float
    sleep_w: float
    domain: str = "radio"
    source: str = "given by the user"

    def __post_init__(self) -> None:
        for state in ("idle_w", "receive_w", "transmit_w", "sleep_w"):
            within(getattr(self, state), f"{state} of a transceiver (W)", 0.0)
        if self.domain not in DOMAINS:
            raise ValueError(f"The domain of a transceiver is one of {', '.join(DOMAINS)}; got {self.domain}.")


ideal = Transceiver(idle_w=0.0, receive_w=0.0, transmit_w=0.0, sleep_w=0.0, source="costs nothing, by definition")

ns3_wifi = Transceiver(
    idle_w=3.0 * 0.273,
    receive_w=3.0 * 0.313,
    transmit_w=3.0 * 0.380,
    sleep_w=3.0 * 0.033,
    source=(
        "ns-3.37 WifiRadioEnergyModel, default currents 273, 313, 380 and 33 mA at 3.0 V (BasicEnergySource); after "
        "D. Halperin, B. Greenstein, A. Sheth, D. Wetherall, 'Demystifying 802.11n power consumption', HotPower 2010: "
        "a network card with one antenna, 0.82, 0.94, 1.14 (at 0 dBm) and 0.10 W"
    ),
)

esp32 = Transceiver(
    idle_w=3.3 * 0.100,
    receive_w=3.3 * 0.100,
    transmit_w=3.3 * (2 * 0.190 - 0.100),
    sleep_w=3.3 * 0.020,
    domain="chip",
    source=(
        "Espressif ESP32 data sheet, RF power consumption at 3.3 V: receive 95 to 100 mA; transmit 190 mA, 802.11g "
        "54 Mb/s at 16 dBm, averaged over a duty cycle of 50 %; modem sleep at 80 MHz 20 to 31 mA. Reconstruction: "
        "transmit = 2 x 190 - 100 = 280 mA, the other half of the time spent receiving (the rule gives 317 and 227 mA "
        "where the ESP32-S2 data sheet prints peaks of 310 and 220 mA); listening costs what receiving costs; sleep is "
        "modem sleep with the processor on, since light and deep sleep stop it"
    ),
)
"""A microcontroller with Wi-Fi. Its watts include the processor at rest."""
