import json

import numpy as np
import pytest

from cosim import load, run
from cosim.run_summary import NOTHING_DELIVERED

EXPECTED = {
    "scenario", "algorithm", "peers", "rounds", "simulated_s", "accuracy_mean", "accuracy_min",
    "accuracy_of_mean_model", "consensus_distance", "payload_bytes", "bytes_on_air", "bytes_delivered",
    "messages_sent", "messages_delivered",
    "energy_j", "energy_j_per_peer", "tasks", "events", "seeds",
}  # fmt: skip


def test_the_numbers_of_the_design_are_there_and_are_json(done) -> None:
    assert set(done.summary) >= EXPECTED
    assert set(done.summary["energy_j"]) >= {"total", "compute", "transmit", "receive", "idle", "sleep"}
    assert set(done.summary["tasks"]) == {"recorded", "executed", "recalled", "unneeded"}
    assert json.loads(json.dumps(done.summary, allow_nan=False)) == done.summary


def test_counters_are_those_of_the_tables(done) -> None:
    summary, transmissions = done.summary, done.transmissions
    arrived = done.receptions[done.receptions["intended"] & (done.receptions["outcome"] == "heard")]
    delivered = arrived.merge(transmissions, on="transmission")
    assert summary["payload_bytes"] == transmissions["payload_bits"].sum() / 8
    assert summary["bytes_on_air"] == transmissions["bits_on_air"].sum() / 8
    assert summary["bytes_delivered"] == delivered["payload_bits"].sum() / 8
    assert summary["messages_sent"] == len(transmissions)
    assert summary["messages_delivered"] == len(delivered)
    assert summary["bytes_on_air"] > summary["payload_bytes"]  # headers


def test_joules_are_those_of_the_intervals(done) -> None:
    energy, summary = done.energy, done.summary["energy_j"]
    assert summary["total"] == pytest.approx(energy["joules"].sum(), rel=1e-12)
    by_state = energy.groupby("state")["joules"].sum()
    for state in ("compute", "transmit", "receive", "idle", "sleep"):
        assert summary[state] == pytest.approx(by_state.get(state, 0.0), rel=1e-12)
    assert summary["idle"] == pytest.approx(summary["idle_radio"] + summary["idle_processor"], rel=1e-12)
    per_peer = energy.groupby("peer")["joules"].sum()
    assert done.summary["energy_j_per_peer"]["mean"] == pytest.approx(per_peer.mean(), rel=1e-12)
    assert done.summary["energy_j_per_peer"]["max"] == pytest.approx(per_peer.max(), rel=1e-12)


def test_marginal_energy_is_what_lies_above_idle(done) -> None:
    """Nobody sleeps, dies or leaves here: the baseline is idle power times the whole run."""
    world, energy = done.world, done.energy
    idle_w = sum(member.station.idle_w + member.processor.idle_w for member in world.members)
    assert done.summary["energy_j_idle_baseline"] == pytest.approx(idle_w * world.end_s, rel=1e-9)
    above = 0.0
    for (peer, part), rows in energy.groupby(["peer", "part"]):
        member = world.members[peer]
        resting_w = member.station.idle_w if part == "radio" else member.processor.idle_w
        above += ((rows["watts"] - resting_w) * (rows["end_s"] - rows["start_s"])).sum()
    assert done.summary["energy_j_marginal"] == pytest.approx(above, rel=1e-6)


def test_accuracies_are_those_of_the_last_evaluation(done) -> None:
    metrics, summary = done.metrics, done.summary
    last = metrics[metrics["round"] == metrics["round"].max()]
    accuracies = last[last["metric"] == "accuracy"]["value"]
    assert summary["accuracy_mean"] == pytest.approx(accuracies.mean(), rel=1e-12)
    assert summary["accuracy_min"] == accuracies.min()
    for name in ("accuracy_of_mean_model", "consensus_distance"):
        assert summary[name] == last[last["metric"] == name]["value"].item()


def test_rounds_tasks_and_events_are_counted(done) -> None:
    summary = done.summary
    assert summary["rounds"] == done.scenario.rounds.count
    assert summary["peers"] == done.world.size
    assert summary["simulated_s"] == done.world.end_s == done.energy["end_s"].max()
    assert summary["tasks"]["recorded"] == summary["tasks"]["executed"] > len(done.tasks)
    assert summary["events"] > summary["messages_sent"]
    assert summary["seeds"] == {"learning": 1, "world": 1}


def test_groups_share_out_joules_and_bytes(done) -> None:
    groups = done.summary["groups"]
    assert {name: group["peers"] for name, group in groups.items()} == {
        name: group.count for name, group in done.scenario.peers.items()
    }
    assert sum(group["energy_j"] for group in groups.values()) == pytest.approx(done.summary["energy_j"]["total"])
    assert sum(group["payload_bytes"] for group in groups.values()) == done.summary["payload_bytes"]
    for group in groups.values():
        assert sum(group["energy_j_by_part"].values()) == pytest.approx(group["energy_j"], rel=1e-12)


def test_labels_say_what_is_optimistic(done) -> None:
    labels = done.summary["labels"]
    assert done.world.medium.label in labels
    assert ("oracle: neighbours" in labels) == (done.scenario.name == "mobile")


def test_a_run_without_evaluation_has_no_accuracy(finished, small) -> None:
    run = finished(small(rounds={"count": 3, "period_s": 0.5, "stop_s": 0.01}))
    assert run.summary["accuracy_mean"] is None
    assert run.summary["rounds"] == 0.0
    assert run.summary["simulated_s"] == 0.01


def test_messages_after_their_round_are_late_and_counted(finished, small) -> None:
    """At 20 kb/s a message of 2,066 bytes takes 0.83 s; it arrives in the round after its own."""
    slow = {"kind": "erasure", "rate_bit_per_s": 20e3, "transceiver": "ns3_wifi"}
    run = finished(small(peers={"phones": {"count": 2}}, graph="directed_ring", radio=slow, algorithm="d_psgd"))
    assert run.summary["messages_delivered"] > 2
    assert run.summary["messages_late"] > 0
    assert run.summary["messages_late"] <= run.summary["messages_delivered"]
    assert np.isfinite(run.summary["consensus_distance"])


def test_labels_say_what_watts_and_accuracies_mean() -> None:
    battery = {"kind": "battery", "capacity_j": 3.0}
    result = run(
        load(
            {
                "rounds": {"count": 6, "period_s": 0.5},
                "peers": {"phones": {"count": 2}, "weak": {"count": 1, "power": battery}},
                "mobility": {"kind": "circle", "radius_m": 5.0},
                "graph": "ring",
                "algorithm": "d_psgd",
                "evaluation": {"every_rounds": 3},
            }
        )
    )
    assert result.summary["peers_evaluated"] == 2
    assert "accuracy: over the 2 of 3 peers that showed a model at the end" in result.summary["labels"]
    assert "transmit watts: the same at any tx_power_dbm" in result.summary["labels"]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_run_whose_models_diverge_is_kept_and_says_so(finished, small, tmp_path) -> None:
    """Far too large a step: losses and distances become infinite, which JSON cannot hold."""
    done = finished(small(optimizer={"kind": "sgd", "learning_rate": 1e30}))
    assert done.summary["consensus_distance"] is None
    assert any(label.startswith("diverged") for label in done.summary["labels"])
    assert json.loads(json.dumps(done.summary, allow_nan=False)) == done.summary


def test_a_run_in_which_nothing_arrives_says_what_may_help(finished, small) -> None:
    assert NOTHING_DELIVERED in finished(small(radio={"kind": "erasure", "rate_bit_per_s": 1e6, "loss": 1.0},
                                               graph="complete")).summary["labels"]  # fmt: skip
