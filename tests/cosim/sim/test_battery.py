import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.plugins import build, spec_of
from cosim.sim.battery import Battery, KineticBattery, Mains, depletion_time_s
from cosim.sim.harvest import ConstantHarvest

FOREVER = math.inf


def drawn_j(plan, start_s, end_s):
    """The integral of one plan, piece by piece."""
    since, total = -math.inf, 0.0
    for until, watts in plan:
        overlap = min(until, end_s) - max(since, start_s)
        total += watts * overlap if overlap > 0 else 0.0
        since = until
    return total


def test_mains_never_ends_and_a_battery_starts_with_its_charge():
    assert Mains().initial_j == math.inf
    assert Mains().fraction(123.0) == 1.0
    battery = Battery(capacity_j=64080.0, initial_fraction=0.25)
    assert battery.initial_j == 16020.0
    assert battery.fraction(32040.0) == 0.5
    assert Battery(capacity_j=10.0).initial_j == 10.0


@pytest.mark.parametrize(
    "wrong",
    [{"capacity_j": 0.0}, {"capacity_j": 1.0, "initial_fraction": 1.1}, {"capacity_j": math.inf}, {"capacity_j": "1"}],
)
def test_a_battery_outside_its_range_is_refused(wrong):
    with pytest.raises(ValidationError):
        Battery(**wrong)


def test_constant_power_ends_at_charge_over_power():
    assert depletion_time_s(10.0, 3.0, [[(FOREVER, 0.4)]]) == 28.0
    assert depletion_time_s(10.0, 3.0, [[(FOREVER, 0.3)], [(FOREVER, 0.1)]]) == 28.0


def test_the_step_in_which_the_charge_ends_is_solved_for():
    # 2 W for 5 s from t = 1 leaves 2 J of 12, then 0.5 W.
    assert depletion_time_s(12.0, 1.0, [[(6.0, 2.0), (FOREVER, 0.5)]]) == 10.0
    # Two consumers: 3 W until 2, 1 W until 4, 5 W after.
    assert depletion_time_s(13.0, 0.0, [[(2.0, 3.0), (FOREVER, 0.0)], [(2.0, 0.0), (4.0, 1.0), (FOREVER, 5.0)]]) == 5.0


def test_a_charge_that_ends_with_a_step_ends_there_and_not_later():
    assert depletion_time_s(10.0, 0.0, [[(5.0, 2.0), (FOREVER, 0.0)]]) == 5.0
    assert depletion_time_s(10.0, 0.0, [[(5.0, 2.0), (9.0, 0.0), (FOREVER, 1.0)]]) == 5.0


def test_without_power_a_charge_lasts_for_ever():
    assert depletion_time_s(1e-9, 0.0, [[(FOREVER, 0.0)]]) == math.inf
    assert depletion_time_s(10.001, 0.0, [[(5.0, 2.0), (FOREVER, 0.0)]]) == math.inf
    assert depletion_time_s(1.0, 0.0, []) == math.inf


def test_no_charge_is_used_up_now():
    assert depletion_time_s(0.0, 7.5, [[(FOREVER, 0.0)]]) == 7.5


def test_pieces_in_the_past_and_pieces_of_no_length_do_not_count():
    plan = [(2.0, 100.0), (6.0, 1.0), (6.0, 50.0), (FOREVER, 2.0)]
    assert depletion_time_s(8.0, 2.0, [plan]) == 8.0


@pytest.mark.parametrize(
    ("remaining_j", "plan", "message"),
    [
        (-1.0, [(FOREVER, 1.0)], "charge"),
        (math.nan, [(FOREVER, 1.0)], "charge"),
        (1.0, [], "until infinity"),
        (1.0, [(5.0, 1.0)], "until infinity"),
        (1.0, [(5.0, 1.0), (4.0, 1.0), (FOREVER, 1.0)], "order of time"),
        (1.0, [(FOREVER, -1.0)], "not negative"),
        (1.0, [(FOREVER, math.nan)], "not negative"),
    ],
)
def test_wrong_charges_and_plans_are_refused(remaining_j, plan, message):
    with pytest.raises(ValueError, match=message):
        depletion_time_s(remaining_j, 0.0, [plan])


watts = st.one_of(st.just(0.0), st.floats(1e-6, 20.0))
plans = st.lists(
    st.tuples(st.lists(st.tuples(st.floats(0.0, 100.0), watts), max_size=5), watts).map(
        lambda drawn: [*sorted(drawn[0]), (FOREVER, drawn[1])]
    ),
    max_size=3,
)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(remaining_j=st.floats(1e-3, 2000.0), now_s=st.floats(0.0, 50.0), plans=plans)
def test_the_integral_reaches_the_charge_then_and_not_before(remaining_j, now_s, plans):
    end_s = depletion_time_s(remaining_j, now_s, plans)

    def used_j(time_s):
        return sum(drawn_j(plan, now_s, time_s) for plan in plans)

    if end_s == math.inf:
        assert sum(plan[-1][1] for plan in plans) == 0
        assert used_j(101.0) < remaining_j * (1 + 1e-9)
    else:
        assert end_s >= now_s
        assert used_j(end_s) == pytest.approx(remaining_j, rel=1e-9, abs=1e-9)
        earlier_s = end_s - 1e-3
        if earlier_s > now_s:
            assert used_j(earlier_s) < remaining_j


@settings(deadline=None, derandomize=True, max_examples=100)
@given(remaining_j=st.floats(1e-3, 2000.0), plans=plans)
def test_bisection_of_the_integral_finds_the_same_time(remaining_j, plans):
    end_s = depletion_time_s(remaining_j, 0.0, plans)
    low, high = 0.0, 1e10
    if sum(drawn_j(plan, 0.0, high) for plan in plans) < remaining_j * (1 - 1e-12):
        assert end_s == math.inf
        return
    for _ in range(120):
        middle = (low + high) / 2
        below = sum(drawn_j(plan, 0.0, middle) for plan in plans) < remaining_j * (1 - 1e-12)
        low, high = (middle, high) if below else (low, middle)
    assert end_s == pytest.approx(high, rel=1e-6, abs=1e-6)


def test_what_is_usable_is_counted_from_the_cut_off():
    battery = Battery(capacity_j=100.0, usable_fraction=0.8, initial_fraction=0.5)
    assert (battery.usable_j, battery.initial_j, battery.fraction(20.0)) == (80.0, 40.0, 0.25)


def test_self_discharge_is_a_power():
    battery = Battery(capacity_j=1000.0, self_discharge_per_month=0.02)
    assert battery.leak_w * 30 * 86400.0 == pytest.approx(20.0, rel=1e-12)
    assert battery.follows_time
    assert not Battery(capacity_j=1000.0).follows_time
    assert Battery(capacity_j=1000.0).charge(1) is None


def test_a_harvest_makes_it_a_tank_and_a_kinetic_one_has_two_wells():
    charged = Battery(capacity_j=10.0, initial_fraction=0.5, harvest=ConstantHarvest(power_w=1.0))
    assert charged.charge(1).remaining_j == 5.0
    assert charged.follows_time
    kinetic = KineticBattery(capacity_j=10.0, available_fraction=0.25, rate_per_s=0.1)
    wells = kinetic.charge(1)
    assert (wells.available_j, wells.remaining_j) == (2.5, 10.0)
    assert kinetic.follows_time


@pytest.mark.parametrize(
    ("cell", "watt_hours", "volts"), [("cr2032", 0.66, 3.0), ("two_aa", 7.5, 3.0), ("li_ion_18650", 9.36, 3.6)]
)
def test_presets_hold_what_their_sheets_say(cell, watt_hours, volts):
    preset = build("power", cell)
    assert preset.capacity_j == pytest.approx(3600 * watt_hours, rel=1e-12)
    assert preset.nominal_v == volts
    assert preset.continuous_a < preset.peak_a
    assert "(B)" in preset.source
    assert build("power", spec_of("power", preset)) == preset
