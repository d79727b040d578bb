import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.arq import Repeated, exchanges
from cosim.sim.budget import Reach
from cosim.sim.erasure import Erasure
from cosim.sim.medium import Content
from cosim.sim.transfer import (
    BROADCAST,
    Cut,
    Transfer,
    broadcast_timeline,
    exchange_s,
    overheard_until_s,
    unicast_timeline,
)
from cosim.sim.wifi import Wifi80211a
from radio_models.transceivers import Transceiver

REPEATABLE = settings(deadline=None, derandomize=True)
WIFI = Wifi80211a(fragment_bytes=100)
ERASURE = Erasure(rate_bit_per_s=1e6, fragment_bytes=100)
REACH = Reach((1, 2), [20.0, 20.0], [5.0, 5.0], [True, True])


def transfer(radio, payload_bytes, fate=None):
    content = Content(None, 1.0, (), 0, 8 * payload_bytes)
    frames = radio.frames(content.bits)
    made = Transfer(0, BROADCAST if fate is None else 1, (1, 2), content, frames, REACH, radio)
    made.fate = fate
    made.occupy(10.0, broadcast_timeline(frames, radio) if fate is None else unicast_timeline(frames, radio, fate))
    return made


def fate_of(attempts, answers=None):
    attempts = np.asarray(attempts, dtype=np.int64)
    answers = np.ones(len(attempts), dtype=np.int64) if answers is None else np.asarray(answers, dtype=np.int64)
    return exchanges(Repeated(attempts, answers > 0, answers > 0, answers), len(attempts))[0]


@pytest.mark.parametrize("radio", [WIFI, ERASURE])
def test_a_broadcast_sends_each_fragment_once(radio):
    made = transfer(radio, 250)
    frames = made.frames
    assert frames.count == 3
    air_s = 2 * frames.full_airtime_s + frames.last_airtime_s
    assert made.data_at_s == pytest.approx(10.0 + 3 * radio.gap_s)
    assert made.data_end_s == made.end_s == pytest.approx(10.0 + 3 * radio.gap_s + air_s)


def test_a_unicast_repeats_frames_and_waits_for_each_acknowledgement():
    """Two full frames sent 1 and 3 times, the last twice; one acknowledgement of the second frame got lost on top."""
    made = transfer(WIFI, 250, fate_of([1, 3, 2], [1, 2, 1]))
    frames = made.frames
    data_s = 4 * frames.full_airtime_s + 2 * frames.last_airtime_s
    total_s = data_s + 6 * (WIFI.gap_s + WIFI.ack_gap_s + WIFI.ack_airtime_s)
    assert made.data_end_s - made.data_at_s == pytest.approx(data_s)
    assert made.end_s - made.data_end_s == pytest.approx(4 * WIFI.ack_airtime_s)
    assert made.end_s - made.start_s == pytest.approx(total_s)
    assert made.end_s == pytest.approx(made.frame_ends_s()[-1] + exchange_s(WIFI))


def test_acknowledgements_of_an_erasure_channel_take_no_time():
    made = transfer(ERASURE, 250, fate_of([1, 3, 2]))
    assert made.data_at_s == 10.0
    assert made.end_s == made.data_end_s == pytest.approx(10.0 + (4 * 800 + 2 * 400) / 1e6)


@REPEATABLE
@given(
    payload_bytes=st.integers(0, 2000),
    attempts=st.lists(st.integers(1, 7), min_size=20, max_size=20),
    unicast=st.booleans(),
    radio=st.sampled_from([WIFI, ERASURE]),
)
def test_frames_end_in_order_and_within_the_transfer(payload_bytes, attempts, unicast, radio):
    count = radio.frames(8 * payload_bytes).count
    made = transfer(radio, payload_bytes, fate_of(attempts[:count]) if unicast else None)
    ends_s = made.frame_ends_s()
    assert len(ends_s) == count
    assert (np.diff(ends_s) >= 0.0).all()
    last_s = made.end_s - (exchange_s(radio) if unicast else 0.0)
    assert ends_s[-1] == pytest.approx(last_s, rel=1e-12)
    assert made.start_s <= made.data_at_s <= made.data_end_s <= made.end_s


def test_who_left_first():
    made = transfer(WIFI, 100)
    assert made.cut_s(0, 1, 2) == float("inf")
    made.leave(1, Cut(10.5, 0, 0.0, 0.0))
    made.leave(2, Cut(10.2, 0, 0.0, 0.0))
    assert (made.cut_s(0), made.cut_s(0, 1), made.cut_s(1, 2)) == (float("inf"), 10.5, 10.2)


def test_bystanders_hear_all_or_the_headers_of_every_attempt():
    chip = Transceiver(idle_w=0.5, receive_w=0.75, transmit_w=2.0, sleep_w=0.1, overhearing="header")
    drops = Wifi80211a(fragment_bytes=100, transceiver=chip)
    for fate, headers in ((None, 3), (fate_of([2, 1, 4]), 7)):
        made = transfer(WIFI, 250, fate)
        assert overheard_until_s(made, WIFI) == made.data_end_s
        assert overheard_until_s(made, drops) == pytest.approx(made.data_at_s + headers * 56e-6, rel=1e-12)
