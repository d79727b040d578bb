import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.scenario import ScenarioError, load
from cosim.sim.sleep_schedule import Periodic


def test_windows_open_at_the_offset_and_a_period_later():
    schedule = Periodic(period_s=10.0, on_s=2.0, offset_s=3.0)
    phase_s = schedule.phase_s(7, seed=1)
    assert phase_s == 3.0
    assert [schedule.window_s(phase_s, after_s) for after_s in (0.0, 3.0, 4.9, 5.0, 12.0, 13.5)] == [
        (3.0, 5.0), (3.0, 5.0), (3.0, 5.0), (13.0, 15.0), (13.0, 15.0), (13.0, 15.0)
    ]  # fmt: skip


def test_a_late_first_window_has_others_before_it():
    assert Periodic(period_s=10.0, on_s=2.0, offset_s=29.0).window_s(29.0, 0.0) == (-1.0, 1.0)


def test_phases_are_drawn_by_peer_and_seed():
    schedule = Periodic(period_s=10.0, on_s=2.0)
    phases = [schedule.phase_s(peer, seed) for peer in range(20) for seed in (1, 2)]
    assert len(set(phases)) == 40
    assert all(0.0 <= phase_s < 10.0 for phase_s in phases)
    assert schedule.phase_s(3, 1) == schedule.phase_s(3, 1)


def test_who_listens_for_a_whole_period_never_sleeps():
    assert Periodic(period_s=1.0, on_s=1.0).window_s(0.3, 55.0) == (-math.inf, math.inf)


@pytest.mark.parametrize("wrong", [{"period_s": 1.0, "on_s": 1.1}, {"period_s": 0.0, "on_s": 0.0}, {"period_s": 1.0}])
def test_windows_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        Periodic(**wrong)


def test_a_pause_that_is_too_short_to_wake_is_refused():
    chip = {"kind": "nr_ue", "sleep": "deep"}
    keys = {"rounds": {"count": 1}, "radio": {"kind": "wifi_80211a", "transceiver": chip}, "algorithm": "local_sgd"}
    for on_s, wrong in ((0.97, False), (0.99, True), (1.0, False)):
        group = {"count": 1, "device": "nrf52840", "sleep": {"kind": "periodic", "period_s": 1.0, "on_s": on_s}}
        if wrong:
            with pytest.raises(ScenarioError, match=r"peers\.a\.sleep\.on_s: 0\.01 s of sleep are too short.* 0\.02 s"):
                load({**keys, "peers": {"a": group}})
        else:
            assert load({**keys, "peers": {"a": group}}).peers["a"].sleep.on_s == on_s


@settings(deadline=None, derandomize=True)
@given(
    period_s=st.floats(1e-3, 1e4), share=st.floats(0.01, 0.99), phase=st.floats(0.0, 3.0), after_s=st.floats(0.0, 1e6)
)
def test_a_window_is_the_first_that_closes_later(period_s, share, phase, after_s):
    schedule = Periodic(period_s=period_s, on_s=share * period_s)
    phase_s = phase * period_s
    opens_s, closes_s = schedule.window_s(phase_s, after_s)
    assert closes_s > after_s
    assert closes_s - period_s <= after_s + 1e-9 * max(after_s, period_s)
    assert closes_s - opens_s == pytest.approx(schedule.on_s, rel=1e-6, abs=1e-9 * after_s)
