from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.duty_cycle import DutyCycle, patience
from cosim.sim.end_to_end import Unrepaired
from cosim.sim.lora import Lora

REPEATABLE = settings(deadline=None, derandomize=True)


def test_after_a_frame_the_station_waits():
    cycle = DutyCycle(0.01)
    assert cycle.next_start_s(5.0, 0.4) == 5.0
    assert cycle.next_start_s(5.4, 0.2) == 45.0
    assert cycle.next_start_s(46.0, 0.4) == 65.0
    assert cycle.next_start_s(1000.0, 0.4) == 1000.0


def test_a_frame_that_was_held_up_delays_the_next():
    cycle = DutyCycle(0.1)
    assert cycle.next_start_s(0.0, 1.0) == 0.0
    cycle.sent(3.0, 1.0)
    assert cycle.next_start_s(3.0, 1.0) == 12.0


def test_no_limit_is_no_wait():
    cycle = DutyCycle(1.0)
    assert [cycle.next_start_s(time_s, 1.0) for time_s in (0.0, 1.0, 1.5)] == [0.0, 1.0, 2.0]


@REPEATABLE
@given(st.floats(0.001, 1.0), st.lists(st.tuples(st.floats(0.0, 10.0), st.floats(0.01, 3.0)), min_size=1, max_size=30))
def test_the_share_is_kept(share, frames):
    """From one frame's start to that of any later one at most the share of time is spent sending."""
    cycle, now_s, starts = DutyCycle(share), 0.0, []
    for pause_s, air_s in frames:
        now_s = cycle.next_start_s(now_s + pause_s, air_s)
        starts.append((now_s, air_s))
        now_s += air_s
        cycle.sent(now_s, air_s)
    for first in range(len(starts)):
        spent_s = 0.0
        for later in range(first + 1, len(starts)):
            spent_s += starts[later - 1][1]
            assert spent_s <= share * (starts[later][0] - starts[first][0]) * (1 + 1e-9)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_other_shares_are_refused(share):
    with pytest.raises(ValueError, match="A duty cycle must be above 0 and at most 1"):
        DutyCycle(share)


def test_a_run_says_how_long_a_whole_model_takes():
    """100 kB at SF7 in Europe: 451 frames of 235 bytes, 369.1 ms each, every 36.9 s."""
    radio = Lora()
    (sentence,) = patience(SimpleNamespace(radio=radio, repair=Unrepaired()), 8 * 100_000)
    assert sentence.endswith("of 100.0 kB is 451 frames, 166 s on the air, and takes 4.6 h")
    free = SimpleNamespace(radio=Lora(region="us915"), repair=Unrepaired())
    assert not list(patience(free, 8 * 100_000))
