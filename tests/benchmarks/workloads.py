"""The scenarios that are measured, and how they are run."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock

from row import empty_store

from cosim import dry_run
from cosim.experiment import Experiment
from cosim.memo import Memo
from cosim.run_summary import summary_of
from cosim.scenario import Scenario, load

WIDEST = 256
"""Lanes beyond which wider batches gain nothing."""
LEARNING_RATE = 0.1
EVALUATE_EVERY = 20
BATCH = 32
SUMMARY = {"recording.level": "summary"}


def w1(peers: int, rounds: int, changes: dict[str, Any] | None = None) -> Scenario:
    """W1: an MLP 64-32-10 (2,410 parameters) on digits, batch 32, one SGD step and one broadcast to 4 a round."""
    return load(
        {
            "name": "w1",
            "rounds": {"count": rounds, "period_s": 0.5},
            "peers": {"phones": {"count": peers, "device": "raspberry_pi_4b"}},
            "radio": {"kind": "erasure", "rate_bit_per_s": 54e6, "loss": 0.01, "transceiver": "ns3_wifi"},
            "graph": {"kind": "random_k_out", "k": 4, "period_s": 1e9},
            "data": {"kind": "digits"},
            "partition": {"kind": "dirichlet", "alpha": 0.5, "samples_per_peer": 32},
            "model": {"kind": "mlp", "hidden": [32]},
            "optimizer": {"kind": "sgd", "learning_rate": LEARNING_RATE},
            "training": {"batch_size": BATCH, "local_steps": 1},
            "algorithm": {"kind": "d_psgd"},
            "evaluation": {"every_rounds": EVALUATE_EVERY},
            "execution": {"device": "cpu", "threads": 1, "lane_width": min(peers, WIDEST)},
        },
        changes or {},
    )


def evaluates_after(step: int, rounds: int) -> bool:
    """Whether models are evaluated after this step, counted from 0: every 20 rounds and, as in any run, at the end."""
    return (step + 1) % EVALUATE_EVERY == 0 or step + 1 == rounds


def mobile_wifi(peers: int, rounds: int) -> Scenario:
    """W1's learning task among peers that walk about and hear some 8 others over 802.11a; totals only.

    At 16 dBm a preamble is found up to 51 m (-82 dBm). Random waypoints crowd in the middle, by a factor of 1.44 in the
    mean over the peers (the square of the density 6x(1 - x) on each axis, integrated): one peer in 39 m x 39 m.
    """
    side_m = 39.0 * peers**0.5
    return load(
        {
            **_sections(w1(2, rounds, {"graph.k": 1})),
            "name": "mobile_wifi",
            "peers": {"phones": {"count": peers, "device": "raspberry_pi_4b"}},
            "mobility": {"kind": "random_waypoint", "area_m": [side_m, side_m], "speed_m_per_s": [1, 5]},
            "propagation": {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777},
            "radio": {"kind": "wifi_80211a", "tx_power_dbm": 16.0206, "rate_bit_per_s": 6e6},
            "medium": "scheduled",
            "graph": {"kind": "radio", "max_per": 0.1, "sample_s": 1},
            "execution": {"device": "cpu", "threads": 1, "lane_width": WIDEST},
            "recording": {"level": "summary"},
        }
    )


def _sections(scenario: Scenario) -> dict[str, Any]:
    """The learning task of a scenario, to be put into another one."""
    names = ("rounds", "data", "partition", "model", "optimizer", "training", "algorithm", "evaluation")
    return {name: getattr(scenario, name) for name in names}


def logistic_graph(peers: int, rounds: int) -> Scenario:
    """Logistic regression (650 parameters) over a random 4-out graph without places; totals only."""
    return w1(peers, rounds, {**SUMMARY, "model": {"kind": "logistic_regression"}, "name": "logistic_graph"})


def in_neighbours(scenario: Scenario) -> list[list[int]]:
    """Whom each peer hears, itself first, in a scheduled graph that does not change."""
    peers = scenario.peer_count
    heard: list[list[int]] = [[peer] for peer in range(peers)]
    for source, out in enumerate(scenario.graph.schedule(peers, scenario.seeds.world).out_neighbours(0)):
        for peer in out:
            heard[peer].append(source)
    return heard


def ready(scenario: Scenario) -> Experiment:
    """A scenario ready to run, with nothing to recall."""
    empty_store()
    return Experiment(scenario)


def carry_out(experiment: Experiment) -> dict[str, Any]:
    """Simulate, and make the tables in memory; gives the summary."""
    experiment.run()
    experiment.tables.finish()
    return summary_of(experiment.world, experiment.evaluation, experiment.executor.executed)


class Dry(NamedTuple):
    """A run of the timing plane alone: programs, event loop, lineage, ledger and tables, but no tensor.

    Attributes:
        ready_s: CPU seconds before the first event.
        run_s: CPU seconds from there on.
        summary: what it gave.
    """

    ready_s: float
    run_s: float
    summary: dict[str, Any]


def dry(scenario: Scenario) -> Dry:
    """Simulate without training."""
    moments = [time.process_time()]
    summary = dry_run.run(scenario, watch=lambda *_: moments.append(time.process_time())).summary
    asked, begun = moments
    return Dry(begun - asked, time.process_time() - begun, summary)


@contextmanager
def timed_data_plane(clock: Callable[[], float]) -> Generator[list[float]]:
    """A list whose only entry becomes the seconds within calls of the executor."""
    spent, nested = [0.0], [False]

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            if nested[0]:
                return call(*arguments)
            nested[0], started = True, clock()
            try:
                return call(*arguments)
            finally:
                nested[0] = False
                spent[0] += clock() - started

        return timed

    names = ("values", "relieve", "cut")
    with mock.patch.multiple(Memo, **{name: watched(getattr(Memo, name)) for name in names}):
        yield spent
