"""10,000 peers that walk about and hear some 8 others over Wi-Fi, 20 rounds, totals only: peak memory and time.

python tests/benchmarks/ten_thousand_wifi.py --json
"""

from fresh_process import figures_of
from row import GIBIBYTE, Sheet, measured, run_as_command

PEERS, ROUNDS = 10_000, 20


def measure(quick: bool) -> Sheet:
    """One run in a process of its own; the time is that on the wall, imports included."""
    peers, rounds = (PEERS // 10, ROUNDS // 4) if quick else (PEERS, ROUNDS)
    figures = figures_of("run_mobile_wifi", peers, rounds)
    smaller = f"{peers:,} peers x {rounds} rounds" if quick else ""
    details = {"peers": peers, "rounds": rounds, "cpu_s": figures["cpu_s"], "events": figures["summary"]["events"]}
    return Sheet(
        [
            measured("ten_thousand_wifi_gib", [figures["peak_bytes"] / GIBIBYTE], smaller, **details),
            measured("ten_thousand_wifi_s", [figures["wall_s"]], smaller, **details),
        ]
    )


if __name__ == "__main__":
    run_as_command(measure, __doc__)
