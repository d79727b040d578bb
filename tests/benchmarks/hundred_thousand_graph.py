"""100,000 peers with logistic regression over a random 4-out graph, 10 rounds, totals only: peak memory and time.

python tests/benchmarks/hundred_thousand_graph.py --json
"""

from fresh_process import figures_of
from row import GIBIBYTE, Sheet, measured, run_as_command

PEERS, ROUNDS = 100_000, 10


def measure(quick: bool) -> Sheet:
    """One run in a process of its own; the time is that on the wall, imports included."""
    peers, rounds = (PEERS // 20, ROUNDS) if quick else (PEERS, ROUNDS)
    figures = figures_of("run_logistic_graph", peers, rounds)
    smaller = f"{peers:,} peers" if quick else ""
    details = {"peers": peers, "rounds": rounds, "cpu_s": figures["cpu_s"], "events": figures["summary"]["events"]}
    return Sheet(
        [
            measured("hundred_thousand_gib", [figures["peak_bytes"] / GIBIBYTE], smaller, **details),
            measured("hundred_thousand_s", [figures["wall_s"]], smaller, **details),
        ]
    )


if __name__ == "__main__":
    run_as_command(measure, __doc__)
