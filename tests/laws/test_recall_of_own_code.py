"""What a user's own code decides is recalled only while that code, and what it calls, stays as it is."""

import json
import os
import subprocess
import sys

import pytest

FILES = {
    "own_library.py": "GAIN = 1.0\n\n\ndef gained(x):\n    return GAIN * x\n",
    "own_parts.py": """
from dataclasses import field
from pathlib import Path

import numpy as np
import own_library

from cosim import kernel, part
from cosim.learning.models import Mlp
from cosim.learning.optimizers import Sgd


@kernel
def shrunk(x):
    return own_library.gained(soft(x))


def soft(x):
    return 0.9 * x


@part
class Model:
    hidden_scale: float = field(default=1.0, repr=False)
    dense = True

    def shapes(self, features, classes):
        return Mlp(hidden=(4,)).shapes(features, classes)

    def initial(self, features, classes, seed):
        start = Mlp(hidden=(4,)).initial(features, classes, seed) * self.hidden_scale
        return start + float(Path("start.txt").read_text())

    def forward(self, parameters, x):
        return Mlp(hidden=(4,)).forward(parameters, x)


@part
class Optimizer:
    rate: float = 0.5
    momentum = 0.0
    nesterov = False
    weight_decay = 0.0

    @property
    def learning_rate(self):
        return self.rate * 1.0


@part
class Algorithm:
    def program(self, peer):
        model = peer.initial_model
        for t in peer.rounds():
            model = yield peer.train(model)
            model = yield peer.compute(shrunk, model)
            peer.observe(model, tag=t)
""",
    "start.txt": "0.0",
    "begin.py": """
import json
import sys

from cosim import load, run

scenario = load({
    "rounds": {"count": 4}, "peers": {"nodes": {"count": 3}},
    "radio": {"kind": "erasure", "rate_bit_per_s": 1e6}, "graph": "ring",
    "data": {"kind": "blobs", "samples": 200}, "partition": "iid",
    "model": {"kind": "own_parts:Model", **json.loads(sys.argv[1])}, "optimizer": {"kind": "own_parts:Optimizer"},
    "algorithm": "own_parts:Algorithm", "evaluation": {"every_rounds": 2}, "execution": {"lane_width": 8},
})
summary = run(scenario).summary
print(json.dumps([summary["consensus_distance"], summary["tasks"]["executed"]]))
""",
}
CHANGES = {
    "nothing": (None, "", ""),
    "what a kernel calls": ("own_parts.py", "0.9 * x", "0.1 * x"),
    "what it calls in another module": ("own_library.py", "GAIN = 1.0", "GAIN = -3.0"),
    "an optimiser": ("own_parts.py", "self.rate * 1.0", "self.rate * 0.01"),
    "a file with the initial model": ("start.txt", "0.0", "0.25"),
    "a parameter that is not shown": (None, "", ""),
}


def begin(folder, store, parameters="{}"):
    """Consensus distance, and tasks executed, of a run in a process of its own."""
    environment = {**os.environ, "COSIM_STORE": str(store), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "begin.py", parameters],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(json.loads(done.stdout))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_own_code_is_noticed(tmp_path, change) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    before, _ = begin(tmp_path, tmp_path / "store")
    file, old, new = CHANGES[change]
    if file is not None:
        text = (tmp_path / file).read_text()
        assert old in text
        (tmp_path / file).write_text(text.replace(old, new))
    parameters = '{"hidden_scale": 0.5}' if change == "a parameter that is not shown" else "{}"
    after, executed = begin(tmp_path, tmp_path / "store", parameters)
    fresh, _ = begin(tmp_path, "none", parameters)
    assert after == fresh
    assert (after != before) == (executed > 0) == (change != "nothing")
