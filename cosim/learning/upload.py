"""Numbers of the timing plane on their way to where tensors live."""

from typing import Any

import torch
from numpy.typing import NDArray


def upload(numbers: NDArray[Any], device: torch.device) -> torch.Tensor:
    """An array on a device; a GPU goes on computing meanwhile, and nobody waits for it.

    On a CPU the tensor shares the array's memory.
    """
    values = torch.from_numpy(numbers)
    return values.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else values
