import pytest

from radio_models.lora import Modulation, time_on_air_s
from radio_models.lora_regions import LORAWAN_OVERHEAD_BYTES, REGIONS, largest_payload_bytes, region, sub_band

EU, US = REGIONS["eu868"], REGIONS["us915"]


def test_payloads_of_the_data_rates():
    assert [largest_payload_bytes(EU, Modulation(factor)) for factor in range(7, 13)] == [222, 222, 115, 51, 51, 51]
    assert [largest_payload_bytes(US, Modulation(factor)) for factor in range(7, 11)] == [242, 125, 53, 11]


@pytest.mark.parametrize(
    ("megahertz", "duty_cycle"), [(863.1, 0.001), (867.1, 0.01), (868.3, 0.01), (868.9, 0.001), (869.525, 0.1)]
)
def test_duty_cycles_of_europe(megahertz, duty_cycle):
    assert sub_band(EU, megahertz * 1e6, 125e3).duty_cycle == duty_cycle


def test_america_limits_frames_instead():
    assert sub_band(US, 902.3e6, 125e3).duty_cycle == 1.0
    for (factor, bandwidth_hz), size in US.payload_bytes.items():
        frame_s = float(time_on_air_s(size + LORAWAN_OVERHEAD_BYTES, Modulation(factor, bandwidth_hz)))
        assert frame_s <= US.dwell_s


def test_sub_bands_do_not_overlap():
    for rules in REGIONS.values():
        edges = [edge for band in rules.sub_bands for edge in (band.low_hz, band.high_hz)]
        assert edges == sorted(edges)


def test_100_kilobytes_take_hours():
    """451 frames of 222 bytes, 157 s on the air, 4.4 h at 1 %, if headers are not counted; with LoRaWAN's, 4.6 h."""
    modulation = Modulation(7)
    frames = -(-100_000 // largest_payload_bytes(EU, modulation))
    assert frames == 451
    bare_s, whole_s = time_on_air_s([222, 222 + LORAWAN_OVERHEAD_BYTES], modulation) * frames
    assert bare_s == pytest.approx(157.1, abs=0.1)
    duty_cycle = sub_band(EU, 868.1e6, 125e3).duty_cycle
    assert bare_s / duty_cycle / 3600 == pytest.approx(4.365, abs=0.001)
    assert whole_s / duty_cycle / 3600 == pytest.approx(4.621, abs=0.001)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: region("as923"), "eu868, us915; got as923"),
        (lambda: sub_band(EU, 868.65e6, 125e3), "869.4 to 869.65, .* MHz; got 125 kHz at 868.65 MHz"),
        (lambda: sub_band(EU, 868.58e6, 125e3), "got 125 kHz at 868.58 MHz"),
        (lambda: largest_payload_bytes(US, Modulation(12)), "SF10/125 kHz; got SF12/125 kHz"),
    ],
)
def test_outside_the_rules_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_regions_have_names():
    assert region("eu868") is EU
