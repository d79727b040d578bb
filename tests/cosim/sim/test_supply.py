from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cosim.sim.clock import Clock
from cosim.sim.supply import MOST_ACTIVITIES, Plan, Supply

REPEATABLE = settings(deadline=None, derandomize=True)
FOREVER = float("inf")
RADIO, PROCESSOR = 0, 1


def supply_of(capacity_j, initial_j=None):
    """A battery of peer 3 with two parts at 0 W, and the list of times at which it is found empty."""
    clock, deaths_s = Clock(), []

    def depleted(peer):
        assert peer == 3
        deaths_s.append(clock.time_s)

    supply = Supply(clock, 3, capacity_j, capacity_j if initial_j is None else initial_j, depleted)
    supply.rest(RADIO, 0.0)
    supply.rest(PROCESSOR, 0.0)
    return clock, supply, deaths_s


def run_to(clock, time_s):
    clock.at(time_s, order=10**6, call=lambda _: None)
    clock.advance(FOREVER)


# A plan


def test_a_plan_rests_between_activities():
    plan = Plan()
    plan.rest_w = 1.0
    plan.activities = [(1.0, 2.0, 5.0), (3.0, 4.0, 0.5)]
    assert plan.steps() == [(1.0, 1.0), (2.0, 5.0), (3.0, 1.0), (4.0, 0.5), (FOREVER, 1.0)]
    assert plan.energy_j(0.0, 5.0) == 3.0 + 5.0 + 0.5
    assert plan.energy_j(1.5, 3.5) == 2.5 + 1.0 + 0.25


@REPEATABLE
@given(
    spans=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(0, 9)), max_size=8),
    start=st.integers(0, 40),
    length=st.integers(0, 20),
)
def test_clearing_leaves_rest_where_it_clears_and_nothing_else(spans, start, length):
    """Against a list of the power in each second."""
    plan, at_s = Plan(), 0
    plan.rest_w = 10.0
    for gap_s, duration_s, power_w in spans:
        plan.activities.append((float(at_s + gap_s), float(at_s + gap_s + duration_s), float(power_w)))
        at_s += gap_s + duration_s
    seconds = [plan.energy_j(float(s), float(s + 1)) for s in range(100)]
    plan.clear(float(start), float(start + length))
    for second in range(100):
        expected = 10.0 if start <= second < start + length else seconds[second]
        assert plan.energy_j(float(second), float(second + 1)) == expected
    assert plan.activities == sorted(plan.activities)


# A battery


def test_rest_and_activities_are_drawn():
    clock, supply, deaths_s = supply_of(100.0)
    supply.rest(RADIO, 0.5)
    supply.rest(PROCESSOR, 1.0)
    supply.draw(PROCESSOR, 2.0, 4.0, 3.0)
    supply.draw(RADIO, 3.0, 3.5, 2.0)
    run_to(clock, 10.0)
    assert supply.remaining_j() == pytest.approx(100.0 - 5.0 - 10.0 - 2 * 2.0 - 0.5 * 1.5, rel=1e-15)
    assert supply.fraction() == supply.remaining_j() / 100.0
    assert deaths_s == []


def test_the_end_comes_to_the_second_where_the_plans_say():
    """At 1.5 W from the start and 4.5 W from 2 s to 4 s, 10.2 J are gone at 2 + 7.2 / 4.5 = 3.6 s."""
    clock, supply, deaths_s = supply_of(10.2)
    supply.rest(RADIO, 0.5)
    supply.rest(PROCESSOR, 1.0)
    supply.draw(PROCESSOR, 2.0, 4.0, 4.0)
    run_to(clock, 100.0)
    assert deaths_s == pytest.approx([3.6], rel=1e-12)
    assert supply.dead
    assert supply.remaining_j() == 0.0


@pytest.mark.parametrize(("power_w", "dies_s"), [(1.0, 10.0), (3.0, 10.0 / 3.0), (1e3, 0.01)])
def test_constant_power(power_w, dies_s):
    clock, supply, deaths_s = supply_of(10.0)
    supply.rest(RADIO, power_w)
    run_to(clock, 100.0)
    assert deaths_s == pytest.approx([dies_s], rel=1e-12)


def test_an_empty_battery_is_dead_at_once():
    clock, supply, deaths_s = supply_of(10.0, initial_j=0.0)
    supply.rest(RADIO, 1.0)
    run_to(clock, 0.0)
    assert deaths_s == [0.0]


def test_depletion_alone_is_no_reason_to_go_on():
    clock, supply, deaths_s = supply_of(10.0)
    supply.rest(RADIO, 1.0)
    clock.at(1.0, order=0, call=lambda _: None)
    clock.advance(FOREVER)
    assert (clock.time_s, deaths_s) == (1.0, [])


def test_what_is_cleared_is_not_drawn():
    clock, supply, _ = supply_of(100.0)
    supply.rest(RADIO, 1.0)
    supply.draw(RADIO, 2.0, 6.0, 5.0)
    clock.at(3.0, order=0, call=lambda _: supply.clear(RADIO, 3.0, 5.0))
    run_to(clock, 10.0)
    assert supply.remaining_j() == pytest.approx(100.0 - 10.0 - 4.0 - 4.0, rel=1e-15)


def test_another_rest_keeps_what_is_planned():
    clock, supply, _ = supply_of(100.0)
    supply.rest(RADIO, 1.0)
    supply.draw(RADIO, 5.0, 6.0, 5.0)
    clock.at(2.0, order=0, call=lambda _: supply.rest(RADIO, 0.5))
    run_to(clock, 10.0)
    assert supply.remaining_j() == pytest.approx(100.0 - 2.0 - 7 * 0.5 - 5.0, rel=1e-15)


def test_the_dead_draw_nothing():
    clock, supply, deaths_s = supply_of(1.0)
    supply.rest(RADIO, 1.0)
    run_to(clock, 2.0)
    supply.rest(RADIO, 5.0)
    supply.draw(RADIO, 2.0, 3.0, 5.0)
    supply.clear(RADIO, 2.0)
    supply.call_at(0.5, lambda: deaths_s.append("level"))
    run_to(clock, 4.0)
    assert (supply.remaining_j(), deaths_s) == (0.0, [1.0])


def test_levels_are_told_when_they_are_reached_even_if_plans_change():
    clock, supply, deaths_s = supply_of(10.0)
    supply.rest(RADIO, 1.0)
    told = []
    for level_j in (9.0, 5.0, 5.0, 0.0):
        supply.call_at(level_j, lambda level_j=level_j: told.append((level_j, clock.time_s)))
    clock.at(2.0, order=0, call=lambda _: supply.draw(RADIO, 2.0, 4.0, 3.0))
    run_to(clock, 50.0)
    assert [level for level, _ in told] == [9.0, 5.0, 5.0, 0.0]
    assert [time_s for _, time_s in told] == pytest.approx([1.0, 3.0, 3.0, 6.0], rel=1e-12)
    assert deaths_s == pytest.approx([6.0], rel=1e-12)


def test_a_level_may_ask_for_the_next_one():
    clock, supply, _ = supply_of(10.0)
    supply.rest(RADIO, 1.0)
    told = []

    def tell(level_j):
        told.append(clock.time_s)
        supply.call_at(level_j - 1.0, lambda: tell(level_j - 1.0))

    supply.call_at(9.0, lambda: tell(9.0))
    run_to(clock, 4.5)
    assert told == pytest.approx([1.0, 2.0, 3.0, 4.0], rel=1e-12)


events = st.lists(
    st.tuples(
        st.floats(0.0, 2.0),
        st.sampled_from(["rest", "draw", "draw", "draw", "clear", "look"]),
        st.sampled_from([RADIO, PROCESSOR]),
        st.floats(0.0, 3.0),
        st.floats(0.0, 3.0),
        st.floats(0.0, 5.0),
    ),
    max_size=30,
)


def follow(supply, clock, events):
    """Do these things at their times; gives them as (asked at, part, start, end, watts, whether a rest), and the end.

    Watts None clear what was planned from the start on.
    """
    steps = [(0.0, part, 0.0, FOREVER, 0.0, True) for part in (RADIO, PROCESSOR)]
    at_s, free_s = 0.0, {RADIO: 0.0, PROCESSOR: 0.0}
    for wait_s, kind, part, gap_s, duration_s, power_w in events:
        at_s += wait_s
        start_s = max(at_s, free_s[part]) + gap_s
        if kind == "rest":
            clock.at(at_s, order=0, call=lambda _, p=part, w=power_w: supply.rest(p, w))
            steps.append((at_s, part, at_s, FOREVER, power_w, True))
        elif kind == "draw":
            free_s[part] = start_s + duration_s
            clock.at(
                at_s, order=0, call=lambda _, p=part, s=start_s, d=duration_s, w=power_w: supply.draw(p, s, s + d, w)
            )
            steps.append((at_s, part, start_s, start_s + duration_s, power_w, False))
        elif kind == "clear":
            clock.at(at_s, order=0, call=lambda _, p=part, s=at_s: supply.clear(p, s))
            steps.append((at_s, part, at_s, FOREVER, None, False))
            free_s[part] = at_s
        else:
            clock.at(at_s, order=0, call=lambda _: supply.remaining_j())
    return steps, at_s


def brute_force_j(steps, until_s):
    """Energy up to a time: the power in each of the pieces between all times that occur."""
    times = sorted({0.0, until_s, *(t for step in steps for t in step[2:4] if t < until_s)})
    total_j = 0.0
    for since_s, to_s in pairwise(times):
        for part in (RADIO, PROCESSOR):
            rest_w = active_w = None
            for _, whose, start_s, end_s, power_w, rests in steps:
                if whose == part and start_s <= since_s < end_s:
                    if rests:
                        rest_w = power_w
                    else:
                        active_w = power_w
            total_j += (rest_w if active_w is None else active_w) * (to_s - since_s)
    return total_j


@REPEATABLE
@given(events=events, capacity_j=st.floats(0.5, 200.0))
def test_charge_and_end_against_brute_force(events, capacity_j):
    clock, supply, deaths_s = supply_of(capacity_j)
    steps, end_s = follow(supply, clock, events)
    until_s = end_s + 1.0
    run_to(clock, until_s)
    spent_j = brute_force_j(steps, until_s)
    assume(abs(spent_j - capacity_j) > 1e-6)
    if spent_j < capacity_j:
        assert deaths_s == []
        assert supply.remaining_j() == pytest.approx(capacity_j - spent_j, rel=1e-9, abs=1e-9)
    else:
        (time_s,) = deaths_s
        known = [step for step in steps if step[0] <= time_s]
        assert brute_force_j(known, time_s) == pytest.approx(capacity_j, rel=1e-9)


def test_plans_do_not_grow_with_the_run():
    clock, supply, _ = supply_of(1e6)
    supply.rest(RADIO, 1.0)
    lengths = []

    def again(number):
        supply.draw(RADIO, clock.time_s, clock.time_s + 0.5, 3.0)
        lengths.append(max(len(plan.activities) for plan in supply.plans.values()))
        if number < 1000:
            clock.at(clock.time_s + 1.0, order=0, call=lambda _: again(number + 1))

    clock.at(0.0, order=0, call=lambda _: again(1))
    clock.advance(FOREVER)
    assert max(lengths) <= MOST_ACTIVITIES
    assert supply.remaining_j() == pytest.approx(1e6 - 999.0 - 999 * 1.0, rel=1e-12)
