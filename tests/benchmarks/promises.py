"""What is promised of speed and memory, and in which file each promise is measured.

A promise has a floor, the least that is promised, and a goal. Both may be missing: then the value is reported.
"""

from typing import Literal, NamedTuple


class Promise(NamedTuple):
    """One line of the table of promises.

    Attributes:
        name: how a row is called in `bench.json`.
        measured_by: the file beside this one that measures it.
        what: the same for people.
        unit: of value, floor and goal.
        better: which values are better than others.
        floor: the least that is promised.
        goal: what is aimed at.
    """

    name: str
    measured_by: str
    what: str
    unit: str
    better: Literal["higher", "lower"]
    floor: float | None
    goal: float | None

    def met(self, value: float | None, limit: float | None) -> bool | None:
        """Whether a value is as good as a limit; None where either is missing."""
        if value is None or limit is None:
            return None
        return value >= limit if self.better == "higher" else value <= limit


PROMISES = (
    Promise("plain_over_cosim_64", "peer_step", "plain loop / cosim, W1, 64 peers", "x", "higher", 4.5, 6.0),
    Promise("plain_over_cosim_256", "peer_step", "plain loop / cosim, W1, 256 peers", "x", "higher", 4.5, 6.0),
    Promise("cosim_over_stacked_256", "peer_step", "cosim / bare stacked bmm, W1, 256 peers", "x", "lower", 2.0, 1.5),
    Promise(
        "event_loop_us", "event_loop", "event loop, lineage, ledger: CPU per peer-round", "us", "lower", 25.0, 12.0
    ),
    Promise("lenet5_over_plain", "convolutions", "cosim / plain loop, LeNet-5, CPU", "x", "lower", 1.05, 1.0),
    Promise("resnet20_over_plain", "convolutions", "cosim / plain loop, ResNet-20, CPU", "x", "lower", 1.05, 1.0),
    Promise("energy_study_w1", "energy_study", "run + 100 energy points / run, W1, 64 peers", "x", "lower", 1.5, 1.05),
    Promise(
        "energy_study_quickstart", "energy_study", "run + 100 energy points / run, quickstart", "x", "lower", 1.5, 1.05
    ),
    Promise("rate_study", "power_study", "20 separate runs / study of 20 bit rates", "x", "higher", None, 2.0),
    Promise("power_study_still", "power_study", "the same with 20 powers, still peers", "x", "higher", None, 2.0),
    Promise("power_study_shadowed", "power_study", "the same with shadowing", "x", "higher", None, 2.0),
    Promise("power_study_moving", "power_study", "the same, moving peers (quickstart)", "x", "higher", None, 2.0),
    Promise(
        "memory_above_torch_mb", "memory", "memory of W1, 256 peers, above plain torch", "MB", "lower", 150.0, 100.0
    ),
    Promise("memory_growth_percent", "memory", "memory, round 100 to round 1,000", "%", "lower", 10.0, 0.0),
    Promise("thousand_peers_s", "thousand_peers", "W1, 1,000 peers x 100 rounds, CPU", "s", "lower", 15.0, 6.0),
    Promise("ten_thousand_wifi_gib", "ten_thousand_wifi", "10,000 mobile Wi-Fi peers: peak", "GiB", "lower", 4.0, None),
    Promise("ten_thousand_wifi_s", "ten_thousand_wifi", "10,000 mobile Wi-Fi peers: time", "s", "lower", None, 120.0),
    Promise("hundred_thousand_gib", "hundred_thousand_graph", "100,000 peers: peak", "GiB", "lower", 12.0, None),
    Promise("hundred_thousand_s", "hundred_thousand_graph", "100,000 peers: time", "s", "lower", None, 300.0),
    Promise("first_event_s", "first_event", "from a cold start to the first event", "s", "lower", 3.0, 1.5),
    Promise("ns3_over_transfer_64", "medium", "ns-3 / transfer fidelity, 64 broadcasters", "x", "higher", None, 50.0),
    Promise("ns3_over_transfer_256", "medium", "ns-3 / transfer fidelity, 256 broadcasters", "x", "higher", None, 50.0),
    Promise("packet_over_ns3_64", "medium", "frames per CPU s, packet fidelity / ns-3", "x", "higher", None, 1.0),
    Promise("resnet20_gpu_over_loop", "accelerator", "loop on the GPU / cosim, ResNet-20", "x", "higher", None, 5.0),
)


def promises_of(file: str) -> tuple[Promise, ...]:
    """Those that a file measures."""
    return tuple(promise for promise in PROMISES if promise.measured_by == file)


def promise(name: str) -> Promise:
    """The promise of this name.

    Raises:
        KeyError: there is none.
    """
    for one in PROMISES:
        if one.name == name:
            return one
    raise KeyError(f"nothing is promised under the name {name!r}")
