import dataclasses
import math

import pytest

from radio_models.transceivers import DOMAINS, Transceiver, esp32, ideal, ns3_wifi


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


@pytest.mark.parametrize("preset", [ns3_wifi, esp32, ideal])
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
