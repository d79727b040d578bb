import numpy as np
import pytest

from cosim.sim.access import NEVER_S
from cosim.sim.dcf_access import DcfAccess, dcf_access
from cosim.sim.wifi import Wifi80211a
from radio_models.dcf import Dcf

DCF = Dcf(9e-6, 16e-6, 34e-6, 15, 63, 7, 44e-6, 45e-6)
EIFS_S = 94e-6


@pytest.fixture
def access():
    return DcfAccess(DCF, EIFS_S, stations=3, seed=2)


def slots(access, since_s):
    counted = (access.next_s() - since_s - DCF.difs_s) / DCF.slot_s
    assert counted == pytest.approx(round(counted), abs=1e-6)
    return round(counted)


def idle(access, peers, now_s):
    access.became_idle(np.array(peers), now_s)


def heard(access, peer, now_s, came, reserved_s=0.0):
    access.heard(np.array([peer]), np.array([came]), now_s, reserved_s)


def busy(access, peers, now_s):
    access.became_busy(np.array(peers), now_s)


def test_an_idle_channel_takes_a_frame_after_difs(access):
    access.request(0, 1.0, busy=False)
    assert access.next_s() == 1.0 + DCF.difs_s
    assert access.due(1.0 + DCF.difs_s, None).sending == [0]
    assert access.next_s() == NEVER_S


def test_a_busy_channel_means_a_backoff(access):
    access.request(0, 1.0, busy=True)
    assert access.next_s() == NEVER_S
    idle(access, [0], 2.0)
    assert 0 <= slots(access, 2.0) <= DCF.cw_min


def test_who_is_interrupted_in_difs_has_to_back_off(access):
    access.request(0, 1.0, busy=False)
    busy(access, [0], 1.0 + 20e-6)
    assert access.next_s() == NEVER_S
    idle(access, [0], 2.0)
    drawn = {slots(access, 2.0)}
    for peer in (1, 2):
        access.withdraw(0)
        access.request(peer, 3.0, busy=False)
        busy(access, [peer], 3.0 + 20e-6)
        idle(access, [peer], 4.0)
        drawn.add(slots(access, 4.0))
        access.withdraw(peer)
    assert len(drawn) > 1


def test_a_backoff_stands_while_the_channel_is_busy(access):
    access.request(0, 1.0, busy=True)
    idle(access, [0], 2.0)
    whole = slots(access, 2.0)
    # The preamble is found 4 us into the next slot but one.
    busy(access, [0], 2.0 + DCF.difs_s + 2 * DCF.slot_s + 4e-6)
    idle(access, [0], 3.0)
    assert slots(access, 3.0) == whole - 2
    # An interruption within DIFS takes nothing off.
    busy(access, [0], 3.0 + 30e-6)
    idle(access, [0], 4.0)
    assert slots(access, 4.0) == whole - 2


def test_after_errors_eifs_takes_the_place_of_difs(access):
    access.request(0, 1.0, busy=True)
    heard(access, 0, 2.0, False)
    idle(access, [0], 2.0)
    late = access.next_s()
    busy(access, [0], 2.0)
    heard(access, 0, 2.0, True)
    idle(access, [0], 2.0)
    assert late - access.next_s() == pytest.approx(EIFS_S - DCF.difs_s)


def test_eifs_begins_at_the_end_of_the_frame_with_errors(access):
    access.request(0, 1.0, busy=True)
    heard(access, 0, 2.0, False)
    # Energy keeps the channel busy for longer, first by less and then by more than EIFS asks for.
    idle(access, [0], 2.0 + 20e-6)
    early = access.next_s()
    busy(access, [0], 2.0 + 20e-6)
    idle(access, [0], 2.0 + 80e-6)
    assert access.next_s() - early == pytest.approx(80e-6 - (EIFS_S - DCF.difs_s))


def test_who_decodes_a_frame_for_somebody_else_waits_for_its_answer(access):
    reserved_s = DCF.sifs_s + DCF.ack_s
    heard(access, 0, 2.0, True, reserved_s)
    idle(access, [0], 2.0)
    # The channel is idle, yet reserved: a new frame draws a backoff as on a busy one.
    access.request(0, 2.0 + 1e-6, busy=False)
    drawn = slots(access, 2.0 + reserved_s)
    assert 0 <= drawn <= 15
    assert access.next_s() >= 2.0 + reserved_s + DCF.difs_s
    # Who could not decode it does not know of the answer.
    heard(access, 1, 2.0, False, reserved_s)
    assert access._reserved_s.tolist()[:2] == [2.0 + reserved_s, 0.0]


def test_windows_double_up_to_the_largest_and_fall_back(access):
    windows = []
    for again in (True, True, True, True, False):
        access.finished(0, 1.0, ok=False, again=again)
        windows.append(access._window[0])
    assert windows == [31, 63, 63, 63, 15]


def test_a_backoff_runs_after_a_frame_with_nothing_to_send(access):
    access.finished(0, 1.0, ok=True, again=False)
    access.request(0, 1.0 + DCF.difs_s, busy=False)
    drawn = slots(access, 1.0)
    access.withdraw(0)
    # Once it is over, a new frame waits for DIFS alone.
    later_s = 1.0 + DCF.difs_s + (drawn + 1) * DCF.slot_s
    access.request(0, later_s, busy=False)
    assert access.next_s() == pytest.approx(later_s + DCF.difs_s)


def test_draws_are_uniform_over_the_window(access):
    drawn = []
    for _ in range(800):
        access.finished(0, 1.0, ok=True, again=False)
        drawn.append(int(access._slots[0]))
    counts = np.bincount(drawn, minlength=16)
    # Chi-square with 15 degrees of freedom exceeds 37.7 in one of a thousand seeds.
    assert len(counts) == 16
    assert ((counts - 50) ** 2 / 50).sum() < 37.7


def test_a_radio_gives_its_timing():
    access = dcf_access(Wifi80211a(rate_bit_per_s=54e6), 2, 1)
    assert access.answer.gap_s == pytest.approx(16e-6)
    assert access.answer.timeout_s == pytest.approx(45e-6)
    assert access._errors_s == pytest.approx(60e-6)
