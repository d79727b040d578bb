"""What one peer-step costs: cosim, a plain torch loop over peers, and bare stacked training, in one process.

Workload W1: N peers, MLP 64-32-10 (2,410 parameters) on digits, Dirichlet 0.5, batch 32, one SGD step a
round, broadcast to 4 out-neighbours over lossy links with the full ledger on, evaluation every 20 rounds,
one torch thread. What is compared with cosim has no network at all: every message arrives.

* cosim: simulation, training, evaluation, and the tables in memory; making the experiment ready is not counted.
* plain: an optimiser per peer, state-dict averaging over the same neighbours; also its training part alone.
* floor: bare stacked bmm training of all peers at once, gradients by autograd, with the same mini-batches, gather
  and mixing.
* tight floor: the same with the hand-written gradient that cosim calls: the limit of what it could reach.

They take turns; ratios are taken within each repeat, and the medians of the repeats count.

    python tests/benchmarks/peer_step.py --json
    python tests/benchmarks/peer_step.py --peers 1000 --rounds 40 --repeats 3
"""

import math
import statistics
import time

import numpy as np
import torch
from row import Row, Sheet, Table, measured, paired, run_as_command
from torch import nn
from workloads import BATCH, EVALUATE_EVERY, LEARNING_RATE, carry_out, evaluates_after, in_neighbours, ready, w1

from cosim.learning.batches import Batches
from cosim.learning.learner import Learner
from cosim.learning.stacked import stacked_gradient, stacked_scores
from cosim.scenario import Scenario

WIDTHS = (64, 32, 10)
LARGE = 256
PROMISED = (64, LARGE)
"""Numbers of peers of which something is promised."""


def time_cosim(scenario: Scenario) -> tuple[float, float]:
    """CPU seconds, and events per peer-round; making the experiment ready is not counted."""
    experiment = ready(scenario)
    started = time.process_time()
    summary = carry_out(experiment)
    return time.process_time() - started, summary["events"] / (summary["peers"] * summary["rounds"])


def time_plain(learner: Learner, heard: list[list[int]], rounds: int) -> tuple[float, float]:
    """CPU seconds of the plain loop, and of its training part."""
    models = [nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)) for _ in heard]
    for model in models[1:]:
        model.load_state_dict(models[0].state_dict())
    optimizers = [torch.optim.SGD(model.parameters(), lr=LEARNING_RATE) for model in models]
    shares = [torch.as_tensor(share) for share in learner.shares]
    features, labels = learner.features, learner.labels
    loss = nn.CrossEntropyLoss()
    training = 0.0
    started = time.process_time()
    for step in range(rounds):
        training_started = time.process_time()
        for model, optimizer, share in zip(models, optimizers, shares, strict=True):
            chosen = share[torch.randint(len(share), (BATCH,))]
            optimizer.zero_grad()
            loss(model(features[chosen]), labels[chosen]).backward()
            optimizer.step()
        training += time.process_time() - training_started
        average_state_dicts(models, heard)
        if evaluates_after(step, rounds):
            with torch.no_grad():
                for model in models:
                    (model(learner.test[0]).argmax(1) == learner.test[1]).float().mean().item()
    return time.process_time() - started, training


def average_state_dicts(models: list[nn.Sequential], heard: list[list[int]]) -> None:
    """Every model becomes the average of those its peer heard."""
    with torch.no_grad():
        states = [{name: value.clone() for name, value in model.state_dict().items()} for model in models]
        for model, sources in zip(models, heard, strict=True):
            model.load_state_dict(
                {name: sum(states[source][name] for source in sources) / len(sources) for name in states[0]}
            )


class Floor:
    """What stacked training needs beside the models: batches, neighbours, test samples; all without cosim's planes."""

    def __init__(self, learner: Learner, heard: list[list[int]]) -> None:
        self.peers = len(heard)
        self.start = learner.initial.repeat(self.peers, 1)
        self.features, self.labels = learner.features, learner.labels
        self.test = learner.test
        self._batches = Batches(learner.shares, BATCH, 1)
        self._who = np.arange(self.peers)
        self._sources = torch.tensor([source for sources in heard for source in sources])
        self._offsets = torch.tensor(np.cumsum([0, *(len(s) for s in heard)])[:-1])
        self._coefficients = torch.tensor([1 / len(s) for s in heard for _ in s], dtype=self.start.dtype)

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Mini-batches of all peers."""
        chosen = torch.from_numpy(self._batches.indices(self._who, np.full(self.peers, step))).view(-1)
        x = self.features.index_select(0, chosen).view(self.peers, BATCH, -1)
        return x, self.labels.index_select(0, chosen).view(self.peers, BATCH)

    def mix(self, values: torch.Tensor) -> torch.Tensor:
        """Averages over the peers heard, as one sparse gather: what cosim does, too."""
        mixed = nn.functional.embedding_bag(
            self._sources, values.flatten(1), self._offsets, mode="sum", per_sample_weights=self._coefficients
        )
        return mixed.view(values.shape)


def stacked_forward(parameters: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Logits of all lanes."""
    w1, b1, w2, b2 = parameters
    return torch.baddbmm(b2, torch.baddbmm(b1, x, w1).relu(), w2)


def time_floor(learner: Learner, heard: list[list[int]], rounds: int) -> float:
    """CPU seconds of bare stacked bmm training."""
    floor = Floor(learner, heard)
    shapes = ((64, 32), (1, 32), (32, 10), (1, 10))
    pieces = floor.start.split([math.prod(shape) for shape in shapes], dim=1)
    parameters = [p.reshape(floor.peers, *shape).requires_grad_() for p, shape in zip(pieces, shapes, strict=True)]
    started = time.process_time()
    for step in range(rounds):
        x, y = floor.batch(step)
        logits = stacked_forward(parameters, x).flatten(0, 1)
        loss = nn.functional.cross_entropy(logits, y.flatten(), reduction="sum") / BATCH
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.add_(gradient, alpha=-LEARNING_RATE)
            parameters = [floor.mix(parameter).requires_grad_() for parameter in parameters]
            if evaluates_after(step, rounds):
                logits = stacked_forward(parameters, floor.test[0].expand(floor.peers, -1, -1))
                (logits.argmax(2) == floor.test[1]).float().mean(1)
    return time.process_time() - started


def time_tight_floor(learner: Learner, heard: list[list[int]], rounds: int) -> float:
    """CPU seconds of stacked training with the kernels that cosim calls."""
    floor = Floor(learner, heard)
    models = floor.start
    started = time.process_time()
    with torch.no_grad():
        for step in range(rounds):
            gradient = stacked_gradient(models, *floor.batch(step), WIDTHS)
            models = floor.mix(models.sub_(gradient, alpha=LEARNING_RATE))
            if evaluates_after(step, rounds):
                for some in models.split(64):
                    stacked_scores(some, *floor.test, WIDTHS)
    return time.process_time() - started


def take_turns(peers: int, rounds: int, repeats: int) -> dict[str, list[float]]:
    """CPU seconds of each repeat, and events per peer-round."""
    scenario = w1(peers, rounds)
    learner = Learner(scenario, torch.device("cpu"))
    heard = in_neighbours(scenario)
    names = ("cosim", "plain", "plain_training", "floor", "tight_floor", "events")
    runs: dict[str, list[float]] = {name: [] for name in names}
    time_floor(learner, heard, EVALUATE_EVERY)
    time_cosim(w1(peers, EVALUATE_EVERY))
    for _ in range(repeats):
        seconds, events = time_cosim(scenario)
        plain, training = time_plain(learner, heard, rounds)
        floor = time_floor(learner, heard, rounds)
        tight = time_tight_floor(learner, heard, rounds)
        for name, value in zip(names, (seconds, plain, training, floor, tight, events), strict=True):
            runs[name].append(value)
    return runs


def ratios(rounds: int, runs: dict[int, dict[str, list[float]]]) -> list[Row]:
    """What is promised of these numbers of peers."""
    rows = [
        measured(f"plain_over_cosim_{peers}", paired(runs[peers], "plain", "cosim"), rounds=rounds)
        for peers in PROMISED
        if peers in runs
    ]
    if LARGE in runs:
        over_hand_written = statistics.median(paired(runs[LARGE], "cosim", "tight_floor"))
        over_floor = paired(runs[LARGE], "cosim", "floor")
        details = {"rounds": rounds, "against_hand_written_gradient": over_hand_written}
        rows.append(measured("cosim_over_stacked_256", over_floor, **details))
    return rows


def measure(quick: bool, peers: int | None = None, rounds: int | None = None, repeats: int | None = None) -> Sheet:
    """64 and 256 peers, or any other number."""
    torch.set_num_threads(1)
    rounds, repeats = rounds or (40 if quick else 100), repeats or (3 if quick else 5)
    runs = {count: take_turns(count, rounds, repeats) for count in ((peers,) if peers else PROMISED)}
    return Sheet(ratios(rounds, runs), [table(rounds, runs)])


def table(rounds: int, runs: dict[int, dict[str, list[float]]]) -> Table:
    """CPU microseconds of a peer and step, by number of peers."""
    names = ("cosim", "plain", "plain_training", "floor", "tight_floor")
    over = (("plain", "cosim"), ("cosim", "floor"), ("cosim", "tight_floor"))
    lines: list[list[float]] = []
    for peers, seconds in runs.items():
        costs = [1e6 * statistics.median(seconds[name]) / (peers * rounds) for name in names]
        quotients = [statistics.median(paired(seconds, *pair)) for pair in over]
        lines.append([peers, *costs, seconds["events"][0], *quotients])
    header = ("peers", "cosim", "plain loop", "its training alone", "floor", "tight floor", "events a peer-round")
    header += tuple(f"{above} / {below}".replace("_", " ") for above, below in over)
    return Table("W1, CPU microseconds of one peer and step", header, lines)


if __name__ == "__main__":
    run_as_command(measure, __doc__, numbers=("peers", "rounds", "repeats"))
