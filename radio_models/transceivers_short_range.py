"""State powers of chips for IEEE 802.15.4, Bluetooth Low Energy and UWB.

Marks of confidence: A = seen in the named source; B = from memory of the named document; C = engineering estimate. In
each of these chips listening costs what receiving costs; the *idle* mode of their data sheets (oscillator on, receiver
off) hears nothing, and is taken here for the power while waking.
"""

from radio_models.transceivers import Levels, Transceiver, levels_of

_CC2420_LEVELS = levels_of(3.0, {-25.0: 8.5, 0.0: 17.4})

cc2420 = Transceiver(
    idle_w=3.0 * 18.8e-3,
    receive_w=3.0 * 18.8e-3,
    transmit_w=_CC2420_LEVELS[-1][1],
    sleep_w=3.0 * 0.02e-3,
    levels=_CC2420_LEVELS,
    wake_s=0.86e-3,
    wake_w=3.0 * 0.426e-3,
    source=(
        "TI CC2420 data sheet at 3.0 V: transmit 17.4 mA at 0 dBm and 8.5 mA at -25 dBm, receive 18.8 mA (A); power "
        "down 20 uA, idle mode 426 uA while its oscillator starts in 0.86 ms (B)"
    ),
)
"""IEEE 802.15.4 at 2.4 GHz (A; sleep and waking B)."""

_CC2538_LEVELS = levels_of(3.0, {0.0: 24.0, 7.0: 34.0})

cc2538 = Transceiver(
    idle_w=3.0 * 20e-3,
    receive_w=3.0 * 20e-3,
    transmit_w=_CC2538_LEVELS[-1][1],
    sleep_w=3.0 * 0.0013e-3,
    levels=_CC2538_LEVELS,
    domain="chip",
    source=(
        "TI CC2538 data sheet SWRS096D at 3.0 V: transmit 24 mA at 0 dBm and 34 mA at 7 dBm, receive 20 mA, both with "
        "the processor idle; power mode 2 1.3 uA (B)"
    ),
)
"""IEEE 802.15.4 in a microcontroller (B). Its watts include the processor at rest."""

_NRF52840_SOURCE = (
    "Nordic nRF52840 product specification, I_RADIO at 3 V with the DC/DC converter: transmit 3.83, 6.40 and 16.40 mA "
    "at -40, 0 and 8 dBm, receive {receive} (A); system on 1.5 uA (B); the processor is not included"
)
_NRF52840_LEVELS = levels_of(3.0, {-40.0: 3.83, 0.0: 6.40, 8.0: 16.40})


def _nrf52840(receive_ma: float, receive: str, levels: Levels = _NRF52840_LEVELS) -> Transceiver:
    return Transceiver(
        idle_w=3.0 * receive_ma * 1e-3,
        receive_w=3.0 * receive_ma * 1e-3,
        transmit_w=levels[-1][1],
        sleep_w=3.0 * 0.0015e-3,
        levels=levels if len(levels) > 1 else (),
        source=_NRF52840_SOURCE.format(receive=receive),
    )


nrf52840_ble_1m = _nrf52840(6.26, "6.26 mA in BLE 1M")
"""Bluetooth Low Energy 1M (A; sleep B)."""

nrf52840_ble_2m = _nrf52840(6.26, "as in BLE 1M, 6.26 mA (C: the source names 1M)")
"""Bluetooth Low Energy 2M (transmit A, receive C, sleep B)."""

nrf52840_154 = _nrf52840(6.53, "6.53 mA in IEEE 802.15.4")
"""IEEE 802.15.4 (A at 0 dBm; other levels as in BLE, B; sleep B)."""

nrf52840_ble_ldo = Transceiver(
    idle_w=3.0 * 10.10e-3,
    receive_w=3.0 * 10.10e-3,
    transmit_w=3.0 * 10.80e-3,
    sleep_w=3.0 * 0.0015e-3,
    source=(
        "Nordic nRF52840 product specification, I_RADIO at 3 V without the DC/DC converter: transmit 10.80 mA at 0 "
        "dBm, receive 10.10 mA in BLE 1M (A); system on 1.5 uA (B)"
    ),
)
"""Bluetooth Low Energy 1M without the DC/DC converter, at 0 dBm (A; sleep B)."""

dw1000 = Transceiver(
    idle_w=3.3 * 64e-3,
    receive_w=3.3 * 64e-3,
    transmit_w=3.3 * 31e-3,
    sleep_w=3.3 * 0.001e-3,
    source=(
        "Decawave DW1000 distributor sheet at 3.3 V, 6.8 Mb/s at -41.3 dBm/MHz: transmit 31 mA, receive 64 mA, both "
        "depend on the mode; product overview: sleep 1 uA (A)"
    ),
)
"""Ultra-wideband at 6.8 Mb/s and -10 dBm (A)."""
