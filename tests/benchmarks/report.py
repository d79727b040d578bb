"""Every benchmark, each in a process of its own, one after the other; writes `build/bench.json` and prints tables.

A file that fails, or takes too long, costs only its own rows: they say why. What is measured is written at once, so
that a run that is stopped leaves the rows it has. With --only the rows of the others stay as they were. Without --quick
everything has the size of which something is promised: a quarter of an hour on an idle machine, and up to 13 GB.

    python tests/benchmarks/report.py --quick
    python tests/benchmarks/report.py --only event_loop --only memory
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from promises import PROMISES, promises_of
from row import absent, markdown, now

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REPORTS = ("growth", "flame")
"""Files that hold nothing against a promise."""
FILES = (*dict.fromkeys(promise.measured_by for promise in PROMISES), *REPORTS)
LONGEST_S = 900.0
"""Time for one file, in which several minutes are waiting for other work on the machine."""
DEFAULT_OUT = ROOT / "build" / "bench.json"


def machine() -> dict[str, Any]:
    """What the figures depend on beside the program."""
    versions = {name: metadata.version(name) for name in ("torch", "numpy", "simpy", "pyarrow")}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores,
        "processor": processor(),
        "python": platform.python_version(),
        **versions,
        "date": now(),
        "load_before": os.getloadavg()[0],
        "python_loop_ns": python_loop_ns(),
    }


def processor() -> str:
    """Name of the processor."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def python_loop_ns() -> float:
    """CPU time of one turn of an empty Python loop: by this, figures of two machines, or of two days, compare."""
    turns, times = 1_000_000, []
    for _ in range(5):
        started = time.process_time()
        for _ in range(turns):
            pass
        times.append(time.process_time() - started)
    return 1e9 * min(times) / turns


def measure_file(file: str, quick: bool, longest_s: float = LONGEST_S) -> dict[str, Any]:
    """The sheet of one file; if it fails, its rows without values."""
    place = HERE / f"{file}.py"
    started = time.perf_counter()
    try:
        if not place.exists():
            raise RuntimeError("nothing measures this yet")
        sheet = last_line(called([str(place), "--json", *(["--quick"] if quick else [])], longest_s))
    except (RuntimeError, ValueError) as error:
        sheet = failed(file, str(error))
    process = {
        "wall_s": time.perf_counter() - started,
        **{name: sheet.pop(name, None) for name in ("cpu_s", "peak_mb")},
    }
    for row in sheet["rows"]:
        row["how"] |= {"quick": quick, "process": process}
    return {**sheet, "file": file, "quick": quick, "process": process}


def failed(file: str, why: str) -> dict[str, Any]:
    """A sheet of rows without values."""
    return {"rows": [asdict(absent(promise, why)) for promise in promises_of(file)], "tables": [], "why": why}


def called(arguments: list[str], longest_s: float) -> str:
    """What a Python program prints.

    Raises:
        RuntimeError: it failed, or took too long.
    """
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, complaint = process.communicate(timeout=longest_s)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"not done within {longest_s:g} s") from None
    finally:
        end(process)
    if process.returncode != 0:
        reason = complaint.strip().splitlines()[-1:] or ["without a word"]
        raise RuntimeError(f"ended with {process.returncode}: {reason[0]}")
    return out


def end(process: "subprocess.Popen[str]") -> None:
    """Kill a process that is still there, and its children, which share its session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def last_line(out: str) -> dict[str, Any]:
    """The sheet that a program printed last.

    Raises:
        ValueError: it printed none.
    """
    lines = out.strip().splitlines()
    try:
        sheet = json.loads(lines[-1])
    except (IndexError, json.JSONDecodeError):
        raise ValueError("printed no sheet") from None
    if not isinstance(sheet, dict) or not {"rows", "tables"} <= sheet.keys():
        raise ValueError("printed no sheet")
    return sheet


def collect(files: list[str], out: Path, quick: bool) -> dict[str, Any]:
    """Measure files, and write after each."""
    earlier = json.loads(out.read_text()) if out.exists() else {"sheets": []}
    # A full run starts afresh; a partial one replaces what it measures.
    sheets = {sheet["file"]: sheet for sheet in earlier["sheets"]} if len(files) < len(FILES) else {}
    facts = machine()
    result: dict[str, Any] = {}
    for file in files:
        print(f"== {file}", flush=True)
        sheets[file] = measure_file(file, quick)
        ordered = [sheets[name] for name in FILES if name in sheets]
        result = {"machine": facts, "rows": [row for sheet in ordered for row in sheet["rows"]], "sheets": ordered}
        write(result, out)
        print(markdown(sheets[file]), flush=True)
    return result


def write(result: dict[str, Any], out: Path) -> None:
    """Write a file whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def main() -> None:
    """Measure what is asked for, and say what came out."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller and with fewer repeats")
    parser.add_argument("--only", action="append", choices=FILES, metavar="NAME", help=", ".join(FILES))
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    result = collect(arguments.only or list(FILES), arguments.out, arguments.quick)
    print(f"\n{markdown({'rows': result['rows'], 'tables': []})}\n\n{json.dumps(result['machine'])}")
    print(f"written to {os.path.relpath(arguments.out)}")


if __name__ == "__main__":
    main()
