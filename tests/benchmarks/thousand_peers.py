"""What W1 costs with 1,000 peers over 100 rounds, everything recorded: all CPU seconds after the imports.

python tests/benchmarks/thousand_peers.py --json
"""

import torch
from row import Sheet, cpu_s, measured, run_as_command
from workloads import carry_out, ready, w1


def measure(quick: bool) -> Sheet:
    """From the scenario to tables and summary."""
    peers, rounds, repeats = (1_000, 20, 1) if quick else (1_000, 100, 3)
    torch.set_num_threads(1)
    carry_out(ready(w1(64, 20)))
    values = [cpu_s(lambda: carry_out(ready(w1(peers, rounds)))) for _ in range(repeats)]
    smaller = f"{rounds} rounds instead of 100" if quick else ""
    return Sheet([measured("thousand_peers_s", values, smaller, peers=peers, rounds=rounds)])


if __name__ == "__main__":
    run_as_command(measure, __doc__)
