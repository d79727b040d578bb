"""An executor with nothing around it: recipes go in, numbers come out."""

from typing import Any

import numpy as np
import pytest
import torch

from cosim.handle import Handle, Operation
from cosim.learning.executor import Executor
from cosim.learning.learner import Learner
from cosim.lineage import Lineage
from cosim.memo import Memo
from cosim.scenario import load

TASK = {
    "rounds": {"count": 1},
    "peers": {"nodes": {"count": 8}},
    "data": {"kind": "blobs", "classes": 5, "features": 12, "samples": 400},
    "partition": {"kind": "dirichlet", "alpha": 0.5, "samples_per_peer": 40},
    "model": {"kind": "mlp", "hidden": [16]},
    "optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "training": {"batch_size": 16},
    "algorithm": "local_sgd",
    "compression": {"kind": "top_k", "fraction": 0.2},
    "execution": {"device": "cpu"},
}


class Bench:
    """A learning task, a lineage and an executor.

    Attributes:
        workload: the task as numbers; a model has 12 x 16 + 16 + 16 x 5 + 5 = 293 parameters.
    """

    def __init__(self, plan: str = "rule", width: int = 8, **changes: Any) -> None:
        self.scenario = load({**TASK, **changes})
        self.learner = Learner(self.scenario, torch.device("cpu"))
        self.lineage = Lineage()
        self.executor = Executor(self.learner, plan, width)
        self.memo = Memo(self.lineage, self.executor, None)
        self.workload = self.learner.workload()

    def vector(self, number: int, entries: int | None = None) -> Handle:
        """A handle whose value is there already: standard normal entries."""
        entries = self.workload.entries if entries is None else entries
        values = np.random.Generator(np.random.Philox(number)).standard_normal(entries)
        handle = Handle(number.to_bytes(16, "big"), (entries,), 32 * entries, None)
        self.executor._slab((entries,)).place([handle], torch.tensor(values, dtype=self.learner.dtype)[None])
        return handle

    def record(self, operation: Operation, *inputs: Handle, scalars: tuple[float, ...] = ()) -> tuple[Handle, ...]:
        return self.lineage.record(operation, inputs, scalars)

    def values(self, *handles: Handle) -> list[np.ndarray]:
        return self.memo.values(list(handles))

    def flush(self) -> None:
        """Execute all that is pending."""
        self.executor.execute(self.lineage.take())

    def in_use(self) -> dict[tuple[int, ...], int]:
        """Rows that are not free, by shape."""
        return {shape: len(slab.values) - len(slab.free) for shape, slab in self.executor._slabs.items()}


@pytest.fixture(scope="session")
def bench():
    return Bench
