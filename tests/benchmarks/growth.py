"""How the cost of a round grows: with the number of peers, the degree, the size of messages and of models.

Costs are CPU microseconds of one peer and round. The data plane is what happens within calls of the executor, the
timing plane all the rest of a run, totals only. What is done once, making ready and summing up, has columns of its own.

    python tests/benchmarks/growth.py --json
"""

import json
import sys
import time
from typing import Any

import torch
from fresh_process import printed
from row import Sheet, Table, peak_bytes, run_as_command
from workloads import SUMMARY, WIDEST, dry, mobile_wifi, ready, timed_data_plane, w1

from cosim.scenario import Scenario

ONE_LOOK = {**SUMMARY, "evaluation.peers": [0], "evaluation.samples": 10}
"""The cost of evaluation, of which a short run has more than a long one, is not asked here."""

PEERS = {10: 1000, 100: 300, 1_000: 60, 10_000: 12, 100_000: 2}
"""Rounds by number of peers."""
DEGREES = (1, 2, 4, 8, 16, 32, 64)
MESSAGE_BYTES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
HIDDEN = {650: None, 2_410: 32, 10_060: 134, 99_985: 1_333, 999_985: 13_333}
"""Width of the hidden layer by number of parameters; None for logistic regression."""


def cost(scenario: Scenario) -> dict[str, Any]:
    """Figures of one run in this process."""
    torch.set_num_threads(1)
    clock = time.process_time
    peer_rounds = scenario.peer_count * (scenario.rounds.count or 0)
    with timed_data_plane(clock) as spent:
        started = clock()
        experiment = ready(scenario)
        begun = clock()
        experiment.run()
        ended = clock()
    return {
        "ready_s": begun - started,
        "timing_us": 1e6 * (ended - begun - spent[0]) / peer_rounds,
        "data_us": 1e6 * spent[0] / peer_rounds,
        "events": experiment.world.clock.events / peer_rounds,
        "peak_mb": peak_bytes() / 1e6,
    }


def of_peers(peers: int, rounds: int) -> dict[str, Any]:
    """W1."""
    return cost(w1(peers, rounds, ONE_LOOK))


def of_degree(degree: int, peers: int, rounds: int) -> dict[str, Any]:
    """W1 with another number of neighbours."""
    return cost(w1(peers, rounds, {**ONE_LOOK, "graph.k": degree}))


def of_message(size_bytes: int, peers: int, rounds: int, moving: int) -> dict[str, Any]:
    """A model of about this size in 32-bit numbers, sent over Wi-Fi in fragments of 1,472 bytes, in a dry run.

    The features are 20, the classes 10, hence 31 parameters for each hidden unit, and 10.
    """
    changes: dict[str, Any] = {
        "data": {"kind": "blobs"},
        "model": {"kind": "mlp", "hidden": [max(1, round((size_bytes / 4 - 10) / 31))]},
        "rounds.period_s": 1000.0,
        "graph.sample_s": 1000.0,
    }
    if not moving:
        changes["mobility"] = {"kind": "grid", "spacing_m": 39.0}
    return {"timing_us": 1e6 * dry(mobile_wifi(peers, rounds).with_(changes)).run_s / (peers * rounds)}


def of_parameters(parameters: int, peers: int, rounds: int) -> dict[str, Any]:
    """W1 with another model."""
    hidden = HIDDEN[parameters]
    model = {"kind": "logistic_regression"} if hidden is None else {"kind": "mlp", "hidden": [hidden]}
    return cost(w1(peers, rounds, {**ONE_LOOK, "model": model, "rounds.period_s": 1000.0}))


CASES = {call.__name__: call for call in (of_peers, of_degree, of_message, of_parameters)}


def case(name: str, *numbers: int) -> dict[str, Any]:
    """Figures of one case in a process of its own."""
    return printed(__file__, name, *map(str, numbers))


def table(title: str, first: str, columns: dict[str, str], cases: dict[int, dict[str, Any]]) -> Table:
    """One line per case."""
    lines = [[f"{size:,}", *(figures[key] for key in columns)] for size, figures in cases.items()]
    return Table(title, (first, *columns.values()), lines)


def message_table(quick: bool) -> Table:
    """Still and moving peers beside each other."""
    sizes, peers, rounds = (MESSAGE_BYTES[:3], 36, 3) if quick else (MESSAGE_BYTES, 64, 10)
    lines: list[list[Any]] = []
    for size in sizes:
        still, moving = (case("of_message", size, peers, rounds, number)["timing_us"] for number in (0, 1))
        lines.append([f"{size:,}", size // 1472 + 1, still, moving])
    header = ("bytes", "fragments", "peers at rest", "peers that move")
    return Table(f"Timing plane by size of a message over Wi-Fi, {peers} peers [us per peer-round]", header, lines)


def measure(quick: bool) -> Sheet:
    """All tables; every line from a process of its own."""
    by_peers = {n: case("of_peers", n, r) for n, r in PEERS.items() if not quick or n <= 1_000}
    degrees, rounds = (DEGREES[::3], 10) if quick else (DEGREES, 60)
    by_degree = {k: case("of_degree", k, WIDEST, rounds) for k in degrees}
    by_size = {n: case("of_parameters", n, 32, 10) for n in HIDDEN if not quick or n <= 10_060}
    planes = {"timing_us": "timing plane us", "data_us": "data plane us", "peak_mb": "peak MB"}
    return Sheet(
        tables=[
            table("W1 by number of peers", "peers", {"ready_s": "ready after s", **planes}, by_peers),
            table(f"W1 by degree, {WIDEST} peers", "degree", {"events": "events", **planes}, by_degree),
            message_table(quick),
            table("W1 by parameters of the model, 32 peers", "parameters", planes, by_size),
        ]
    )


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in CASES:
        print(json.dumps(CASES[sys.argv[1]](*map(int, sys.argv[2:]))))
    else:
        run_as_command(measure, __doc__)
