"""State powers of LoRa chips.

Marks of confidence: A = seen in the named source; B = from memory of the named document. Listening costs what receiving
costs; *standby* (oscillator on, receiver off) hears nothing, and is taken for the power while waking.
"""

from radio_models.transceivers import Transceiver, levels_of

OSCILLATOR_S = 250e-6
"""Start of the crystal oscillator, from sleep to standby (Semtech SX1276-79 data sheet, TS_OSC typical; B)."""

_SX1276_LEVELS = levels_of(3.3, {7.0: 20.0, 13.0: 29.0, 17.0: 87.0, 20.0: 120.0})

sx1276 = Transceiver(
    idle_w=3.3 * 11.5e-3,
    receive_w=3.3 * 11.5e-3,
    transmit_w=_SX1276_LEVELS[-1][1],
    sleep_w=3.3 * 0.0002e-3,
    levels=_SX1276_LEVELS,
    wake_s=OSCILLATOR_S,
    wake_w=3.3 * 1.6e-3,
    source=(
        "Semtech SX1276-79 data sheet rev. 4, table 2.5.1, at 3.3 V: transmit 20 and 29 mA at 7 and 13 dBm (RFO), 87 "
        "and 120 mA at 17 and 20 dBm (PA_BOOST), receive 11.5 mA with LnaBoost (10.8 without) (A); standby 1.6 mA, "
        "sleep 0.2 uA, oscillator start 250 us (B)"
    ),
)
"""LoRa below 1 GHz (A; sleep and waking B). Between 13 and 17 dBm the amplifier changes: a straight line is a guess."""

_LORASIM_MA = (22, 22, 22, 23, 24, 24, 24, 25, 25, 25, 25, 26, 31, 32, 34, 35, 44, 82, 85, 90, 105, 115, 125)
"""Currents of LoRaSim (loraDir.py, SX1272) at -2 to 20 dBm."""
_SX1272_LEVELS = levels_of(3.0, {level - 2.0: float(current) for level, current in enumerate(_LORASIM_MA)})

sx1272 = Transceiver(
    idle_w=3.0 * 11.2e-3,
    receive_w=3.0 * 11.2e-3,
    transmit_w=_SX1272_LEVELS[-1][1],
    sleep_w=3.0 * 0.0015e-3,
    levels=_SX1272_LEVELS,
    wake_s=OSCILLATOR_S,
    wake_w=3.0 * 1.4e-3,
    source=(
        "LoRaSim (M. Bor, U. Roedig, T. Voigt, J. Alonso, MSWiM 2016; loraDir.py): transmit 22 to 125 mA at -2 to 20 "
        "dBm and 3.0 V (A); receive 11.2 mA, standby 1.4 mA, sleep 1.5 uA: ns-3 module lorawan, LoraRadioEnergyModel "
        "(A), at 3.3 V there; oscillator start 250 us (B)"
    ),
)
"""LoRa, transmit currents of LoRaSim (A; waking B)."""

sx1272_lorawan = Transceiver(
    idle_w=3.3 * 11.2e-3,
    receive_w=3.3 * 11.2e-3,
    transmit_w=3.3 * 28e-3,
    sleep_w=3.3 * 0.0015e-3,
    wake_s=OSCILLATOR_S,
    wake_w=3.3 * 1.4e-3,
    source=(
        "ns-3 module lorawan, LoraRadioEnergyModel 82ea58a9, at 3.3 V: transmit 28, receive 11.2, standby 1.4 mA, "
        "sleep 1.5 uA (A); oscillator start 250 us (B)"
    ),
)
"""LoRa as the ns-3 module lorawan has it, at any level (A; waking B)."""

sx1272_flora = Transceiver(
    idle_w=3.3 * 9.7e-3,
    receive_w=3.3 * 9.7e-3,
    transmit_w=3.3 * 44e-3,
    sleep_w=3.3 * 0.0001e-3,
    source=(
        "FLoRa, energyConsumptionParameters.xml 247611eb, at 3.3 V: transmit 44 mA at 14 dBm, receive 9.7 mA, 0.1 uA "
        "where it neither sends nor receives (A)"
    ),
)
"""LoRa as FLoRa has it, at 14 dBm (A)."""
