"""One run in a process of its own: its peak of memory, its CPU and its clock, unspoilt by what ran before.

Called as a program with the name of a workload, peers and rounds, it prints these figures.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from row import peak_bytes

HERE = Path(__file__)
FIXED = {"OMP_NUM_THREADS": "1"}


def figures_of(workload: str, peers: int, rounds: int) -> dict[str, Any]:
    """Figures of one run: peak_bytes, cpu_s and wall_s, and where there is one, its summary."""
    with tempfile.TemporaryDirectory(prefix="cosim-bench-") as folder:
        return printed(str(HERE), workload, str(peers), str(rounds), folder)


def printed(*arguments: str) -> dict[str, Any]:
    """What a Python program prints as its last line, as JSON.

    Raises:
        RuntimeError: it failed; with the last line of its complaint.
    """
    environment = {**os.environ, **FIXED}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complaint = done.stderr.strip().splitlines()[-1:] or ["without a word"]
        raise RuntimeError(f"{Path(arguments[0]).name} ended with {done.returncode}: {complaint[0]}")
    return json.loads(done.stdout.splitlines()[-1])


def plain_torch(peers: int, rounds: int, folder: Path) -> None:
    """What every program pays that trains one model in torch: the imports, the digits, some steps."""
    import torch
    from sklearn import datasets

    torch.set_num_threads(1)
    pixels, labels = datasets.load_digits(return_X_y=True)
    x, y = torch.as_tensor(pixels, dtype=torch.float32), torch.as_tensor(labels)
    model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(rounds):
        chosen = torch.randint(len(y), (32,))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
        optimizer.step()


def run_w1(peers: int, rounds: int, folder: Path) -> dict[str, Any]:
    """W1, everything recorded, written as a run folder."""
    from workloads import w1

    import cosim

    return cosim.run(w1(peers, rounds), folder / "run").summary


def run_w1_totals(peers: int, rounds: int, folder: Path) -> dict[str, Any]:
    """W1, totals only, written as a run folder."""
    from workloads import SUMMARY, w1

    import cosim

    return cosim.run(w1(peers, rounds, SUMMARY), folder / "run").summary


def run_mobile_wifi(peers: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Peers that walk about and hear each other over Wi-Fi."""
    from workloads import mobile_wifi

    import cosim

    return cosim.run(mobile_wifi(peers, rounds), folder / "run").summary


def run_logistic_graph(peers: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Logistic regression over a random graph."""
    from workloads import logistic_graph

    import cosim

    return cosim.run(logistic_graph(peers, rounds), folder / "run").summary


WORKLOADS: dict[str, Callable[[int, int, Path], dict[str, Any] | None]] = {
    call.__name__: call for call in (plain_torch, run_w1, run_w1_totals, run_mobile_wifi, run_logistic_graph)
}


def main(workload: str, peers: str, rounds: str, folder: str) -> None:
    """Run, and print the figures; the clock begins before the imports."""
    started = time.perf_counter()
    os.environ["COSIM_STORE"] = str(Path(folder) / "store")
    summary = WORKLOADS[workload](int(peers), int(rounds), Path(folder))
    figures = {"peak_bytes": peak_bytes(), "cpu_s": time.process_time(), "wall_s": time.perf_counter() - started}
    print(json.dumps({**figures, "summary": summary}))


if __name__ == "__main__":
    main(*sys.argv[1:])
