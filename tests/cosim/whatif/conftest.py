import pytest

from cosim import load, run
from cosim.whatif import what_if

FEW = {
    "name": "few",
    "rounds": {"count": 8, "period_s": 0.5},
    "peers": {"phones": {"count": 6}},
    "radio": {"kind": "erasure", "rate_bit_per_s": 1e6, "loss": 0.2, "transceiver": "ns3_wifi"},
    "graph": {"kind": "random_k_out", "k": 2},
    "data": {"kind": "blobs", "samples": 200, "features": 6, "classes": 3},
    "model": "logistic_regression",
    "algorithm": "sgp",
    "evaluation": {"every_rounds": 4},
    "execution": {"device": "cpu", "lane_width": 8},
}


@pytest.fixture(scope="session")
def few():
    """Makes a run of six peers with lossy links, with changes: `few(algorithm="d_psgd")`."""
    return lambda **changes: run(load({**FEW, **changes}))


@pytest.fixture(scope="session")
def kept(few):
    """That run as it is, for tests that change nothing of it."""
    return few()


@pytest.fixture(scope="session")
def changed():
    """The answer to a change: `changed(run, {"radio.loss": 0.3}, replay=True)`."""
    return lambda kept, changes, **how: what_if(kept, kept.scenario.with_(changes), run, **how)
