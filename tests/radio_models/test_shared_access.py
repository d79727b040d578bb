import pytest

from radio_models.shared_access import shared_access
from radio_models.unslotted_csma import UnslottedCsma, lone_access

CSMA = UnslottedCsma(3, 5, 4, 4, 320e-6, 128e-6, 192e-6, 352e-6, 864e-6)
FRAME_S, PAUSE_S = 3744e-6, 640e-6


@pytest.mark.parametrize("acknowledged", [True, False])
def test_one_station_is_exact(acknowledged):
    alone = shared_access(1, CSMA, FRAME_S, PAUSE_S, acknowledged=acknowledged, error=0.25)
    means = lone_access(CSMA, FRAME_S, PAUSE_S, 0.75, 1.0, acknowledged=acknowledged)
    assert alone == (1.0 / means.frame_s, 1.0 - means.loss, 0.0, means.attempts_per_frame, 0.75)


@pytest.mark.parametrize(
    ("stations", "requests", "failures", "sent", "received"),
    [(2, 5398, 370, 5030, 4636), (5, 9031, 2610, 6422, 5045), (20, 29184, 18294, 10891, 4417)],
)
def test_stations_of_ns3_without_acknowledgement(stations, requests, failures, sent, received):
    # lrwpan_mac.csv of the reference tables, 100 bytes, 25 s; a whole frame survives one other at 0 dB with 0.863.
    ours = shared_access(stations, CSMA, FRAME_S, PAUSE_S, acknowledged=False, survival=0.863)
    assert ours.requests_per_s == pytest.approx(requests / 25, rel=0.05)
    assert ours.access_failure == pytest.approx(failures / requests, abs=0.03)
    assert ours.attempts == pytest.approx(sent / requests, abs=0.03)
    assert ours.reception == pytest.approx(received / sent, abs=0.04)


def test_errors_of_the_channel_add_to_collisions():
    clear, lossy = (shared_access(4, CSMA, FRAME_S, PAUSE_S, acknowledged=True, error=error) for error in (0.0, 0.5))
    assert lossy.reception == pytest.approx(clear.reception / 2, rel=0.15)
    assert lossy.success < clear.success


def test_a_probability_is_one():
    with pytest.raises(ValueError, match="A probability"):
        shared_access(2, CSMA, FRAME_S, PAUSE_S, acknowledged=True, survival=2.0)
