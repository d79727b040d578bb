"""What cosim costs beside a plain torch loop over peers, for models with convolutions on a CPU.

Both train the same model on the same images, one step a round, average over the same 4 neighbours by state dicts or
by recipes, and evaluate every 20 rounds and at the end; only cosim has a network and its ledger. The plain loop calls
the forward pass of the very model of the scenario, with parameters, autograd and optimiser of plain torch.

    python tests/benchmarks/convolutions.py --json
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from images import NoiseImages
from promises import promise
from row import Row, Sheet, absent, interleaved, measured, paired, run_as_command
from torch import nn
from workloads import BATCH, LEARNING_RATE, carry_out, evaluates_after, in_neighbours, ready, w1

from cosim.learning.learner import Learner
from cosim.scenario import Scenario, ScenarioError


class PlainModel(nn.Module):
    """A model of a scenario as a module of its own: named tensors, and a forward pass over them."""

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self._part: Any = learner.scenario.model
        shapes = self._part.shapes(tuple(learner.features.shape[1:]), learner.classes)
        pieces = learner.initial[0].split(learner.layer_sizes)
        self._names = [name for name, _ in shapes]
        self.tensors = nn.ParameterList(
            [nn.Parameter(piece.view(shape).clone()) for piece, (_, shape) in zip(pieces, shapes, strict=True)]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        return self._part.forward(dict(zip(self._names, self.tensors, strict=True)), x)


def scenario_of(model: str, images: NoiseImages, peers: int, rounds: int, device: str = "cpu") -> Scenario:
    """W1 with another model and other samples."""
    changes = {"model": {"kind": model}, "execution.device": device, "rounds.period_s": 1000.0, "name": model}
    return w1(peers, rounds, changes).with_(data=images)


def cosim_s(scenario: Scenario) -> float:
    """CPU seconds of a run; making the experiment ready is not counted."""
    experiment = ready(scenario)
    started = time.process_time()
    carry_out(experiment)
    return time.process_time() - started


def plain_s(scenario: Scenario, device: str = "cpu", clock: Callable[[], float] = time.process_time) -> float:
    """Seconds of the plain loop."""
    learner = Learner(scenario, torch.device(device))
    heard = in_neighbours(scenario)
    models = [PlainModel(learner).to(device) for _ in heard]
    optimizers = [torch.optim.SGD(model.parameters(), lr=LEARNING_RATE) for model in models]
    shares = [torch.as_tensor(share, device=device) for share in learner.shares]
    started = clock()
    rounds = scenario.rounds.count or 0
    for step in range(rounds):
        for model, optimizer, share in zip(models, optimizers, shares, strict=True):
            chosen = share[torch.randint(len(share), (BATCH,), device=device)]
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(learner.features[chosen]), learner.labels[chosen]).backward()
            optimizer.step()
        average(models, heard)
        if evaluates_after(step, rounds):
            with torch.no_grad():
                for model in models:
                    (model(learner.test[0]).argmax(1) == learner.test[1]).float().mean().item()
    models[0].tensors[0].sum().item()  # nothing is under way any more
    return clock() - started


def average(models: list[PlainModel], heard: list[list[int]]) -> None:
    """Every model becomes the average of those its peer heard."""
    with torch.no_grad():
        states = [{name: value.clone() for name, value in model.state_dict().items()} for model in models]
        for model, sources in zip(models, heard, strict=True):
            model.load_state_dict(
                {name: sum(states[source][name] for source in sources) / len(sources) for name in states[0]}
            )


def row(name: str, model: str, images: NoiseImages, peers: int, rounds: int, repeats: int) -> Row:
    """One model."""
    try:
        scenario = scenario_of(model, images, peers, rounds)
    except ScenarioError as error:
        return absent(promise(name), str(error))
    plain_s(scenario_of(model, images, peers, 1))
    cosim_s(scenario_of(model, images, peers, 1))
    seconds = interleaved(repeats, cosim=lambda: cosim_s(scenario), plain=lambda: plain_s(scenario))
    plain_ms = 1e3 * sorted(seconds["plain"])[repeats // 2] / (peers * rounds)
    return measured(name, paired(seconds, "cosim", "plain"), peers=peers, rounds=rounds, plain_step_ms=plain_ms)


def measure(quick: bool) -> Sheet:
    """LeNet-5 on 28 x 28 grey images, ResNet-20 on 32 x 32 colours."""
    torch.set_num_threads(1)
    grey, colours = NoiseImages(), NoiseImages(channels=3, side_pixels=32)
    rounds, repeats = (5, 3) if quick else (20, 7)
    return Sheet(
        [
            row("lenet5_over_plain", "lenet5", grey, 8, rounds, repeats),
            row("resnet20_over_plain", "resnet20", colours, 6, 1 if quick else 4, 3 if quick else 5),
        ]
    )


if __name__ == "__main__":
    run_as_command(measure, __doc__)
