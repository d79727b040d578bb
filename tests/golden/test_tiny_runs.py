"""Three tiny runs with their numbers written down: what changes them changes what users get.

Counts and bytes are exact. Seconds and joules follow from FLOPs and bytes as torch's counters give them, scores from
torch's sums, so they may differ a little between builds of torch; the numbers are those of torch 2.13 on a CPU.
"""

import pytest

from cosim import load, run

COMMON = {"data": "blobs", "execution": {"device": "cpu"}}
PUSH = {
    **COMMON,
    "name": "tiny_push",
    "rounds": {"count": 12, "period_s": 0.5},
    "peers": {"phones": {"count": 6}},
    "mobility": {"kind": "random_waypoint", "area_m": [160.0, 160.0], "speed_m_per_s": [5.0, 15.0]},
    "propagation": [
        {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777},
        {"kind": "log_normal_shadowing", "sigma_db": 3.0},
    ],
    "radio": {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": "ns3_wifi"},
    "medium": "scheduled",
    "graph": {"kind": "radio"},
    "partition": {"kind": "dirichlet", "alpha": 0.5},
    "model": {"kind": "mlp", "hidden": [16]},
    "optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    "algorithm": {"kind": "sparse_push", "averaging_rate": 0.1},
    "compression": {"kind": "top_k", "fraction": 0.1},
    "evaluation": {"every_rounds": 6},
}
CONTENDING = {**PUSH, "name": "tiny_contention", "medium": {"kind": "csma_ca", "jitter_s": 0.02}}
SERVER = {
    **COMMON,
    "name": "tiny_fedavg",
    "rounds": {"count": 6},
    "peers": {"server": {"count": 1}, "phones": {"count": 4}, "boards": {"count": 2, "device": "jetson_nano"}},
    "radio": {
        "kind": "erasure", "rate_bit_per_s": 2e6, "loss": 0.3, "max_attempts": 3, "header_bytes": 34,
        "fragment_bytes": 400, "transceiver": "ns3_wifi",
    },
    "graph": "star",
    "partition": {"kind": "label_sorted", "skew": 0.5},
    "model": "logistic_regression",
    "optimizer": {"kind": "sgd", "learning_rate": 0.2},
    "algorithm": {"kind": "fedavg", "local_steps": 4, "timeout_s": 1.0},
    "evaluation": {"every_rounds": 3, "peers": ["server"]},
}  # fmt: skip

EXACT = {
    "tiny_push": {
        "rounds": 12.0, "payload_bytes": 18504.0, "bytes_on_air": 21096.0, "bytes_delivered": 50372.0,
        "messages_sent": 72, "messages_delivered": 196, "messages_late": 0,
        "tasks": {"recorded": 234, "executed": 234, "recalled": 0, "unneeded": 0},
    },
    "tiny_contention": {
        "rounds": 12.0, "payload_bytes": 18504.0, "bytes_on_air": 21096.0, "bytes_delivered": 49087.0,
        "messages_sent": 72, "messages_delivered": 191, "messages_late": 0,
        "tasks": {"recorded": 234, "executed": 234, "recalled": 0, "unneeded": 0},
    },
    "tiny_fedavg": {
        "rounds": 6.0, "payload_bytes": 57120.0, "bytes_on_air": 113716.0, "bytes_delivered": 51240.0,
        "messages_sent": 68, "messages_delivered": 61, "messages_late": 0,
        "tasks": {"recorded": 46, "executed": 46, "recalled": 0, "unneeded": 0},
    },
}  # fmt: skip
PHYSICAL = {
    "tiny_push": {"total": 58.84337, "compute": 1.383645, "transmit": 0.0341453, "receive": 0.0773436},
    "tiny_contention": {"total": 58.84321, "compute": 1.383632, "transmit": 0.0341453, "receive": 0.0758018},
    "tiny_fedavg": {"total": 57.10030, "compute": 0.287813, "transmit": 0.518545, "receive": 0.427117},
}
SIMULATED_S = {"tiny_push": 6.001003, "tiny_contention": 6.001003, "tiny_fedavg": 4.312182}
SCORES = {
    "tiny_push": {"accuracy_mean": 0.45375, "accuracy_min": 0.365, "accuracy_of_mean_model": 0.69},
    "tiny_contention": {"accuracy_mean": 0.45083, "accuracy_min": 0.3675, "accuracy_of_mean_model": 0.6925},
    "tiny_fedavg": {"accuracy_mean": 0.935, "accuracy_min": 0.935, "accuracy_of_mean_model": 0.935},
}
CONSENSUS = {"tiny_push": 2.120886, "tiny_contention": 2.149974, "tiny_fedavg": 0.0}


@pytest.mark.parametrize("scenario", [PUSH, CONTENDING, SERVER], ids=lambda scenario: scenario["name"])
def test_a_tiny_run_gives_the_numbers_written_down(scenario) -> None:
    name, summary = scenario["name"], run(load(scenario)).summary
    assert {key: summary[key] for key in EXACT[name]} == EXACT[name]
    assert summary["simulated_s"] == pytest.approx(SIMULATED_S[name], rel=1e-3)
    assert {key: summary["energy_j"][key] for key in PHYSICAL[name]} == pytest.approx(PHYSICAL[name], rel=1e-3)
    # 400 test samples: four of them may fall to the other side.
    assert {key: summary[key] for key in SCORES[name]} == pytest.approx(SCORES[name], abs=0.01)
    assert summary["consensus_distance"] == pytest.approx(CONSENSUS[name], rel=1e-3)
