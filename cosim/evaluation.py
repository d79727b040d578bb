"""What the models can do, seen from outside: no simulated time, no joules.

Models that peers show at an evaluation round are scored together; the scores are recipes like all
others, so they are executed in one batch and have keys.
"""

from array import array
from collections.abc import Callable
from typing import Any, NamedTuple

from cosim.handle import Handle
from cosim.lineage import Lineage
from cosim.peer import Resolve
from cosim.recipes import Workload, consensus_operation, evaluate_operation

ALL = -1
"""Peer number of a value that belongs to all peers."""


class Shown(NamedTuple):
    """A model as a peer showed it."""

    time_s: float
    peer: int
    model: Handle
    weight: float


class Progress(NamedTuple):
    """How far a run has come."""

    time_s: float
    round_index: int
    accuracy: float


class Metrics:
    """Rows of the table `metrics`."""

    def __init__(self) -> None:
        self.numbers = array("d")
        self.names: list[str] = []
        self.keys: list[str] = []

    def add(self, time_s: float, round_index: int, peer: int, name: str, value: float, key: str = "") -> None:
        """Book one value."""
        self.numbers.extend((time_s, round_index, peer, value))
        self.names.append(name)
        self.keys.append(key)


class Evaluation:
    """Collects shown models, and scores each round's when all that are expected have come."""

    def __init__(
        self, scenario: Any, workload: Workload, subset: str, lineage: Lineage, resolve: Resolve,
        progress: Callable[[Progress], None] | None,
    ) -> None:  # fmt: skip
        self.metrics = Metrics()
        self.last: dict[str, float] = {}
        self.reached: Callable[[float], None] = lambda accuracy: None
        self.counters: Callable[[], dict[str, float]] = dict
        self._every_rounds: int | None = scenario.evaluation.every_rounds
        self._last_round = -1 if scenario.rounds.count is None else scenario.rounds.count - 1
        self._peers = _chosen_peers(scenario)
        self._lineage = lineage
        self._resolve = resolve
        self._progress = progress
        self._score = evaluate_operation(workload, subset)
        self._consensus = consensus_operation(workload)
        self._waiting: dict[int, list[Shown]] = {}
        self._latest: dict[int, Shown] = {}
        self._alive: set[int] = set()

    def observe(self, peer: Any, model: Handle, weight: float, tag: int, values: dict[str, float]) -> None:
        """Take note of a model; score its round if it is one to be scored and complete."""
        now_s = peer.now_s
        for name, value in values.items():
            self.metrics.add(now_s, tag, peer.id, name, value)
        if peer.id not in self._peers:
            return
        shown = Shown(now_s, peer.id, model, weight)
        if self._every_rounds is None:
            self._latest[peer.id] = shown
        elif (tag + 1) % self._every_rounds == 0 or tag == self._last_round:
            waiting = self._waiting.setdefault(tag, [])
            waiting.append(shown)
            if len(waiting) >= len(self._alive):
                self._close(tag)

    def joined(self, peer: int) -> None:
        """A peer will show models from now on."""
        if peer in self._peers:
            self._alive.add(peer)

    def lost(self, peer: int) -> None:
        """A peer will show no more models."""
        self._alive.discard(peer)
        for tag in [tag for tag, waiting in self._waiting.items() if len(waiting) >= len(self._alive) > 0]:
            self._close(tag)

    def at_time(self, time_s: float) -> None:
        """Score the latest model of every peer."""
        if self._latest:
            latest = [shown._replace(time_s=time_s) for shown in self._latest.values()]
            self._record(-1, sorted(latest, key=lambda shown: shown.peer))

    def finish(self) -> None:
        """Score what is left over at the end, complete or not."""
        for tag in sorted(self._waiting):
            self._close(tag)

    def _close(self, tag: int) -> None:
        self._record(tag, sorted(self._waiting.pop(tag), key=lambda shown: shown.peer))

    def _record(self, tag: int, shown: list[Shown]) -> None:
        """Score the models of one round or time, and their mean."""
        record = self._lineage.record
        scores = [record(self._score, (s.model,), (s.weight,))[0] for s in shown]
        models, weights = tuple(s.model for s in shown), tuple(s.weight for s in shown)
        mean, distance = record(self._consensus, models, weights)
        mean_score = record(self._score, (mean,), (1.0,))[0]
        values = self._resolve([*scores, mean_score, distance])
        for s, handle, (accuracy, loss) in zip(shown, scores, values[:-2], strict=True):
            self.metrics.add(s.time_s, tag, s.peer, "accuracy", float(accuracy), handle.key.hex())
            self.metrics.add(s.time_s, tag, s.peer, "loss", float(loss), handle.key.hex())
        time_s = max(s.time_s for s in shown)
        self.metrics.add(time_s, tag, ALL, "accuracy_of_mean_model", float(values[-2][0]), mean_score.key.hex())
        self.metrics.add(time_s, tag, ALL, "consensus_distance", float(values[-1][0]), distance.key.hex())
        for name, value in self.counters().items():
            self.metrics.add(time_s, tag, ALL, name, value)
        self._remember(time_s, tag, [float(v[0]) for v in values[:-2]], float(values[-2][0]), float(values[-1][0]))

    def _remember(self, time_s: float, tag: int, accuracies: list[float], of_mean: float, distance: float) -> None:
        mean = sum(accuracies) / len(accuracies)
        self.last = {
            "accuracy_mean": mean,
            "accuracy_min": min(accuracies),
            "accuracy_of_mean_model": of_mean,
            "consensus_distance": distance,
        }
        self.reached(mean)
        if self._progress is not None:
            self._progress(Progress(time_s, tag, mean))


def _chosen_peers(scenario: Any) -> frozenset[int]:
    """Ids of the peers that are evaluated."""
    wanted = scenario.evaluation.peers
    chosen: set[int] = set()
    first = 0
    for name, group in scenario.peers.items():
        for peer in range(first, first + group.count):
            if wanted is None or name in wanted or peer in wanted:
                chosen.add(peer)
        first += group.count
    return frozenset(chosen)
