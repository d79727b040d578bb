import math

import pytest
from pydantic import ValidationError

from cosim.scenario import ScenarioError, load
from cosim.sim.harvest import DAY_S, ConstantHarvest, DayCurve, TraceHarvest, read_trace

PANEL = DayCurve(area_m2=0.01, efficiency=0.2, peak_w_per_m2=900.0)
"""1.8 W at noon, from 6 to 18 o'clock."""


def energy_j(income, start_s, end_s):
    """What comes in between two times, step by step."""
    total_j = 0.0
    while start_s < end_s:
        until_s, watts = income.step(start_s)
        assert until_s > start_s
        total_j += watts * (min(until_s, end_s) - start_s)
        start_s = until_s
    return total_j


def test_constant_power():
    assert energy_j(ConstantHarvest(power_w=0.25).income(1), 3.0, 103.0) == 25.0


@pytest.mark.parametrize("step_s", [60.0, 300.0, 7000.0, DAY_S])
@pytest.mark.parametrize("starts_at_s", [0.0, 1234.5, 43200.0])
def test_a_day_has_the_energy_of_half_a_sine(step_s, starts_at_s):
    curve = DayCurve(area_m2=0.01, efficiency=0.2, peak_w_per_m2=900.0, step_s=step_s, starts_at_s=starts_at_s)
    day_j = 1.8 * 12 * 3600 * 2 / math.pi
    assert energy_j(curve.income(1), 0.0, 3 * DAY_S) == pytest.approx(3 * day_j, rel=1e-9)


def test_noon_is_brightest_and_nights_are_dark():
    income = PANEL.income(1)
    assert income.step(43200.0)[1] == pytest.approx(1.8, rel=1e-4)
    assert income.step(43200.0 + 5 * DAY_S) == (pytest.approx(43500.0 + 5 * DAY_S), pytest.approx(1.8, rel=1e-4))
    assert income.step(0.0) == (21600.0, 0.0)
    assert income.step(64800.0) == (21600.0 + DAY_S, 0.0)


def test_clouds_take_a_share_of_each_day_by_the_seed():
    cloudy = DayCurve(area_m2=0.01, efficiency=0.2, peak_w_per_m2=900.0, clouds=0.8)
    days = [energy_j(cloudy.income(3), day * DAY_S, (day + 1) * DAY_S) for day in range(20)]
    clear_j = energy_j(PANEL.income(3), 0.0, DAY_S)
    assert all(0.2 * clear_j <= day_j <= clear_j for day_j in days)
    assert len(set(days)) == 20
    assert days[4] == energy_j(cloudy.income(3), 4 * DAY_S, 5 * DAY_S)
    assert days[4] != energy_j(cloudy.income(4), 4 * DAY_S, 5 * DAY_S)


def test_a_sun_that_sets_before_it_rises_is_refused():
    with pytest.raises(ValidationError, match="sunset_s"):
        DayCurve(area_m2=1.0, efficiency=0.2, sunrise_s=7200.0, sunset_s=3600.0)


@pytest.fixture
def trace(tmp_path):
    def write(text):
        path = tmp_path / "sun.csv"
        path.write_text(text)
        read_trace.cache_clear()
        return str(path)

    return write


ROWS = "# measured\ntime_s,w\n10,1.0\n\n20,3.0\n30,0.5\n"


def test_a_trace_holds_from_row_to_row(trace):
    income = TraceHarvest(path=trace(ROWS), scale=2.0).income(1)
    assert [income.step(at_s) for at_s in (0.0, 10.0, 19.0, 25.0, 30.0, 1e6)] == [
        (10.0, 0.0), (20.0, 2.0), (20.0, 2.0), (30.0, 6.0), (math.inf, 1.0), (math.inf, 1.0)
    ]  # fmt: skip


def test_a_trace_may_repeat(trace):
    income = TraceHarvest(path=trace(ROWS), repeat_s=40.0).income(1)
    assert [income.step(at_s) for at_s in (0.0, 35.0, 40.0, 50.0, 75.0)] == [
        (10.0, 0.0), (40.0, 0.5), (50.0, 0.0), (60.0, 1.0), (80.0, 0.5)
    ]  # fmt: skip
    assert energy_j(income, 0.0, 400.0) == pytest.approx(10 * (10.0 + 30.0 + 5.0), rel=1e-12)
    third = TraceHarvest(path=trace("time_s,w\n0,1\n0.1,2\n"), repeat_s=0.3).income(1)
    assert energy_j(third, 0.0, 300.0) == pytest.approx(1000 * (0.1 + 2 * 0.2), rel=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"sun\.csv:1: the header of a trace of power is time_s,w"),
        ("t,w\n0,1\n", r"sun\.csv:1: the header"),
        ("time_s,w\n", r"sun\.csv:1: a trace of power has at least one row"),
        ("time_s,w\n0,1\n5\n", r"sun\.csv:3: a row is a time and a power, not '5'"),
        ("time_s,w\n0,1,2\n", r"sun\.csv:2: a row is"),
        ("time_s,w\n0,one\n", r"sun\.csv:2: a row is"),
        ("time_s,w\n3,1\n3,2\n", r"sun\.csv:3: times are at least 0 and rise, 3 s does not"),
        ("time_s,w\n-1,1\n", r"sun\.csv:2: times are"),
        ("time_s,w\n0,-1\n", r"sun\.csv:2: power is finite and not negative, not -1 W"),
        ("time_s,w\n0,nan\n", r"sun\.csv:2: power is"),
    ],
)
def test_a_malformed_trace_is_refused_with_file_and_line(trace, text, message):
    power = {"kind": "battery", "capacity_j": 1.0, "harvest": {"kind": "trace", "path": trace(text)}}
    with pytest.raises(ScenarioError, match=rf"peers\.a\.power\.harvest\.path: .*{message}"):
        load({"rounds": {"count": 1}, "peers": {"a": {"count": 1, "power": power}}, "algorithm": "local_sgd"})


def test_a_trace_that_is_not_there_or_longer_than_its_period_is_refused(trace):
    (fault,) = TraceHarvest(path="/nowhere/sun.csv").check(None)
    assert fault[0] == ("path",)
    assert "cannot be read" in fault[1]
    (fault,) = TraceHarvest(path=trace(ROWS), repeat_s=30.0).check(None)
    assert fault == (("repeat_s",), "the trace lasts until 30 s: a period must be longer")
