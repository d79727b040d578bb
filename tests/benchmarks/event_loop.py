"""What the timing plane costs by itself: event loop, lineage and ledger of W1, degree 4, no tensor computed.

python tests/benchmarks/event_loop.py --json
"""

from row import Sheet, cpu_s, measured, run_as_command
from workloads import SUMMARY, carry_out, never_executing, ready, w1


def one_run_us(peers: int, rounds: int) -> float:
    """CPU microseconds of one peer and round; making the experiment ready is not counted."""
    with never_executing():
        experiment = ready(w1(peers, rounds, SUMMARY))
        return 1e6 * cpu_s(lambda: carry_out(experiment)) / (peers * rounds)


def measure(quick: bool) -> Sheet:
    """1,000 peers."""
    peers, rounds, repeats = (1_000, 20, 3) if quick else (1_000, 100, 5)
    one_run_us(64, 20)
    values = [one_run_us(peers, rounds) for _ in range(repeats)]
    return Sheet([measured("event_loop_us", values, peers=peers, rounds=rounds)])


if __name__ == "__main__":
    run_as_command(measure, __doc__)
