import pytest

from cosim.sim.capture import SINR
from cosim.sim.erasure import Erasure
from cosim.sim.ieee802154 import Ieee802154
from cosim.sim.lora import Lora
from cosim.sim.sensing import answer_of, busy_ratio, detection_s, least_ratio, noise_faults, radio_capture
from cosim.sim.wifi import Wifi80211a

WIFI, BARE = Wifi80211a(), Wifi80211a(preamble_detection=False)


def test_a_preamble_needs_four_decibels_or_what_the_radio_says():
    assert least_ratio(WIFI) == pytest.approx(2.511886)
    assert least_ratio(BARE) == 0.0
    assert least_ratio(Ieee802154()) == pytest.approx(10**-0.5)


def test_levels_are_compared_with_noise():
    assert busy_ratio(WIFI, -82.0) == pytest.approx(10 ** ((-82.0 - WIFI.noise_dbm) / 10))
    with pytest.raises(ValueError, match="this radio has neither"):
        busy_ratio(Erasure(rate_bit_per_s=1e6), -82.0)


def test_only_radios_without_noise_are_refused():
    assert not list(noise_faults(WIFI))
    ((path, sentence),) = noise_faults(Erasure(rate_bit_per_s=1e6))
    assert path == ("medium", "kind")
    assert "noise" in sentence


def test_when_receivers_lock():
    assert detection_s(WIFI) == 4e-6
    assert detection_s(Ieee802154()) == 0.0
    # Three symbols of 1.024 ms, two with FLoRa.
    assert detection_s(Lora(capture="lorasim")) == pytest.approx(3 * 1.024e-3)
    assert detection_s(Lora(capture="flora")) == pytest.approx(2 * 1.024e-3)


def test_who_acknowledges():
    assert answer_of(Lora()) is None
    answer = answer_of(WIFI)
    assert answer.gap_s == pytest.approx(16e-6)
    assert answer.timeout_s > answer.gap_s + WIFI.ack_airtime_s


def test_a_rule_of_capture_is_that_of_the_radio_or_none():
    assert radio_capture(Lora(capture="flora"), "radio").margin_db == 1.0
    assert radio_capture(Lora(), "sinr") is SINR
    assert radio_capture(WIFI, "radio") is SINR
