"""What W1 takes of memory: above a process that trains one plain torch model, and from round 100 to round 1,000.

Every figure is the peak of a process of its own, tables and run folder included.

    python tests/benchmarks/memory.py --json
"""

import statistics

from fresh_process import figures_of
from row import Sheet, Table, interleaved, measured, run_as_command

PEERS = 256


def peak_mb(workload: str, peers: int, rounds: int) -> float:
    """Peak of one run [MB]."""
    return figures_of(workload, peers, rounds)["peak_bytes"] / 1e6


def measure(quick: bool) -> Sheet:
    """256 peers."""
    repeats, long = (1, 200) if quick else (3, 1_000)
    peaks = interleaved(
        repeats,
        torch=lambda: peak_mb("plain_torch", 1, 100),
        short=lambda: peak_mb("run_w1", PEERS, 100),
        short_totals=lambda: peak_mb("run_w1_totals", PEERS, 100),
    )
    peaks |= interleaved(
        1, long=lambda: peak_mb("run_w1", PEERS, long), long_totals=lambda: peak_mb("run_w1_totals", PEERS, long)
    )
    median = {name: statistics.median(values) for name, values in peaks.items()}
    above = [short - torch for short, torch in zip(peaks["short"], peaks["torch"], strict=True)]
    growth = [100 * (median["long"] / short - 1) for short in peaks["short"]]
    growth_totals = 100 * (median["long_totals"] / median["short_totals"] - 1)
    smaller = f"to round {long} only" if quick else ""
    rows = [
        measured("memory_above_torch_mb", above, peers=PEERS, rounds=100, torch_mb=median["torch"]),
        measured("memory_growth_percent", growth, smaller, peers=PEERS, totals_only_percent=growth_totals),
    ]
    lines = [["plain torch", 100, median["torch"]]]
    lines += [["everything", 100, median["short"]], ["everything", long, median["long"]]]
    lines += [["totals only", 100, median["short_totals"]], ["totals only", long, median["long_totals"]]]
    return Sheet(rows, [Table("Peak memory of W1, 256 peers", ("recorded", "rounds", "peak MB"), lines)])


if __name__ == "__main__":
    run_as_command(measure, __doc__)
