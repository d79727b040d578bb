"""Where W1 spends its time: samples of the Python stack, summed up by the room that the innermost frame belongs to.

What torch and numpy do counts for the room that called them. Needs py-spy, which nothing else
here needs: `pip install py-spy`.

    python tests/benchmarks/flame.py
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from row import Sheet, Table, run_as_command

PEERS, RATE_HZ = 256, 200
CHILD = "w1"
"""Argument of the process that is sampled."""

ROOMS: tuple[tuple[str, str], ...] = (
    ("batches", r"learning/batches\.py|learner\.py:_batch$"),
    (
        "evaluation",
        r"cosim/evaluation\.py|stacked_scores|learner\.py:(evaluate|_scores|_score)|executor\.py:_(eval|cons)",
    ),
    ("gradient", r"learning/(stacked|kernels|models|optimizers)\.py|learner\.py:"),
    ("mixing", r"executor\.py:_mix$"),
    ("rows", r"learning/slab\.py|learning/executor\.py"),
    ("recipes and keys", r"cosim/(lineage|handle|recipes)\.py"),
    ("store", r"cosim/store|cosim/memo\.py"),
    ("tables", r"run_tables\.py|run_summary\.py|cosim/results/"),
    ("ledger", r"cosim/sim/(energy|account|supply|battery)\.py"),
    ("computations", r"cosim/sim/processor\.py"),
    ("mailboxes", r"cosim/sim/mailbox\.py"),
    ("programs", r"cosim/algorithms/|cosim/sim/(peer|programs|together|world|stop_rule)\.py"),
    ("event queue", r"cosim/sim/clock\.py|simpy/"),
    ("transfers", r"cosim/sim/"),
)


def room_of(frame: str) -> str | None:
    """The room of a frame `function (file:line)`; None where its caller has to say."""
    function, _, rest = frame.partition(" (")
    place = f"{rest.partition(':')[0]}:{function.rpartition('.')[2]}"
    for name, pattern in ROOMS:
        if re.search(pattern, place):
            return name
    return None


def by_room(lines: list[str]) -> Counter[str]:
    """Samples by room, from lines `outermost;…;innermost count`; those outside the run are left out."""
    samples: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if any(frame.startswith("simulate (") and "flame.py" in frame for frame in frames):
            rooms = (room_of(frame) for frame in reversed(frames))
            samples[next((room for room in rooms if room), "other")] += int(count)
    return samples


def simulate(call: Callable[[], object]) -> None:
    """Below this function samples count."""
    call()


def run(rounds: int) -> None:
    """W1, everything recorded; what is done once is left out, imports and the data set for example."""
    from workloads import carry_out, ready, w1

    carry_out(ready(w1(PEERS, 2)))
    experiment = ready(w1(PEERS, rounds))
    simulate(lambda: carry_out(experiment))


def sampled(rounds: int) -> list[str]:
    """Folded stacks of a run in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="cosim-bench-") as folder:
        out = Path(folder) / "stacks"
        command = ["py-spy", "record", "--rate", str(RATE_HZ), "--format", "raw", "--output", str(out), "--"]
        command += [sys.executable, __file__, CHILD, str(rounds)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run(command, env=environment, capture_output=True, check=True)
        return out.read_text().splitlines()


def measure(quick: bool) -> Sheet:
    """Shares of the samples."""
    beside = Path(sys.executable).with_name("py-spy")
    if not beside.exists() and shutil.which("py-spy") is None:
        return Sheet(
            tables=[Table("Where W1 spends its time", ("room", "share %"), [["py-spy is not installed", None]])]
        )
    os.environ["PATH"] = f"{beside.parent}{os.pathsep}{os.environ['PATH']}"
    samples = by_room(sampled(60 if quick else 300))
    total = sum(samples.values())
    lines = [[room, 100.0 * count / total] for room, count in samples.most_common()]
    return Sheet(
        tables=[Table(f"Where W1 spends its time, {PEERS} peers, {total} samples", ("room", "share %"), lines)]
    )


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        run(int(sys.argv[2]))
    else:
        run_as_command(measure, __doc__)
