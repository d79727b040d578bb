import pytest

from radio_models.dcf import Dcf, backoff, period_s, saturation
from radio_models.slot_model import saturated

OFDM = Dcf(
    slot_s=9e-6,
    sifs_s=16e-6,
    difs_s=34e-6,
    cw_min=15,
    cw_max=1023,
    max_attempts=7,
    ack_s=44e-6,
    ack_timeout_s=45e-6,
)
FRAME_S = 1.444e-3


def goodput_mbps(stations, *, acknowledged, frame_s=FRAME_S, payload_bytes=1028, dcf=OFDM):
    means = saturation(stations, dcf, acknowledged=acknowledged)
    lone = means.attempts * (1.0 - means.collision)
    return lone * 8e-6 * payload_bytes / period_s(means, dcf, frame_s, acknowledged=acknowledged)


def test_a_lone_sender_meets_nobody():
    alone = saturation(1, OFDM, acknowledged=True)
    assert alone == (7.5, 1.0, 0.0, 0.0, 0.0)
    # 1444 + 16 + 44 + 34 + 7.5 x 9 = 1605.5 us for 8224 bits.
    assert goodput_mbps(1, acknowledged=True) == pytest.approx(8224 / 1605.5, rel=1e-12)


def test_a_lone_sender_on_a_bad_channel_widens_its_window():
    # Half of the attempts fail: the k-th window, with a mean of 7.5, 15.5, ... slots, is tried with 2^-k.
    tried = [0.5**k for k in range(7)]
    slots = [(min(16 << k, 1024) - 1) / 2 for k in range(7)]
    expected = sum(map(float.__mul__, tried, slots)) / sum(tried)
    means = saturation(1, OFDM, acknowledged=True, error=0.5)
    assert means.idle_slots == pytest.approx(expected)
    assert means.dropped == pytest.approx(0.5**7 / sum(tried))


@pytest.mark.parametrize(("stations", "goodput", "collision"), [(2, 4.8883, 0.1164), (20, 3.7896, 0.4780)])
def test_stations_of_ns3_with_acknowledgements(stations, goodput, collision):
    # wifi_contention.csv of the reference tables, 6 Mb/s.
    assert goodput_mbps(stations, acknowledged=True) == pytest.approx(goodput, rel=0.02)
    assert saturation(stations, OFDM, acknowledged=True).collision == pytest.approx(collision, abs=0.015)


@pytest.mark.parametrize(("stations", "goodput", "collision"), [(5, 4.2201, 0.3953), (20, 1.7451, 0.8717)])
def test_stations_of_ns3_that_broadcast(stations, goodput, collision):
    assert goodput_mbps(stations, acknowledged=False) == pytest.approx(goodput, rel=0.02)
    assert saturation(stations, OFDM, acknowledged=False).collision == pytest.approx(collision, abs=0.015)


@pytest.mark.parametrize("stations", [2, 3, 8, 33, 64])
@pytest.mark.parametrize("acknowledged", [True, False])
def test_the_kept_means_agree_with_the_slot_process(stations, acknowledged):
    # Another seed of at least 20,000 busy periods; fixed seeds, so that nothing is left to chance.
    means = saturation(stations, OFDM, acknowledged=acknowledged)
    replicas = max(16, 256 // stations)
    counts = saturated(stations, backoff(OFDM, acknowledged=acknowledged), replicas=replicas, periods=1000, seed=9)
    collision = counts.collided.sum() / counts.attempts.sum()
    lone = counts.lone.sum() / replicas / 1000
    assert means.collision == pytest.approx(collision, abs=0.015)
    assert means.attempts * (1.0 - means.collision) == pytest.approx(lone, rel=0.02)
    assert means.idle_slots == pytest.approx(counts.idle_slots.sum() / replicas / 1000, abs=0.1)


def test_means_between_two_error_probabilities():
    means = saturation(10, OFDM, acknowledged=True, error=0.175)
    counts = saturated(10, backoff(OFDM, acknowledged=True), error=0.175, periods=1500, seed=3)
    assert means.collision == pytest.approx(counts.collided.sum() / counts.attempts.sum(), abs=0.01)
    assert means.attempts == pytest.approx(counts.attempts.sum() / 32 / 1500, rel=0.01)


def test_a_thousand_stations_are_hopeless_but_answered():
    crowd = saturation(1000, OFDM, acknowledged=True)
    assert 0.9 < crowd.collision < 1.0
    assert crowd.attempts > 3.0


def test_the_same_question_has_the_same_answer():
    first = saturation(6, OFDM, acknowledged=True, error=0.1)
    assert saturation(6, OFDM._replace(ack_s=28e-6), acknowledged=True, error=0.1) == first


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: saturation(0, OFDM, acknowledged=True), "A number of stations"),
        (lambda: saturation(2, OFDM, acknowledged=True, error=1.5), "A probability of error"),
        (lambda: period_s(saturation(1, OFDM, acknowledged=True), OFDM, 0.0, acknowledged=True), "An air time"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
