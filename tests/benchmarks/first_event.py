"""How long a cold process takes from its start to the first event of the shipped quickstart; wall-clock time.

Interpreter, imports, the scenario's check, the data set, the models and the world are all in it.

    python tests/benchmarks/first_event.py --json
"""

import time

from fresh_process import printed
from row import Sheet, Table, empty_store, measured, run_as_command

PROGRAM = """
import time
started = time.monotonic()
import cosim
imported = time.monotonic()
scenario = cosim.load("quickstart")
loaded = time.monotonic()

def first(progress, world):
    print([started, imported, loaded, time.monotonic()], flush=True)
    raise SystemExit

cosim.run(scenario, watch=first)
"""


def moments_s() -> list[float]:
    """Seconds from the start of the process to: interpreter ready, cosim imported, scenario loaded, first event."""
    empty_store()
    asked = time.monotonic()
    return [moment - asked for moment in printed("-c", PROGRAM)]


def measure(quick: bool) -> Sheet:
    """A process after the other."""
    repeats = 3 if quick else 5
    moments_s()
    moments = [moments_s() for _ in range(repeats)]
    middle = sorted(moments, key=lambda one: one[-1])[repeats // 2]
    steps = ("interpreter", "import cosim", "load the scenario", "make it ready")
    lines = [[step, after - before] for step, before, after in zip(steps, [0.0, *middle], middle, strict=False)]
    row = measured("first_event_s", [one[-1] for one in moments])
    return Sheet([row], [Table("From a cold start to the first event", ("step", "s"), lines)])


if __name__ == "__main__":
    run_as_command(measure, __doc__)
