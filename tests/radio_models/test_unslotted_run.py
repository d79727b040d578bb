import pytest

from radio_models.unslotted_csma import UnslottedCsma, lone_access
from radio_models.unslotted_run import UnslottedRun

CSMA = UnslottedCsma(3, 5, 4, 4, 320e-6, 128e-6, 192e-6, 352e-6, 864e-6)
FRAME_S, PAUSE_S = 3744e-6, 640e-6


def clear(interference, seconds):
    return 1.0 if interference == 0.0 else 0.0


def run(stations, seconds=25.0, success=clear, *, acknowledged=True, **more):
    return UnslottedRun(stations, CSMA, FRAME_S, PAUSE_S, success, acknowledged=acknowledged, **more).run(seconds)


@pytest.mark.parametrize("acknowledged", [True, False])
def test_one_station_is_the_closed_form(acknowledged):
    # 25 s hold some 4000 backoffs with a standard deviation of 733 us: 5 standard errors are 58 us.
    counts = run(1, acknowledged=acknowledged)
    means = lone_access(CSMA, FRAME_S, PAUSE_S, 1.0, 1.0, acknowledged=acknowledged)
    assert 25.0 / counts.requests == pytest.approx(means.frame_s, abs=58e-6)
    assert counts.latency_s == pytest.approx(means.success_s, abs=58e-6)
    assert counts.success == counts.requests == counts.receptions


def test_a_lossy_link_is_the_closed_form():
    def lossy(interference, seconds):
        return 0.6 if seconds == pytest.approx(FRAME_S) else 0.9

    counts = run(1, success=lossy)
    means = lone_access(CSMA, FRAME_S, PAUSE_S, 0.6, 0.9, acknowledged=True)
    # Some 2200 frames: 5 standard errors of attempts (sd 0.95) are 0.1, of a share 0.03.
    assert counts.transmissions / counts.requests == pytest.approx(means.attempts_per_frame, abs=0.1)
    assert counts.no_ack / counts.requests == pytest.approx(means.loss, abs=0.03)
    assert counts.receptions / counts.transmissions == pytest.approx(0.6, abs=0.04)


@pytest.mark.parametrize("stations", [2, 6])
def test_every_request_ends_in_one_way(stations):
    counts = run(stations, 10.0)
    assert counts.requests == counts.success + counts.access_failures + counts.no_ack
    assert counts.receptions >= counts.success
    assert counts.transmissions >= counts.receptions


def test_what_overlaps_at_equal_power_counts_once_for_each_other_frame():
    seen = set[float]()

    def watched(interference, seconds):
        seen.add(interference)
        return 0.0

    run(8, 5.0, watched)
    assert {0.0, 1.0, 2.0} <= seen


def test_weaker_rivals_let_acknowledgements_through():
    quiet = [[0.0] * 20 for _ in range(20)]

    def only_silence(interference, seconds):
        return 1.0 if interference == 0.0 else 0.0

    near = run(20, 5.0, only_silence)
    far = run(20, 5.0, only_silence, crosstalk=quiet)
    assert near.receptions > near.success
    assert far.receptions - far.success < 0.2 * (near.receptions - near.success)


def test_ten_stations_of_ns3():
    # lrwpan_mac.csv of the reference tables, 100 bytes without acknowledgement, 25 s: 15584 requests, of which 7599
    # find no idle channel; 5159 of 7985 frames arrive. At 0 dB a whole frame survives one other with 0.863.
    counts = run(10, success=lambda power, seconds: 0.863 ** (seconds / FRAME_S) if power <= 1.0 else 0.0,
                 acknowledged=False)  # fmt: skip
    assert counts.requests == pytest.approx(15584, rel=0.03)
    assert counts.access_failures / counts.requests == pytest.approx(7599 / 15584, abs=0.02)


def test_a_run_goes_on():
    whole = UnslottedRun(3, CSMA, FRAME_S, PAUSE_S, clear, acknowledged=True)
    parts = UnslottedRun(3, CSMA, FRAME_S, PAUSE_S, clear, acknowledged=True)
    parts.run(1.0)
    assert parts.run(2.0) == whole.run(2.0)


def test_a_frame_lasts_some_time():
    with pytest.raises(ValueError, match="An air time"):
        UnslottedRun(2, CSMA, 0.0, PAUSE_S, clear, acknowledged=True)
