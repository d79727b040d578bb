import pytest

from cosim.sim.access import Answer
from cosim.sim.aloha_access import AlohaAccess

SETTING = {"slot_s": None, "backoff_s": 2.0, "duty_cycle": 1.0, "detection_s": 0.0, "answer": None,
           "stations": 2, "seed": 1}  # fmt: skip


def access(**changes):
    return AlohaAccess(**{**SETTING, **changes})


def begins_s(aloha, now_s):
    aloha.request(0, now_s, busy=True)
    found = aloha.next_s()
    assert aloha.due(found, None) == ([0], [])
    return found


def test_pure_aloha_sends_at_once():
    assert begins_s(access(), 1.25) == 1.25


def test_slotted_aloha_waits_for_the_next_slot():
    slotted = access(slot_s=0.1)
    assert begins_s(slotted, 1.25) == pytest.approx(1.3)
    assert begins_s(slotted, 0.1 + 0.2) == pytest.approx(0.3)


def test_what_was_lost_waits_a_random_time():
    aloha = access(answer=Answer(0.0, 0.1))
    waits = []
    for _ in range(20):
        aloha.finished(0, 1.0, ok=False, again=True)
        waits.append(begins_s(aloha, 1.0) - 1.0)
        aloha._free_s[0] = 0.0
    assert 0.0 <= min(waits) < 0.5 < 1.5 < max(waits) < 2.0


def test_a_duty_cycle_silences_a_station_after_its_frame():
    aloha = access(duty_cycle=0.01)
    aloha.transmitted(0, 1.0, 1.5)
    assert begins_s(aloha, 1.6) == pytest.approx(1.5 + 0.5 * 99)
    aloha.request(1, 1.6, busy=False)
    assert aloha.next_s() == 1.6
