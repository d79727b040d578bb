"""Studies of 20 points under one store, against 20 runs without any: powers of sending, and bit rates.

* rates: W1 with 64 peers at 30 to 68 Mbit/s. The rounds keep their length and nobody hears other messages, so that all
  points but the first are recalled whole: what is left is the simulation of time and energy.
* still peers: 16 phones on a grid of 30 m send at 0 to 19 dBm. What is heard changes when another distance of the
  grid comes within reach, at 3 of the 20 points; the others are recalled whole.
* shadowed peers: the same, where shadowing of 6 dB gives every link a reach of its own.
* moving peers: the shipped quickstart at 0 to 19 dBm, with fewer rounds. Every point changes what is heard early, and
  as models mix, soon every model: there is hardly anything to recall.

Each point is a whole run, tables included; a study and separate runs give the same values.

    python tests/benchmarks/power_study.py --json
"""

import time
from itertools import pairwise
from typing import Any

import torch
from row import Sheet, Table, empty_store, interleaved, measured, paired, run_as_command
from workloads import carry_out, w1

from cosim.experiment import Experiment
from cosim.scenario import Scenario, load

POWERS_DBM = tuple(float(level) for level in range(20))
RATES_BIT_PER_S = tuple((30 + 2 * step) * 1e6 for step in range(20))
GRID = {
    "medium": "scheduled",
    "mobility": {"kind": "grid", "spacing_m": 30},
    "radio": {"kind": "wifi_80211a", "tx_power_dbm": 16.0, "rate_bit_per_s": 6e6},
    "execution.lane_width": 16,
}
PATH_LOSS = {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}
SHADOWING = {"kind": "log_normal_shadowing", "sigma_db": 6}


def still(rounds: int) -> list[Scenario]:
    """Powers on a grid; the graph is a schedule, the radio decides what is heard."""
    return powers(w1(16, rounds, {**GRID, "propagation": PATH_LOSS}))


def shadowed(rounds: int) -> list[Scenario]:
    """The same with shadowing."""
    return powers(w1(16, rounds, {**GRID, "propagation": [PATH_LOSS, SHADOWING]}))


def moving(rounds: int) -> list[Scenario]:
    """Powers in the quickstart."""
    return powers(load("quickstart", {"rounds.count": rounds}))


def powers(scenario: Scenario) -> list[Scenario]:
    """A scenario at every power."""
    return [scenario.with_({"radio.tx_power_dbm": level}) for level in POWERS_DBM]


def rates(rounds: int) -> list[Scenario]:
    """W1 at every bit rate."""
    scenario = w1(64, rounds)
    return [scenario.with_({"radio.rate_bit_per_s": rate}) for rate in RATES_BIT_PER_S]


class Study:
    """All points, one after the other; keeps the summaries of the last time."""

    def __init__(self, scenarios: list[Scenario]) -> None:
        self.scenarios = scenarios
        self.summaries: list[dict[str, Any]] = []

    def cpu_s(self) -> float:
        """CPU seconds of all points, everything from the checked scenario on."""
        started = time.process_time()
        empty_store()
        self.summaries = [carry_out(Experiment(scenario)) for scenario in self.scenarios]
        return time.process_time() - started

    def of(self, key: str) -> list[Any]:
        """One entry of every summary."""
        return [summary[key] for summary in self.summaries]

    def tasks(self, kind: str) -> int:
        """Computations of all points that were recorded, executed or recalled."""
        return sum(tasks[kind] for tasks in self.of("tasks"))

    def different_points(self) -> int:
        """Points at which other messages arrived than at the point before, the first included."""
        heard = self.of("messages_delivered")
        return 1 + sum(before != after for before, after in pairwise(heard))


def compared(scenarios: list[Scenario], repeats: int) -> tuple[list[float], Study]:
    """How many times as long separate runs take as the study, by repeat; and the study.

    Raises:
        ValueError: they disagree.
    """
    study = Study(scenarios)
    separate = Study([scenario.with_({"execution.store": "none"}) for scenario in scenarios])
    carry_out(Experiment(scenarios[0]))
    seconds = interleaved(repeats, separate=separate.cpu_s, study=study.cpu_s)
    if study.of("accuracy_mean") != separate.of("accuracy_mean"):
        raise ValueError("the study and the separate runs disagree: what was recalled is not what would be computed")
    return paired(seconds, "separate", "study"), study


def measure(quick: bool) -> Sheet:
    """Ratios of CPU times, and what was recalled."""
    torch.set_num_threads(1)
    rounds, repeats = (20, 1) if quick else (40, 3)
    studies = {
        "rate_study": rates,
        "power_study_still": still,
        "power_study_shadowed": shadowed,
        "power_study_moving": moving,
    }
    sheet = Sheet()
    lines: list[list[Any]] = []
    for name, points in studies.items():
        ratios, study = compared(points(rounds), repeats)
        recalled = 100 * study.tasks("recalled") / study.tasks("recorded")
        sheet.rows.append(measured(name, ratios, rounds=rounds, recalled_percent=recalled))
        lines.append([points.__name__, study.different_points(), recalled, sorted(ratios)[repeats // 2]])
    header = ("study", "points with receptions of their own", "recalled %", "separate / study")
    sheet.tables.append(Table("20 points under one store", header, lines))
    return sheet


if __name__ == "__main__":
    run_as_command(measure, __doc__)
