"""A study of 100 points of energy parameters, priced again from one run, against that run alone.

Watts of the device and of the transceiver change, and what the battery holds. The numerator is the run, what is
prepared once, and all points from the change of the scenario on; the denominator is the run. Pricing again is held
against running again at one point.

    python tests/benchmarks/energy_study.py --json
"""

import math
import time
from typing import Any

import torch
from row import Row, Sheet, Table, empty_store, measured, run_as_command
from workloads import w1

import cosim
from cosim.experiment import Result
from cosim.pricing import Pricing
from cosim.scenario import Scenario

POINTS = 100
ENOUGH_J = 1e6
"""A battery that outlasts every run at every point: the heaviest draws below 20 W."""


def change(number: int) -> dict[str, Any]:
    """Watts and joules of one point; no two are the same."""
    above = 1.0 + number / POINTS
    states = {"idle_w": 0.8, "receive_w": 0.9, "transmit_w": 1.1, "sleep_w": 0.1}
    return {
        "peers.phones.device.idle_w": 1.6 * above,
        "peers.phones.device.active_w": 7.2 * above,
        "peers.phones.power": {"kind": "battery", "capacity_j": ENOUGH_J * above},
        "radio.transceiver": {"kind": "custom", **{state: watts * above for state, watts in states.items()}},
    }


def timed_run(scenario: Scenario) -> tuple[float, Result]:
    """CPU seconds of a run from the checked scenario to the tables in memory, and what it gave."""
    empty_store()
    started = time.process_time()
    result = cosim.run(scenario)
    return time.process_time() - started, result


def times_s(scenario: Scenario, points: int) -> list[float]:
    """CPU seconds of the run, of preparing it, of changing the scenario at every point, and of pricing every point."""
    run_s, result = timed_run(scenario)
    started = time.process_time()
    pricing = Pricing(result)
    prepared = time.process_time()
    changed = [scenario.with_(change(number)) for number in range(points)]
    begun = time.process_time()
    for point in changed:
        pricing.reprice(point)
    return [run_s, prepared - started, begun - prepared, time.process_time() - begun]


def check(scenario: Scenario) -> None:
    """Pricing a point gives the joules of a run of it.

    Raises:
        ValueError: it does not.
    """
    point = scenario.with_(change(POINTS - 1))
    priced = Pricing(timed_run(scenario)[1]).reprice(point)["energy_j"]["total"]
    real = timed_run(point)[1].summary["energy_j"]["total"]
    if not math.isclose(priced, real, rel_tol=1e-12):
        raise ValueError(f"pricing again gives {priced} J, running again {real} J")


def study(name: str, scenario: Scenario, repeats: int, smaller: str) -> tuple[Row, list[Any]]:
    """The row of one scenario, and its median times."""
    times = [times_s(scenario, POINTS) for _ in range(repeats)]
    ratios = [sum(one) / one[0] for one in times]
    middle = sorted(times, key=lambda one: sum(one) / one[0])[repeats // 2]
    run_s, prepare_s, change_s, price_s = middle
    line = [scenario.name, run_s, 1e3 * prepare_s, 1e3 * change_s / POINTS, 1e3 * price_s / POINTS]
    return measured(name, ratios, smaller, points=POINTS), line


def measure(quick: bool) -> Sheet:
    """W1 with 64 peers, everything recorded, and the shipped quickstart."""
    torch.set_num_threads(1)
    rounds, repeats = (40, 1) if quick else (200, 5)
    quickstart = cosim.load("quickstart").with_({"rounds.count": rounds} if quick else {})
    check(w1(16, 10))
    smaller = f"a run of {rounds} rounds" if quick else ""
    studies = [
        study("energy_study_w1", w1(64, rounds), repeats, smaller),
        study("energy_study_quickstart", quickstart, repeats, smaller),
    ]
    header = ("scenario", "run s", "prepare ms", "change a point ms", "price a point ms")
    title = f"{POINTS} points of energy parameters, CPU"
    return Sheet([row for row, _ in studies], [Table(title, header, [line for _, line in studies])])


if __name__ == "__main__":
    run_as_command(measure, __doc__)
