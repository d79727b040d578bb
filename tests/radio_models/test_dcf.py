import pytest

from radio_models.dcf import Dcf, saturation

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


def test_a_lone_sender_meets_nobody():
    alone = saturation(1, OFDM, acknowledged=True)
    assert (alone.attempts, alone.collision) == (1.0, 0.0)
    assert alone.idle_slots == pytest.approx(7.5, rel=0.01)
