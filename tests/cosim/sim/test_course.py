import numpy as np

from cosim.sim.budget import Reach
from cosim.sim.course import Course, adapted
from cosim.sim.radio import Frames
from cosim.sim.rate_control import IdealRate
from cosim.sim.transfer import Timeline
from cosim.sim.wifi import Wifi80211a

WIFI = Wifi80211a(fragment_bytes=100)


class Mailbox:
    def put(self, message):
        pass


def course(detects=(True, True, True), intended=2):
    reach = Reach((1, 2, 3), [21.0, 22.0, 23.0], [5.0, 6.0, 7.0], list(detects))
    return Course(0, [Mailbox()] * intended, 8 * 250, reach, WIFI)


def test_what_all_messages_on_a_course_share():
    made = course()
    frames: Frames = made.frames
    assert (frames.count, frames.last_bytes, made.intended, made.whole) == (3, 50, 2, (True, True, True))
    # Three frames of 36 bytes of headers.
    assert made.bits_on_air == 2000 + 3 * 8 * 36
    idle_s, data_s, answers_s = made.timeline
    assert isinstance(made.timeline, Timeline)
    assert np.isclose(idle_s, 3 * WIFI.gap_s)
    assert np.isclose(data_s, 2 * frames.full_airtime_s + frames.last_airtime_s)
    assert answers_s == 0.0


def test_it_is_steady_when_all_it_is_meant_for_notice_the_sender():
    assert course().steady
    assert course((True, True, False)).steady
    assert not course((True, False, True)).steady
    assert not course((True, True, False), intended=3).steady


def test_the_rate_follows_the_worst_of_those_meant_who_notice_the_sender():
    # With NIST's errors 54 Mb/s need 22.6 dB, 48 need 21.4, 6 any.
    ideal = Wifi80211a(rate_control=IdealRate())
    reach = Reach((1, 2, 3), [23.5, 22.0, 5.0], [5.0, 6.0, 7.0], [True, True, False])
    rates = [adapted(ideal, reach, intended).rate_bit_per_s for intended in (1, 2, 3)]
    assert rates == [54e6, 48e6, 48e6]
    alone = Reach((3,), [5.0], [7.0], [False])
    assert adapted(ideal, alone, 1).rate_bit_per_s == 6e6
    assert adapted(WIFI, reach, 3) is WIFI


def test_frames_of_a_course_have_its_rate():
    ideal = Wifi80211a(rate_control=IdealRate())
    made = Course(0, [Mailbox()], 8 * 250, Reach((1,), [30.0], [5.0], [True]), ideal)
    assert made.frames == Wifi80211a(rate_bit_per_s=54e6).frames(8 * 250)
    assert made.radio.rate_bit_per_s == 54e6
