"""The learning task of a scenario: data, shares, model and optimiser as torch operations over stacked peers."""

from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from cosim.learning.batches import Batches
from cosim.learning.cost import step_cost
from cosim.learning.stacked import stacked_gradient, stacked_scores
from cosim.recipes import Workload
from cosim.rng import stream

EVALUATION_LANES = 64
"""Models evaluated at once; more do not fit into the caches (twice the time at 256, measured)."""
EVALUATION_SAMPLES = 512
"""Test samples evaluated at once, so that activations of many peers fit into memory."""

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def choose_device(name: str) -> torch.device:
    """The device a scenario asks for; `auto` takes a GPU if there is one.

    Raises:
        ValueError: cuda is asked for and not there.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("execution.device: 'cuda' was asked for, but torch sees no GPU; use 'auto' or 'cpu'")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


class Learner:
    """Trains and evaluates stacks of models; every row of a stack is one peer's flat parameter vector."""

    def __init__(self, scenario: Any, device: torch.device) -> None:
        self.device = device
        self.dtype = DTYPES[scenario.precision]
        self.compression = scenario.compression
        self.scenario = scenario
        samples = scenario.data.load()
        self._model = scenario.model
        self._feature_shape: tuple[int, ...] = samples.features.shape[1:]
        self.classes: int = samples.classes
        self._shapes = tuple(self._model.shapes(self._feature_shape, samples.classes))
        self.layer_sizes = tuple(int(np.prod(shape)) for _, shape in self._shapes)
        seed = scenario.seeds.learning
        start = self._model.initial(self._feature_shape, samples.classes, seed)
        self.initial = torch.as_tensor(start, dtype=self.dtype, device=device)[None]
        self.shares = _shares(scenario, samples.labels, samples.classes)
        self._batches = Batches(self.shares, scenario.training.batch_size, seed)
        self.features, self.labels = self._resident(samples.features, samples.labels)
        chosen = self._test_subset(len(samples.test_labels))
        self.test = self._resident(samples.test_features[chosen], samples.test_labels[chosen])
        self._data_digest = _digest(samples.features, samples.labels, samples.test_features, samples.test_labels)

    def _resident(self, features: NDArray[Any], labels: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """Samples on the device, features flat if the model is a chain of linear layers."""
        x = torch.as_tensor(np.ascontiguousarray(features), dtype=self.dtype, device=self.device)
        return x.flatten(1) if self._model.dense else x, torch.as_tensor(labels, device=self.device)

    def _test_subset(self, count: int) -> NDArray[np.int64]:
        """The fixed subset of test samples that every evaluation uses, named by its size."""
        wanted = self.scenario.evaluation.samples
        if wanted is None or wanted >= count:
            return np.arange(count)
        return np.sort(stream(0, "evaluation", count).permutation(count)[:wanted])

    @property
    def subset(self) -> str:
        """Name of the test subset."""
        return f"{len(self.test[1])} test samples"

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of a chain of linear layers, input first."""
        inputs = int(np.prod(self._feature_shape))
        return (inputs, *(shape[1] for _, shape in self._shapes if len(shape) == 2))

    def workload(self) -> Workload:
        """The task as numbers, for the timing plane."""
        scenario = self.scenario
        batch = (self.features[: scenario.training.batch_size], self.labels[: scenario.training.batch_size])
        cost = step_cost(
            lambda flat: self._loss(flat, batch[0].cpu(), batch[1].cpu()),
            self.initial.shape[1], scenario.optimizer.momentum > 0, self.dtype,
        )  # fmt: skip
        parts = (scenario.model, scenario.optimizer, scenario.training.batch_size, scenario.precision)
        identity = repr((self._data_digest, parts, scenario.seeds.learning))
        return Workload(
            identity=identity,
            entries=self.initial.shape[1],
            layer_sizes=self.layer_sizes,
            layer_names=tuple(name for name, _ in self._shapes),
            value_bits=8 * self.dtype.itemsize,
            step_cost=cost,
            momentum=scenario.optimizer.momentum > 0,
            compression=scenario.compression,
            local_steps=scenario.training.local_steps,
            samples=tuple(len(share) for share in self.shares),
            shares=tuple(int(_digest(share)[:12], 16) for share in self.shares),
        )

    def stacks(self, plan: str) -> bool:
        """Whether training runs stacked: small dense models do, convolutions loop on a CPU (measured)."""
        if plan == "rule":
            return bool(self._model.dense) or self.device.type == "cuda"
        return plan == "stacked"

    # Training

    def train(
        self, models: torch.Tensor, momenta: torch.Tensor | None, peers: NDArray[np.float64],
        first_steps: NDArray[np.float64], weights: NDArray[np.float64], steps: int,
    ) -> None:  # fmt: skip
        """Local steps in place; the gradient is taken at model / weight, the step applied to the model.

        Args:
            models: shape (lanes, entries), overwritten.
            momenta: same shape, overwritten; None without momentum.
            peers: peer of each lane.
            first_steps: number of the first step of each lane.
            weights: push-sum weight of each lane.
            steps: how many.
        """
        scale = None
        if (weights != 1.0).any():
            scale = torch.as_tensor(weights, dtype=self.dtype, device=self.device)[:, None]
        who, when = peers.astype(np.int64), first_steps.astype(np.int64)
        for k in range(steps):
            debiased = models if scale is None else models / scale
            gradient = self._gradient(debiased, *self._batch(who, when + k))
            self._descend(models, momenta, debiased, gradient)

    def _batch(self, peers: NDArray[np.int64], steps: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        """One mini-batch per lane: features (lanes, batch, …) and classes (lanes, batch)."""
        chosen = torch.from_numpy(self._batches.indices(peers, steps)).to(self.device)
        rows = chosen.view(-1)
        x = self.features.index_select(0, rows).view(*chosen.shape, *self.features.shape[1:])
        return x, self.labels.index_select(0, rows).view(chosen.shape)

    def _gradient(self, models: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Gradient of the mean loss of each lane, shape (lanes, entries)."""
        if len(models) > 1 and self._model.dense:
            return stacked_gradient(models, x, y, self.widths)
        with torch.enable_grad():
            if len(models) == 1:
                flat = models[0].clone().requires_grad_()
                return torch.autograd.grad(self._loss(flat, x[0], y[0]), flat)[0][None]
            return torch.func.vmap(torch.func.grad(self._loss))(models, x, y)

    def _loss(self, flat: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy of one peer's model on one batch."""
        return cross_entropy(self._model.forward(self._unflatten(flat), x), y)

    def _unflatten(self, flat: torch.Tensor) -> dict[str, torch.Tensor]:
        """One peer's flat vector as named parameter tensors."""
        pieces = flat.split(self.layer_sizes)
        return {name: piece.view(shape) for (name, shape), piece in zip(self._shapes, pieces, strict=True)}

    def _descend(
        self, models: torch.Tensor, momenta: torch.Tensor | None, debiased: torch.Tensor, gradient: torch.Tensor
    ) -> None:
        """One step of SGD as torch.optim.SGD defines it (dampening 0); weight decay acts on the de-biased model."""
        sgd = self.scenario.optimizer
        if sgd.weight_decay:
            gradient = gradient.add_(debiased, alpha=sgd.weight_decay)
        if momenta is not None:
            momenta.mul_(sgd.momentum).add_(gradient)
            gradient = gradient.add_(momenta, alpha=sgd.momentum) if sgd.nesterov else momenta
        models.add_(gradient, alpha=-sgd.learning_rate)

    # Evaluation

    def evaluate(self, models: torch.Tensor, weights: NDArray[np.float64], count: int, plan: str) -> torch.Tensor:
        """Accuracy and mean loss of each lane on the test subset, shape (lanes, 2)."""
        if (weights != 1.0).any():
            models = models / torch.as_tensor(weights, dtype=self.dtype, device=self.device)[:, None]
        x, y = self.test
        result = torch.zeros((len(models), 2), dtype=self.dtype, device=self.device)
        for first in range(0, len(y), EVALUATION_SAMPLES):
            some = slice(first, first + EVALUATION_SAMPLES)
            if self._model.dense and plan not in ("loop", "debug"):
                # Whole batches of that width only: a narrow rest could give other bits.
                width = EVALUATION_LANES if len(models) % EVALUATION_LANES == 0 else len(models)
                parts = [stacked_scores(lanes, x[some], y[some], self.widths) for lanes in models.split(width)]
                result += torch.cat(parts)
            else:
                for lane in range(count):
                    logits = self._model.forward(self._unflatten(models[lane]), x[some])
                    result[lane] += self._scores(logits, y[some])
        return result / len(y)

    @staticmethod
    def _scores(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Hits, ties shared out, and summed loss of one model's logits, as in `stacked_scores`; shape (2,)."""
        largest = logits == logits.amax(1, keepdim=True)
        hits = largest.gather(1, y[:, None])[:, 0] / largest.sum(1).clamp(min=1)
        return torch.stack([hits.sum().to(logits.dtype), cross_entropy(logits, y, reduction="sum")])


def _shares(scenario: Any, labels: NDArray[np.int64], classes: int) -> list[NDArray[np.int64]]:
    """Which training samples each peer holds; groups that hold none by their algorithm get empty shares."""
    none = getattr(scenario.algorithm, "without_data", tuple)()
    holds = [name not in none for name, group in scenario.peers.items() for _ in range(group.count)]
    split = iter(scenario.partition.split(labels, sum(holds), classes, scenario.seeds.learning))
    return [next(split) if held else np.zeros(0, dtype=np.int64) for held in holds]


def _digest(*arrays: NDArray[Any]) -> str:
    """Content hash of arrays."""
    hasher = blake2b(digest_size=16)
    for array in arrays:
        hasher.update(repr((array.shape, array.dtype.str)).encode())
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()
