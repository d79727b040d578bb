"""The numbers of a run at a glance: `summary.json`."""

from typing import Any

import numpy as np

from cosim.evaluation import Evaluation
from cosim.plugins import kind_of
from cosim.results.tables import PARTS, STATES
from cosim.sim.energy import COMPUTE, IDLE, PROCESSOR, RADIO, RECEIVE, SLEEP, TRANSMIT
from cosim.sim.world import World

BITS_PER_BYTE = 8


def summary_of(world: World, evaluation: Evaluation, executed: int) -> dict[str, Any]:
    """Everything but the wall time."""
    scenario, traffic = world.scenario, world.traffic
    seconds, joules = world.ledger.totals(world.end_s)
    per_peer = joules.sum(axis=(1, 2))
    idle_baseline_j = _idle_baseline_j(world, seconds)
    counted = [peer.completed_rounds for peer in world.peers if peer.completed_rounds]
    return {
        "scenario": scenario.name,
        "algorithm": kind_of("algorithm", scenario.algorithm),
        "peers": world.size,
        "rounds": float(np.mean(counted)) if counted else 0.0,
        "simulated_s": world.end_s,
        **{name: evaluation.last.get(name) for name in (
            "accuracy_mean", "accuracy_min", "accuracy_of_mean_model", "consensus_distance", "peers_evaluated")},
        "payload_bytes": traffic.payload_bits / BITS_PER_BYTE,
        "bytes_on_air": traffic.bits_on_air / BITS_PER_BYTE,
        "bytes_delivered": traffic.bits_delivered / BITS_PER_BYTE,
        "messages_sent": traffic.sent_messages,
        "messages_delivered": traffic.delivered_messages,
        "messages_late": sum(peer.mailbox.late for peer in world.peers),
        "energy_j": _by_state(joules),
        "energy_j_idle_baseline": idle_baseline_j,
        "energy_j_marginal": float(joules.sum()) - idle_baseline_j,
        "energy_j_per_peer": {"mean": float(per_peer.mean()), "max": float(per_peer.max())},
        "seconds": _by_state(seconds),
        "deaths": {str(peer): time_s for peer, time_s in sorted(world.deaths.items())},
        "groups": _groups(world, joules),
        "tasks": {
            "recorded": world.lineage.recorded,
            "executed": executed,
            "recalled": world.lineage.recalled,
            "unneeded": world.lineage.recorded - executed - world.lineage.recalled,
        },
        "events": world.clock.events,
        "seeds": scenario.seeds.model_dump(),
        "labels": _labels(world, evaluation),
    }  # fmt: skip


def _by_state(table: np.ndarray[Any, Any]) -> dict[str, float]:
    """Sums over peers: the total, and by state; idle is that of both parts."""
    states = table.sum(axis=0)
    return {
        "total": float(table.sum()),
        "compute": float(states[PROCESSOR, COMPUTE]),
        "transmit": float(states[RADIO, TRANSMIT]),
        "receive": float(states[RADIO, RECEIVE]),
        "idle": float(states[:, IDLE].sum()),
        "idle_radio": float(states[RADIO, IDLE]),
        "idle_processor": float(states[PROCESSOR, IDLE]),
        "sleep": float(states[RADIO, SLEEP]),
    }


def _idle_baseline_j(world: World, seconds: np.ndarray[Any, Any]) -> float:
    """What the same peers, switched on for the same time, would have drawn doing nothing [J].

    Seconds asleep count as asleep: sleeping is a saving that the marginal energy must not hide.
    """
    on = seconds.copy()
    on[:, :, STATES.index("off")] = 0.0
    radio_s = on[:, RADIO].sum(axis=1) - seconds[:, RADIO, SLEEP]
    processor_s = on[:, PROCESSOR].sum(axis=1)
    radio_w = np.asarray([station.idle_w for station in world.stations])
    sleep_w = np.asarray([station.sleep_w for station in world.stations])
    processor_w = np.asarray([member.processor.idle_w for member in world.members])
    return float((radio_s * radio_w + seconds[:, RADIO, SLEEP] * sleep_w + processor_s * processor_w).sum())


def _groups(world: World, joules: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Joules and payload by group of peers."""
    groups: dict[str, Any] = {}
    for name, ids in world.groups.items():
        chosen = list(ids)
        payload_bits = sum(world.traffic.payload_bits_of.get(peer, 0) for peer in ids)
        groups[name] = {
            "peers": len(ids),
            "energy_j": float(joules[chosen].sum()),
            "energy_j_by_part": {part: float(joules[chosen, i].sum()) for i, part in enumerate(PARTS)},
            "payload_bytes": payload_bits / BITS_PER_BYTE,
        }
    return groups


def _labels(world: World, evaluation: Evaluation) -> list[str]:
    """What a reader must know about how these numbers came about."""
    labels = [world.medium.label]
    if world.links.oracle:
        labels.append("oracle: neighbours")
    radio, scored = world.scenario.radio, evaluation.last.get("peers_evaluated")
    if radio.uses_positions and not radio.adapts_power and radio.transmit_w(0.0, 0.0) > 0.0:
        labels.append("transmit watts: the same at any tx_power_dbm")
    if scored is not None and scored < len(evaluation.peers):
        labels.append(f"accuracy: over the {scored} of {len(evaluation.peers)} peers that showed a model at the end")
    return labels
