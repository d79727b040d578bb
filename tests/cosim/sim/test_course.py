import numpy as np

from cosim.sim.budget import Reach
from cosim.sim.course import Course
from cosim.sim.radio import Frames
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
