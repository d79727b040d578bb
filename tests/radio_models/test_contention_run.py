import pytest

from radio_models.contention_run import contention_run
from radio_models.dcf import Dcf, period_s, saturation

OFDM = Dcf(9e-6, 16e-6, 34e-6, 15, 1023, 7, 44e-6, 45e-6)
FRAME_S = 1.444e-3


def test_one_station_is_the_closed_form():
    # 32 s hold 20,000 backoffs with a standard deviation of 41.5 us: 5 standard errors are 1.5 us.
    alone = contention_run(1, OFDM, FRAME_S, acknowledged=True)
    assert 1.0 / alone.delivered_per_s == pytest.approx(1605.5e-6, abs=1.5e-6)
    assert alone.latency_s == pytest.approx(1545.5e-6, abs=1.5e-6)
    assert alone.sender.transmit == pytest.approx(1444 / 1605.5, rel=2e-3)
    assert alone.collision == alone.dropped_per_s == 0.0


@pytest.mark.parametrize("acknowledged", [True, False])
def test_several_stations_have_the_rate_of_the_means(acknowledged):
    ours = contention_run(5, OFDM, FRAME_S, acknowledged=acknowledged)
    means = saturation(5, OFDM, acknowledged=acknowledged)
    per_s = 1.0 / period_s(means, OFDM, FRAME_S, acknowledged=acknowledged)
    assert ours.attempts_per_s == pytest.approx(means.attempts * per_s, rel=0.01)
    assert ours.delivered_per_s == pytest.approx(means.attempts * (1 - means.collision) * per_s, rel=0.01)


def test_seconds_of_ns3():
    # wifi_contention.csv of the reference tables: ten stations, 6 Mb/s, unicast, 10 s; one station's share scatters
    # by 8 %.
    ours = contention_run(10, OFDM, FRAME_S, acknowledged=True)
    assert ours.receiver.power_w(1.14, 0.939, 0.819, 0.819) == pytest.approx(0.913600303, rel=0.01)
    assert ours.sender.power_w(1.14, 0.939, 0.819, 0.819) == pytest.approx(0.936698711, rel=0.01)


def test_states_never_overfill_the_time():
    for stations in (2, 30):
        ours = contention_run(stations, OFDM, FRAME_S, acknowledged=True, replicas=4)
        assert ours.sender.idle > 0.0
        assert ours.receiver.idle > 0.0


def test_a_frame_lasts_some_time():
    with pytest.raises(ValueError, match="An air time"):
        contention_run(2, OFDM, 0.0, acknowledged=True)
