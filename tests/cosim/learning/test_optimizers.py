import subprocess
import sys

import pytest
from pydantic import ValidationError

from cosim.learning.optimizers import Sgd


def test_plain_descent_needs_a_learning_rate_only() -> None:
    part = Sgd(learning_rate=0.1)
    assert (part.momentum, part.nesterov, part.weight_decay) == (0.0, False, 0.0)


def test_nesterov_needs_momentum() -> None:
    assert Sgd(learning_rate=0.1, momentum=0.9, nesterov=True).nesterov
    with pytest.raises(ValidationError, match="give a momentum above 0, or nesterov: false"):
        Sgd(learning_rate=0.1, nesterov=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"learning_rate": -0.1},
        {"momentum": 1.0},
        {"momentum": -0.1},
        {"weight_decay": -1e-4},
        {"nesterov": 1},
        {"lr": 0.1},
    ],
)
def test_parameters_outside_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Sgd(**{"learning_rate": 0.1, **wrong})


def test_the_parts_of_learning_import_nothing_heavy() -> None:
    """A scenario is checked without torch, scikit-learn, scipy, pandas or pooch."""
    rooms = "optimizers, models, datasets, partition"
    heavy = "{'torch', 'sklearn', 'scipy', 'pandas', 'matplotlib', 'pooch', 'simpy'}"
    program = f"import sys; from cosim.learning import {rooms}; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
