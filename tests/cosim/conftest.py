import pytest

from cosim.experiment import Experiment
from cosim.run_summary import summary_of
from cosim.scenario import load

LOSSY = {
    "name": "small",
    "rounds": {"count": 6, "period_s": 0.5},
    "peers": {"phones": {"count": 4}, "boards": {"count": 2, "device": "jetson_nano"}},
    "radio": {"kind": "erasure", "rate_bit_per_s": 1e6, "loss": 0.2, "header_bytes": 30, "transceiver": "ns3_wifi"},
    "graph": {"kind": "random_k_out", "k": 2},
    "data": {"kind": "blobs", "samples": 300},
    "partition": {"kind": "dirichlet", "alpha": 0.5, "samples_per_peer": 20},
    "model": {"kind": "mlp", "hidden": [8]},
    "algorithm": "sgp",
    "evaluation": {"every_rounds": 2},
    "execution": {"device": "cpu", "lane_width": 8},
}
MOBILE = {
    **LOSSY,
    "name": "mobile",
    "mobility": {"kind": "random_waypoint", "area_m": [120.0, 120.0], "speed_m_per_s": [1.0, 5.0]},
    "radio": {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": "ns3_wifi"},
    "medium": {"kind": "csma_ca", "jitter_s": 0.1},
    "graph": {"kind": "radio"},
}
SERVER = {
    **LOSSY,
    "name": "server",
    "rounds": {"count": 3},
    "peers": {"server": {"count": 1}, "phones": {"count": 4}},
    "graph": "star",
    "algorithm": "fedavg",
}


class Finished:
    """A run that has ended, with its tables as data frames and its summary."""

    def __init__(self, scenario) -> None:
        self.scenario = scenario
        self.experiment = Experiment(scenario)
        self.experiment.run()
        self.world, self.evaluation = self.experiment.world, self.experiment.evaluation
        self.tables = self.experiment.tables.finish()
        self.summary = summary_of(self.world, self.evaluation, self.experiment.executor.executed)

    def __getattr__(self, name):
        return self.tables[name].to_pandas()


@pytest.fixture(scope="session")
def small():
    """Makes a small scenario with changes: `small(algorithm="d_psgd")`."""
    return lambda **changes: load({**LOSSY, **changes})


@pytest.fixture(scope="session")
def finished():
    return Finished


@pytest.fixture(scope="session", params=[LOSSY, MOBILE, SERVER], ids=lambda scenario: scenario["name"])
def done(request):
    """Finished runs: lossy links, mobile peers with Wi-Fi, a server with acknowledged messages."""
    return Finished(load(request.param))
