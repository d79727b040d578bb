import pytest
from pydantic import ValidationError

from cosim.sim.wifi_dsss import Wifi80211b


@pytest.mark.parametrize(
    ("bit_per_s", "short", "microseconds"),
    # ns-3.37, PSDU of 1536 bytes.
    [(5.5e6, False, 2427), (5.5e6, True, 2331), (11e6, False, 1310), (11e6, True, 1214), (1e6, True, 12480)],
)
def test_air_times_of_ns3(bit_per_s, short, microseconds):
    radio = Wifi80211b(rate_bit_per_s=bit_per_s, short_preamble=short, header_bytes=28)
    assert radio.frames(8 * 1472).full_airtime_s == microseconds / 1e6


def test_acknowledgements_have_the_rate_of_the_data():
    fast, slow = Wifi80211b(rate_bit_per_s=11e6), Wifi80211b()
    assert (fast.ack_airtime_s, slow.ack_airtime_s) == (203e-6, 304e-6)
    assert float(fast.ack_error_rate(5.0)) > float(slow.ack_error_rate(5.0))


def test_slow_rates_need_less():
    losses = [float(each.frame_error_rate(4.0, 1472)) for each in Wifi80211b().at_each_rate()]
    assert losses == sorted(losses)
    assert losses[0] < 1e-6 < 0.5 < losses[-1]


def test_wrong_rates_are_refused():
    with pytest.raises(ValidationError, match=r"802\.11b has the rates 1e6, 2e6, 5\.5e6, 11e6"):
        Wifi80211b(rate_bit_per_s=6e6)
