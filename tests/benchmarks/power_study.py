"""A study of 20 transmit powers under one store, against 20 runs that know nothing of each other.

16 phones on a grid of 30 m send at 0 to 19 dBm: what is heard differs between most points at the lower end, and
no more where everybody in question is heard. Each point is a whole run, tables included; both give the same values.

    python tests/benchmarks/power_study.py --json
"""

import time
from typing import Any

import torch
from row import Sheet, empty_store, interleaved, measured, paired, run_as_command
from workloads import carry_out, w1

from cosim.experiment import Experiment
from cosim.scenario import Scenario

POWERS_DBM = tuple(float(level) for level in range(20))


def points(rounds: int) -> list[Scenario]:
    """The same scenario at every power; the graph is a schedule, the radio decides what is heard."""
    wifi = {
        "mobility": {"kind": "grid", "spacing_m": 30},
        "propagation": {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777},
        "radio": {"kind": "wifi_80211a", "tx_power_dbm": 16.0, "rate_bit_per_s": 6e6},
        "execution.lane_width": 16,
    }
    study = w1(16, rounds, wifi)
    return [study.with_({"radio.tx_power_dbm": level}) for level in POWERS_DBM]


class Study:
    """All points, one after the other; keeps the summaries of the last time."""

    def __init__(self, scenarios: list[Scenario], separate: bool) -> None:
        self.scenarios = scenarios
        self.separate = separate
        self.summaries: list[dict[str, Any]] = []

    def cpu_s(self) -> float:
        """CPU seconds of all points, everything from the scenario on."""
        started = time.process_time()
        empty_store()
        self.summaries = []
        for scenario in self.scenarios:
            if self.separate:
                empty_store()
            self.summaries.append(carry_out(Experiment(scenario)))
        return time.process_time() - started

    def of(self, key: str) -> list[Any]:
        """One entry of every summary."""
        return [summary[key] for summary in self.summaries]


def measure(quick: bool) -> Sheet:
    """The ratio of the CPU times."""
    torch.set_num_threads(1)
    rounds, repeats = (20, 1) if quick else (60, 3)
    scenarios = points(rounds)
    separate, study = Study(scenarios, separate=True), Study(scenarios, separate=False)
    carry_out(Experiment(scenarios[0]))
    seconds = interleaved(repeats, separate=separate.cpu_s, study=study.cpu_s)
    if study.of("accuracy_mean") != separate.of("accuracy_mean"):
        raise ValueError("the study and the separate runs disagree: what was recalled is not what would be computed")
    recorded, executed = (sum(tasks[name] for tasks in study.of("tasks")) for name in ("recorded", "executed"))
    details = {"rounds": rounds, "recorded": recorded, "executed": executed}
    different = len(set(study.of("messages_delivered")))
    return Sheet([measured("power_study", paired(seconds, "separate", "study"), **details, different_points=different)])


if __name__ == "__main__":
    run_as_command(measure, __doc__)
