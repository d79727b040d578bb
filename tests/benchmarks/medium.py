"""What the air costs: the job that ns-3.37 was timed with, at both fidelities.

n nodes on a square grid of 25 m, each handing a broadcast of 100 kB to its radio every second, evenly staggered;
802.11a at 24 Mb/s, log-distance exponent 3, NIST errors, ad hoc DCF with contention, hidden stations and
interference. ns-3's CPU seconds are those of `Simulator::Run` of its release build on another shared machine with two
cores: trust them to 30 %.

python tests/benchmarks/medium.py --json
"""

import sys
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "validation"))

from row import Sheet, Table, measured, run_as_command

from cosim import dry_run
from cosim.scenario import load

NS3_CPU_S = {16: 0.0842, 64: 0.939, 256: 12.1}
"""CPU seconds of ns-3.37 per simulated second, by number of nodes."""
NS3_TRANSMISSIONS_PER_CPU_S = {16: 12_914, 64: 4_566, 256: 1_321}
"""PHY transmissions of ns-3.37 per CPU second."""


def job(nodes: int, simulated_s: float, fidelity: str) -> Any:
    """The scenario."""
    return load({
        "name": "grid",
        "rounds": {"stop_s": simulated_s},
        "peers": {"nodes": {"count": nodes, "device": "ideal"}},
        "mobility": {"kind": "grid", "spacing_m": 25},
        "propagation": [{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}],
        "radio": {"kind": "wifi_80211a", "rate_bit_per_s": 24e6},
        "medium": {"kind": "csma_ca", "fidelity": fidelity},
        "data": {"kind": "digits"},
        "model": {"kind": "mlp", "hidden": [333]},
        "algorithm": {
            "kind": "traffic:Traffic",
            "broadcasters": list(range(nodes)),
            "messages": int(simulated_s),
            "every_s": 1.0,
            "stagger_s": 1.0 / nodes,
        },
        "recording": {"level": "summary"},
    })  # fmt: skip


def one(nodes: int, simulated_s: float, fidelity: str) -> tuple[float, float, float]:
    """CPU seconds per simulated second, frames on the air per CPU second, bytes on the air per simulated second."""
    scenario = job(nodes, simulated_s, fidelity)
    begun: list[float] = []
    summary = dry_run.run(scenario, watch=lambda *_: begun.append(time.process_time())).summary
    spent_s = time.process_time() - begun[0]
    frames = summary["bytes_on_air"] / (1472 + 36)
    return spent_s / simulated_s, frames / spent_s, summary["bytes_on_air"] / simulated_s


def measure(quick: bool) -> Sheet:
    """Both fidelities, few nodes and many."""
    sizes, repeats = ((16, 64), 1) if quick else ((16, 64, 256, 1024), 3)
    one(16, 2.0, "transfer")
    transfer = {n: [one(n, 10.0 if n <= 256 else 4.0, "transfer") for _ in range(repeats)] for n in sizes}
    packet = {n: [one(n, 2.0, "packet") for _ in range(repeats)] for n in sizes if n <= 64}
    rows = [
        measured(f"ns3_over_transfer_{n}", [NS3_CPU_S[n] / cpu_s for cpu_s, _, _ in transfer[n]], nodes=n)
        for n in (64, 256) if n in transfer
    ]  # fmt: skip
    rows.append(measured(
        "packet_over_ns3_64", [frames / NS3_TRANSMISSIONS_PER_CPU_S[64] for _, frames, _ in packet[64]], nodes=64
    ))  # fmt: skip
    return Sheet(rows, [table(transfer, packet)])


def table(transfer: dict[int, Any], packet: dict[int, Any]) -> Table:
    """All sizes beside ns-3's figures."""
    lines: list[list[Any]] = []
    for n, runs in transfer.items():
        cpu_s = min(each[0] for each in runs)
        frames = max((each[1] for each in packet.get(n, ())), default=None)
        lines.append([n, round(cpu_s, 5), NS3_CPU_S.get(n), round(1e6 * cpu_s / n, 1),
                      None if frames is None else round(frames), NS3_TRANSMISSIONS_PER_CPU_S.get(n)])  # fmt: skip
    columns = ("nodes", "transfer: CPU s per simulated s", "ns-3", "us a message", "packet: frames per CPU s", "ns-3's")
    return Table("100 kB broadcasts on a grid", columns, lines)


if __name__ == "__main__":
    run_as_command(measure, __doc__)
