import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from promises import PROMISES, Promise, promise, promises_of
from row import Sheet, Table, absent, interleaved, markdown, measured, number, paired, run_as_command

FASTER = Promise("speed", "x", "speed", "x", "higher", 2.0, 3.0)
SMALLER = Promise("size", "x", "size", "MB", "lower", 3.0, 2.0)
REPORTED = Promise("seen", "x", "seen", "s", "lower", None, None)


@pytest.mark.parametrize(
    ("of", "value", "floor_met", "goal_met"),
    [
        (FASTER, 1.9, False, False),
        (FASTER, 2.0, True, False),
        (FASTER, 3.0, True, True),
        (SMALLER, 3.1, False, False),
        (SMALLER, 3.0, True, False),
        (SMALLER, 2.0, True, True),
        (REPORTED, 1.0, None, None),
        (FASTER, None, None, None),
    ],
)
def test_a_value_is_held_against_floor_and_goal(of, value, floor_met, goal_met):
    assert (of.met(value, of.floor), of.met(value, of.goal)) == (floor_met, goal_met)


def test_promises_have_names_of_their_own_and_goals_beyond_their_floors():
    assert len({one.name for one in PROMISES}) == len(PROMISES)
    assert all(one.met(one.goal, one.floor) is not False for one in PROMISES)
    assert [one.name for one in promises_of("event_loop")] == ["event_loop_us"]
    with pytest.raises(KeyError, match="nothing is promised under the name 'speed'"):
        promise("speed")


def test_a_row_has_the_median_and_how_it_was_measured():
    row = measured("event_loop_us", [30.0, 10.0, 12.0], peers=4)
    assert (row.value, row.floor, row.goal, row.unit) == (12.0, 25.0, 12.0, "us")
    assert (row.floor_met, row.goal_met, row.why) == (True, True, "")
    assert row.how["repeats"] == 3
    assert row.how["spread"] == [10.0, 30.0]
    assert row.how["peers"] == 4
    assert {"command", "date"} <= row.how.keys()


def test_a_smaller_run_meets_and_misses_nothing():
    row = measured("event_loop_us", [1.0], "4 peers")
    assert (row.value, row.floor_met, row.goal_met, row.why) == (1.0, None, None, "4 peers")


def test_a_row_without_a_value_says_why():
    row = absent(promise("event_loop_us"), "no such machine")
    assert (row.value, row.floor_met, row.goal_met, row.why) == (None, None, None, "no such machine")


def test_calls_take_turns_and_none_is_always_first():
    asked = []
    values = interleaved(2, a=lambda: asked.append("a") or 6.0, b=lambda: asked.append("b") or 2.0)
    assert asked == ["a", "b", "b", "a"]
    assert paired(values, "a", "b") == [3.0, 3.0]


def test_a_table_for_people_says_what_is_missed():
    rows = [measured("event_loop_us", [value]) for value in (11.0, 20.0, 30.0)]
    table = Table("Growth", ("peers", "us"), [["10", 1.25], ["1,000", None]])
    text = markdown(asdict(Sheet([*rows, absent(promise("event_loop_us"), "too late")], [table])))
    lines = text.splitlines()
    assert [word in line for word, line in zip(("goal", "floor", "MISSED", "too late"), lines[2:6], strict=True)]
    assert lines[7] == "Growth"
    assert lines[-1] == "| 1,000 | -    |"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (3, "3"), ("x", "x"), (0.12345, "0.123"), (12345.6, "12,346"), (99.96, "100")]
)
def test_numbers_have_three_digits_that_count(value, text):
    assert number(value) == text


def test_as_a_command_it_prints_one_line_for_programs(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["event_loop.py", "--json", "--quick"])
    asked = []
    run_as_command(lambda quick: asked.append(quick) or Sheet([measured("event_loop_us", [12.0])]), "What it does.")
    sheet = json.loads(capsys.readouterr().out)
    assert asked == [True]
    assert sheet["rows"][0]["how"]["command"] == "python event_loop.py --json --quick"
    assert sheet["rows"][0]["value"] == 12.0
    assert sheet["peak_mb"] > 0


def test_numbers_that_are_given_reach_what_measures(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["peer_step.py", "--peers", "1000"])
    asked = []
    run_as_command(lambda quick, **given: asked.append(given) or Sheet(), None, numbers=("peers", "rounds"))
    assert asked == [{"peers": 1000}]
    assert capsys.readouterr().out == "\n"


def test_the_peak_is_that_of_a_process_of_its_own():
    """Not that of its parent, from which Linux would count on: this test's own process is far larger."""
    program = "from row import peak_bytes; held = bytearray(30_000_000); del held; print(peak_bytes())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    assert 30e6 < int(done.stdout) < 100e6
