import numpy as np
import pytest

from radio_models.slot_model import Backoff, SlotProcess, saturated

UNICAST = Backoff(cw_min=15, cw_max=1023, max_attempts=7, resume_slots=5, acknowledged=True)


def test_windows_double_up_to_the_largest():
    assert UNICAST.windows.tolist() == [16, 32, 64, 128, 256, 512, 1024]
    assert UNICAST._replace(cw_max=63).windows.tolist() == [16, 32, 64, 64, 64, 64, 64]
    assert UNICAST._replace(acknowledged=False).windows.tolist() == [16]


def test_a_lone_station_counts_every_slot_of_its_draws():
    # 64,000 draws with a standard deviation of 4.61: the mean lies within 5 standard errors, 0.09.
    counts = saturated(1, UNICAST, replicas=64, periods=1000)
    assert counts.idle_slots.sum() / 64_000 == pytest.approx(7.5, abs=0.09)
    assert counts.delivered.sum() == counts.attempts.sum() == 64_000


def test_what_never_succeeds_is_dropped_after_the_last_attempt():
    counts = saturated(1, UNICAST, error=1.0, replicas=4, periods=700, warm_up=0)
    assert counts.delivered.sum() == 0
    assert counts.dropped.sum() == 4 * 100


def test_attempts_are_delivered_collided_or_in_error():
    counts = saturated(5, UNICAST, replicas=8, periods=500)
    assert (counts.attempts == counts.delivered + counts.collided).all()
    assert (counts.lone == counts.delivered.sum(axis=1)).all()


def test_frames_handed_to_an_idle_medium_collide_surely():
    busy = SlotProcess(3, UNICAST, fresh=False).step()
    assert busy.idle_slots.tolist() == [0]
    assert busy.station.tolist() == [0, 1, 2]
    assert not busy.alone.any()


def test_who_collided_waits_out_the_acknowledgement():
    # All start at 0 and collide; each then draws 0..31 and counts 5 slots later, so nobody sends in the next 5 slots.
    process = SlotProcess(4, UNICAST, replicas=200, fresh=False)
    process.step()
    assert process.step().idle_slots.min() == 5


def test_silent_stations_leave_the_air_to_the_others():
    process = SlotProcess(2, UNICAST, replicas=3, seed=4)
    process.silence(np.array([0, 1, 2, 2]), np.array([0, 0, 0, 1]))
    for _ in range(50):
        busy = process.step()
        assert busy.replica.tolist() == [0, 1]
        assert busy.station.tolist() == [1, 1]


def test_a_seed_decides_everything():
    first, second = (saturated(7, UNICAST, replicas=2, periods=50, seed=11) for _ in range(2))
    assert all((one == other).all() for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: SlotProcess(0, UNICAST), "A number of stations"),
        (lambda: SlotProcess(1, UNICAST, replicas=0), "A number of replicas"),
        (lambda: SlotProcess(1, UNICAST, error=-0.1), "A probability of error"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
