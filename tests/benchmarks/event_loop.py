"""What the timing plane costs by itself: a dry run of W1 at degree 4, that is event loop, lineage and ledger.

python tests/benchmarks/event_loop.py --json
"""

from row import Sheet, measured, run_as_command
from workloads import SUMMARY, dry, w1


def one_run_us(peers: int, rounds: int) -> float:
    """CPU microseconds of one peer and round; making the experiment ready is not counted."""
    return 1e6 * dry(w1(peers, rounds, SUMMARY)).run_s / (peers * rounds)


def measure(quick: bool) -> Sheet:
    """1,000 peers."""
    peers, rounds, repeats = (1_000, 20, 3) if quick else (1_000, 100, 5)
    one_run_us(64, 20)
    values = [one_run_us(peers, rounds) for _ in range(repeats)]
    return Sheet([measured("event_loop_us", values, peers=peers, rounds=rounds)])


if __name__ == "__main__":
    run_as_command(measure, __doc__)
