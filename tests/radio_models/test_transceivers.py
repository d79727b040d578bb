import dataclasses
import math

import pytest

from radio_models.transceivers import (
    DOMAINS,
    Transceiver,
    esp32,
    esp32_80211b,
    esp32_80211n,
    esp32_pico_zero,
    esp32_s2,
    ideal,
    levels_of,
    ns3_wifi,
)


def test_ns3_wifi_is_halperins_card_to_the_milliampere():
    # Halperin et al. 2010: 0.82, 0.94, 1.14 and 0.10 W; ns-3 rounds to milliamperes at 3 V.
    for watts, measured in zip(_watts(ns3_wifi), (0.82, 0.94, 1.14, 0.10), strict=True):
        assert watts == pytest.approx(measured, abs=3.0 * 0.0005)


def test_ns3_wifi_gives_the_joules_of_ns3():
    # ns-3.37: two nodes, 6 Mb/s, 1028 bytes, 5 s saturated; the sender's seconds of transmit and receive, its joules.
    transmit_s, receive_s = 4.495172, 0.074688
    joules = ns3_wifi.transmit_w * transmit_s + ns3_wifi.receive_w * receive_s
    joules += ns3_wifi.idle_w * (5.0 - transmit_s - receive_s)
    assert joules == pytest.approx(5.54666994, rel=1e-4)


def test_esp32_transmit_power_is_reconstructed_from_a_half_duty_cycle():
    assert 0.5 * (esp32.transmit_w + esp32.receive_w) == pytest.approx(3.3 * 0.190, rel=1e-12)


@pytest.mark.parametrize(
    ("average_ma", "receive_ma", "peak_ma"), [(190, 63, 310), (145, 63, 220), (135, 63, 200), (178, 110, 248)]
)
def test_the_rule_gives_the_peaks_that_other_data_sheets_print(average_ma, receive_ma, peak_ma):
    # Espressif, ESP32-S2-WROOM data sheet 1.1, table 7 (three rows), and ESP32-PICO-ZERO manual, table 6.
    assert 2 * average_ma - receive_ma == pytest.approx(peak_ma, rel=0.04)


def test_the_ideal_one_costs_nothing():
    assert _watts(ideal) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("preset", [ns3_wifi, esp32, esp32_80211b, esp32_80211n, esp32_pico_zero, esp32_s2, ideal])
def test_presets_order_their_states_and_name_source_and_domain(preset):
    idle_w, receive_w, transmit_w, sleep_w = _watts(preset)
    assert sleep_w <= idle_w <= receive_w <= transmit_w
    assert preset.domain in DOMAINS
    assert preset.source


@pytest.mark.parametrize("state", ["idle_w", "receive_w", "transmit_w", "sleep_w"])
@pytest.mark.parametrize("watts", [-1.0, math.inf, math.nan])
def test_watts_are_at_least_0_and_finite(state, watts):
    with pytest.raises(ValueError, match=f"{state} of a transceiver"):
        dataclasses.replace(ideal, **{state: watts})


def test_an_unknown_domain_is_refused():
    with pytest.raises(ValueError, match="one of radio, chip, soc, board, wall; got cloud"):
        Transceiver(idle_w=0.0, receive_w=0.0, transmit_w=0.0, sleep_w=0.0, domain="cloud")


def _watts(transceiver):
    return (transceiver.idle_w, transceiver.receive_w, transceiver.transmit_w, transceiver.sleep_w)


# Levels


def test_watts_between_levels_lie_on_a_straight_line():
    chip = Transceiver(
        idle_w=0.0, receive_w=0.0, transmit_w=0.5, sleep_w=0.0, levels=((-10.0, 0.1), (0.0, 0.2), (5.0, 0.5))
    )
    assert [chip.sending_w(level) for level in (-40.0, -10.0, -5.0, 0.0, 2.5, 5.0)] == pytest.approx(
        [0.1, 0.1, 0.15, 0.2, 0.35, 0.5], rel=1e-12
    )
    with pytest.raises(ValueError, match=r"at most 5 dBm, not 5\.5"):
        chip.sending_w(5.5)


def test_without_levels_watts_are_the_same_at_any():
    assert ns3_wifi.sending_w(-30.0) == ns3_wifi.sending_w(30.0) == ns3_wifi.transmit_w


def test_levels_of_a_chip_are_in_order_whatever_the_order_of_its_currents():
    assert levels_of(3.0, {7.0: 34.0, 0.0: 24.0}) == ((0.0, pytest.approx(0.072)), (7.0, pytest.approx(0.102)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": ((0.0, 0.1), (0.0, 0.2)), "transmit_w": 0.2}, "rising order of dBm"),
        ({"levels": ((0.0, -0.1),), "transmit_w": 0.0}, "watts of a level"),
        ({"levels": ((math.nan, 0.1),), "transmit_w": 0.1}, r"a level of a transceiver \(dBm\)"),
        ({"levels": ((0.0, 0.1), (3.0, 0.2)), "transmit_w": 0.3}, "highest level, 0.2 W at 3 dBm; got 0.3 W"),
        ({"wake_w": 0.1}, "give wake_s"),
        ({"wake_s": -1.0}, "wake_s of a transceiver"),
        ({"overhearing": "half"}, "one of full, header; got half"),
    ],
)
def test_levels_and_waking_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(ideal, **changes)


@pytest.mark.parametrize(
    ("preset", "technology", "mode"),
    [
        (esp32, "ESP32 802.11g", "54 Mb/s"),
        (esp32_80211b, "ESP32 802.11b", "1 Mb/s"),
        (esp32_80211n, "ESP32 802.11n", "MCS7"),
    ],
)
def test_esp32_modes_are_those_of_the_table(reference_table, preset, technology, mode):
    (row,) = [row for row in reference_table("radio_profiles.csv")
              if row["technology"] == technology and row["mode"] == mode]  # fmt: skip
    volts, (_, receive_ma) = float(row["volt"]), row["rx_mA"].split("-")
    assert 0.5 * (preset.transmit_w + preset.receive_w) == pytest.approx(volts * float(row["tx_mA"]) / 1e3, rel=1e-12)
    assert preset.receive_w == preset.idle_w == pytest.approx(volts * float(receive_ma) / 1e3, rel=1e-12)


@pytest.mark.parametrize(
    ("preset", "technology"), [(esp32_pico_zero, "ESP32 module (PICO-ZERO)"), (esp32_s2, "ESP32-S2")]
)
def test_printed_peaks_are_those_of_the_table(reference_table, preset, technology):
    (row,) = [row for row in reference_table("radio_profiles.csv") if row["technology"] == technology]
    peak_ma = float(row["tx_mA"].split("/")[1].split()[0])
    assert preset.transmit_w == pytest.approx(float(row["volt"]) * peak_ma / 1e3, rel=1e-12)
    assert preset.receive_w == pytest.approx(float(row["volt"]) * float(row["rx_mA"]) / 1e3, rel=1e-12)


def test_ns3_wifi_is_the_row_of_the_table(reference_table):
    (row,) = [row for row in reference_table("radio_profiles.csv") if row["technology"].startswith("802.11a/g (ns-3")]
    currents = [float(row[name]) for name in ("idle_mA", "rx_mA", "tx_mA", "sleep_mA")]
    assert _watts(ns3_wifi) == pytest.approx([float(row["volt"]) * current / 1e3 for current in currents], rel=1e-12)


def test_every_row_of_ns3_has_the_joules_of_its_state_seconds(reference_table):
    # A busy channel that is not received costs what idling does.
    rows, worst = reference_table("wifi_p2p.csv"), 0.0
    for row in rows:
        for end in ("sender", "receiver"):
            transmit_s, receive_s = float(row[f"tx_s_{end}"]), float(row[f"rx_s_{end}"])
            joules = ns3_wifi.transmit_w * transmit_s + ns3_wifi.receive_w * receive_s
            joules += ns3_wifi.idle_w * (float(row["sim_s"]) - transmit_s - receive_s)
            worst = max(worst, abs(joules / float(row[f"energy_J_{end}"]) - 1.0))
    assert worst < 0.01
