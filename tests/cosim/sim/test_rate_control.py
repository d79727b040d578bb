import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.rate_control import Arf, ArfState, FixedRate, IdealRate, RateControl

REPEATABLE = settings(deadline=None, derandomize=True)


def after(state: ArfState, *outcomes: bool) -> ArfState:
    for outcome in outcomes:
        state = state.after(outcome)
    return state


def test_all_are_rate_controls():
    assert all(isinstance(each, RateControl) for each in (FixedRate(), IdealRate(), Arf()))
    assert [each.learns for each in (FixedRate(), IdealRate(), Arf())] == [False, False, True]
    assert [each.max_per for each in (FixedRate(), IdealRate(max_per=0.2), Arf())] == [None, 0.2, None]


def test_ten_acknowledgements_raise_the_rate():
    start = Arf().start(2, 8)
    assert after(start, *[True] * 9).rate == 2
    raised = after(start, *[True] * 10)
    assert (raised.rate, raised.probing, raised.successes, raised.timer) == (3, True, 0, 0)


def test_two_failures_in_a_row_lower_it():
    start = Arf().start(2, 8)
    assert after(start, False).rate == 2
    assert after(start, False, True, False).rate == 2
    assert after(start, False, False).rate == 1


def test_a_probe_that_fails_goes_back_at_once():
    probing = after(Arf().start(2, 8), *[True] * 10)
    assert probing.after(False) == ArfState(Arf(), 7, 2)
    assert after(probing, True, False).rate == 3
    assert after(probing, True, False, False).rate == 2


def test_the_timer_raises_a_rate_that_loses_now_and_then():
    # A loss after every fourth frame: ten successes in a row never come, the fifteenth frame does.
    pattern = ([True] * 4 + [False]) * 3
    state = after(Arf().start(0, 4), *pattern)
    assert (state.rate, state.timer) == (0, 15)
    assert state.after(True).rate == 1


def test_the_ends_of_the_ladder():
    assert after(Arf().start(0, 4), *[False] * 20).rate == 0
    assert after(Arf().start(3, 4), *[True] * 40).rate == 3


def test_its_numbers_are_the_users():
    quick = Arf(up_after=1, down_after=1)
    assert after(quick.start(0, 4), True, True).rate == 2
    assert after(quick.start(2, 4), False).rate == 1


@REPEATABLE
@given(st.lists(st.booleans(), max_size=300), st.integers(1, 8), st.integers(0, 7))
def test_the_rate_moves_one_step_at_a_time_within_the_ladder(outcomes, rates, first):
    state = Arf().start(min(first, rates - 1), rates)
    for outcome in outcomes:
        later = state.after(outcome)
        assert 0 <= later.rate < rates
        assert later.rate - state.rate in ((0, 1) if outcome else (0, -1))
        state = later


@pytest.mark.parametrize("max_per", [0.0, 1.0])
def test_a_target_is_a_share(max_per):
    with pytest.raises(ValueError, match="max_per"):
        IdealRate(max_per=max_per)
