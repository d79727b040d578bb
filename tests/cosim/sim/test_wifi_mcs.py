import pytest
from pydantic import ValidationError

from cosim.sim.wifi_mcs import Wifi80211ac, Wifi80211ax, Wifi80211n


@pytest.mark.parametrize(
    ("radio", "microseconds"),
    [
        # ns-3.37, PSDU of 1536 bytes: 1472 of payload, 28 and 36 of headers.
        (Wifi80211n(mcs=7, width_mhz=40, header_bytes=28), 128),
        (Wifi80211n(mcs=0, short_guard=True, header_bytes=28), 1742.4),
        (Wifi80211n(mcs=7, width_mhz=40, header_bytes=28, band="2.4GHz"), 134),
        (Wifi80211ac(mcs=9, width_mhz=80, short_guard=True, header_bytes=28), 64.8),
        (Wifi80211ax(mcs=0, width_mhz=20, guard_ns=3200, header_bytes=28), 1740),
        (Wifi80211ax(mcs=11, width_mhz=80, header_bytes=28), 71.2),
    ],
)
def test_air_times_of_ns3(radio, microseconds):
    assert radio.frames(8 * 1472).full_airtime_s == pytest.approx(microseconds / 1e6, rel=1e-12)


def test_acknowledgements_are_legacy_frames():
    assert (Wifi80211ac(mcs=0).ack_airtime_s, Wifi80211ac(mcs=1).ack_airtime_s) == (44e-6, 32e-6)
    assert Wifi80211ax(mcs=11).ack_airtime_s == 28e-6
    assert float(Wifi80211ax(mcs=11).ack_error_rate(16.0)) == float(Wifi80211n(mcs=3).ack_error_rate(16.0))


def test_faster_schemes_need_more():
    for radio in (Wifi80211n(), Wifi80211ac(), Wifi80211ax()):
        losses = [float(each.frame_error_rate(15.0, 1472)) for each in radio.at_each_rate()]
        assert losses == sorted(losses)
        assert losses[0] < 0.01 < 0.99 < losses[-1]


def test_schemes_of_a_channel():
    assert len(Wifi80211n().at_each_rate()) == 8
    assert len(Wifi80211ac(width_mhz=20).at_each_rate()) == 9
    assert len(Wifi80211ac().at_each_rate()) == 10
    assert len(Wifi80211ax().at_each_rate()) == 12


@pytest.mark.parametrize(
    ("kind", "wrong", "sentence"),
    [
        (Wifi80211n, {"mcs": 8}, "less than or equal to 7"),
        (Wifi80211ac, {"mcs": 9, "width_mhz": 20}, "VHT MCS 9 does not exist in 20 MHz"),
        (Wifi80211ac, {"band": "5GHz"}, "Unexpected keyword"),
        (Wifi80211n, {"width_mhz": 80}, "Input should be 20 or 40"),
        (Wifi80211ax, {"guard_ns": 400}, "Input should be 800, 1600 or 3200"),
        (Wifi80211ax, {"band": "6GHz"}, "Input should be '2.4GHz' or '5GHz'"),
    ],
)
def test_wrong_parameters_are_refused(kind, wrong, sentence):
    with pytest.raises(ValidationError, match=sentence):
        kind(**wrong)
