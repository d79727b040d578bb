"""Optimisers of local training, as parameters; the executor applies them."""

from typing import Annotated, Self, final

from pydantic import Field, model_validator

from cosim.part import NonNegative, part

Momentum = Annotated[float, Field(ge=0, lt=1)]
"""Share of the last step that is kept."""


@final
@part
class Sgd:
    """Stochastic gradient descent with momentum, in the form of PyTorch's `torch.optim.SGD` without dampening.

    With gradient g at the model x: g <- g + weight_decay x; m <- momentum m + g, m = 0 at the start; the step is
    -learning_rate times m, or times g + momentum m if Nesterov's, or times g without momentum. This keeps the learning
    rate out of m: I. Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013,
    equations 1 to 4, with v = -learning_rate m where the learning rate is constant; for Nesterov's, x is the point
    they look ahead to.

    Attributes:
        learning_rate: step size; 0 leaves the model as it is.
        momentum: share of m that is kept.
        nesterov: look ahead by one step; needs momentum.
        weight_decay: weight of the L2 penalty, half its squared norm.
    """

    learning_rate: NonNegative
    momentum: Momentum = 0.0
    nesterov: bool = False
    weight_decay: NonNegative = 0.0

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov looks ahead along the momentum: give a momentum above 0, or nesterov: false")
        return self
