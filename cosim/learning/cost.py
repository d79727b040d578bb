"""What one local step costs on one peer, however it is executed."""

from collections.abc import Callable

import torch
from torch.autograd.graph import saved_tensors_hooks

from cosim.learning.flops import flops_of
from cosim.recipes import Cost

VECTORS_OF_UPDATE = 4
"""Vectors as large as the model that plain SGD moves beside what the passes keep: the gradient is written
and read, the parameters are read and written. Momentum, read and written, adds two more. A reconstruction
from the update rule."""


def step_cost(loss: Callable[[torch.Tensor], torch.Tensor], entries: int, momentum: bool, dtype: torch.dtype) -> Cost:
    """FLOPs and bytes of one step of SGD.

    FLOPs are those of matrix products and convolutions, forward and backward, as `flops_of`
    counts them, plus 2 per entry of each vector operation of the update. Bytes: all that autograd keeps
    for the backward pass, written once and read once, plus the vectors of the update.

    Args:
        loss: mean loss of one mini-batch as a function of the flat parameters.
        entries: number of parameters.
        momentum: whether the optimiser has a momentum vector.
        dtype: of the parameters.
    """
    parameters = torch.zeros(entries, dtype=dtype, requires_grad=True)

    def kept_bytes() -> int:
        kept = 0

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            nonlocal kept
            kept += tensor.numel() * tensor.element_size()
            return tensor

        with saved_tensors_hooks(keep, lambda tensor: tensor):
            value = loss(parameters)
        torch.autograd.grad(value, parameters)
        return kept

    kept, flops = flops_of(kept_bytes)
    vectors = VECTORS_OF_UPDATE + (2 if momentum else 0)
    update_flops = (4 if momentum else 2) * entries
    return Cost(float(flops + update_flops), float(2 * kept + vectors * entries * dtype.itemsize))
