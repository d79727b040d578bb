import json
import re
import sys
from pathlib import Path

import pytest
import report
from promises import PROMISES, promises_of

ROW = """
import json
from dataclasses import asdict
from row import Sheet, measured
print("a word before")
print(json.dumps({**asdict(Sheet([measured("event_loop_us", [VALUE])])), "cpu_s": 1.5, "peak_mb": 20.0}))
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of small programs that stand for the benchmarks."""
    monkeypatch.setenv("PYTHONPATH", str(report.HERE))
    monkeypatch.setattr(report, "HERE", tmp_path)
    monkeypatch.setattr(report, "python_loop_ns", lambda: 10.0)

    def put(name, text):
        (tmp_path / f"{name}.py").write_text(text)

    return put


def names_and_reasons(sheet):
    return [(row["name"], row["value"], row["why"]) for row in sheet["rows"]]


def test_a_file_that_works(place):
    place("event_loop", ROW.replace("VALUE", "12.0"))
    sheet = report.measure_file("event_loop", quick=True)
    (row,) = sheet["rows"]
    assert (row["value"], row["goal_met"]) == (12.0, True)
    assert row["how"]["quick"] is True
    assert row["how"]["process"]["cpu_s"] == 1.5
    assert row["how"]["process"]["peak_mb"] == 20.0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("raise ValueError('the sun is down')", "ended with 1: ValueError: the sun is down"),
        ("import os; os._exit(3)", "ended with 3: without a word"),
        ("import os; os.kill(os.getpid(), 9)", "ended with -9: without a word"),
        ("print('12 us')", "printed no sheet"),
        ("print('{}')", "printed no sheet"),
        ("", "printed no sheet"),
    ],
)
def test_a_file_that_fails_costs_only_its_own_rows(place, text, why):
    place("memory", text)
    sheet = report.measure_file("memory", quick=False)
    assert names_and_reasons(sheet) == [(one.name, None, why) for one in promises_of("memory")]
    assert sheet["tables"] == []


def test_a_file_that_takes_too_long_is_ended_with_its_children(place, tmp_path):
    started = tmp_path / "started"
    child = "import os, time; time.sleep(600)"
    place(
        "memory",
        f"import pathlib, subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        f"pathlib.Path({str(started)!r}).write_text(str(child.pid))\nchild.wait()",
    )
    sheet = report.measure_file("memory", quick=False, longest_s=3.0)
    assert {row["why"] for row in sheet["rows"]} == {"not done within 3 s"}
    assert not is_running(int(started.read_text()))


def is_running(number):
    """Whether a process is there, and not only waiting to be buried."""
    facts = Path(f"/proc/{number}/stat")
    return facts.exists() and facts.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_file_that_is_missing_is_said_so(place):
    sheet = report.measure_file("event_loop", quick=False)
    assert names_and_reasons(sheet) == [("event_loop_us", None, "nothing measures this yet")]


def test_all_is_written_and_a_partial_run_replaces_what_it_measures(place, tmp_path, capsys):
    out = tmp_path / "build" / "bench.json"
    place("event_loop", ROW.replace("VALUE", "12.0"))
    report.collect(list(report.FILES), out, quick=True)
    written = json.loads(out.read_text())
    assert [row["name"] for row in written["rows"]] == [one.name for one in PROMISES]
    assert {"cores", "python", "torch", "date"} <= written["machine"].keys()

    place("event_loop", ROW.replace("VALUE", "30.0"))
    report.collect(["event_loop"], out, quick=True)
    again = json.loads(out.read_text())
    assert [row["name"] for row in again["rows"]] == [one.name for one in PROMISES]
    changed = [new["name"] for old, new in zip(written["rows"], again["rows"], strict=True) if old != new]
    assert changed == ["event_loop_us"]
    assert "MISSED" in capsys.readouterr().out


def test_what_cannot_be_written_leaves_the_old_file(tmp_path):
    out = tmp_path / "bench.json"
    report.write({"rows": []}, out)
    with pytest.raises(TypeError):
        report.write({"rows": {1, 2}}, out)
    assert json.loads(out.read_text()) == {"rows": []}
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]


def test_as_a_command(place, tmp_path, monkeypatch, capsys):
    place("event_loop", ROW.replace("VALUE", "12.0"))
    out = tmp_path / "bench.json"
    monkeypatch.setattr(sys, "argv", ["report.py", "--quick", "--only", "event_loop", "--out", str(out)])
    report.main()
    assert json.loads(out.read_text())["rows"][0]["value"] == 12.0
    assert "goal" in capsys.readouterr().out


def test_every_file_that_is_there_is_one_of_the_list():
    calls = re.compile(r"^ +run_as_command\(measure", re.MULTILINE)
    programs = {path.stem for path in report.HERE.glob("*.py") if calls.search(path.read_text())}
    assert programs == set(report.FILES)
