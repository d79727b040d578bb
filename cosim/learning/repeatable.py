"""How torch computes while a run lasts: threads, precision, and algorithms that repeat their bits."""

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch


@contextmanager
def repeatable(device: torch.device, threads: int) -> Generator[None]:
    """So many threads; on a GPU also full precision and deterministic algorithms. Leaves all as it was.

    More threads than there are free cores can be a hundred times slower. On a GPU, products of 32-bit floats keep
    their 24 bits (no TF32), cuDNN does not choose among algorithms by the clock, and torch takes deterministic
    algorithms or refuses. On a CPU all algorithms used here are deterministic anyway.
    """
    with ExitStack() as restored:
        restored.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(threads)
        if device.type == "cuda":
            _repeat_bits(restored)
        yield


def _repeat_bits(restored: ExitStack) -> None:
    """Bits of a GPU that do not change from run to run: NVIDIA's and torch's notes on reproducibility."""
    restored.callback(
        torch.use_deterministic_algorithms,
        torch.are_deterministic_algorithms_enabled(),
        warn_only=torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    torch.use_deterministic_algorithms(True)
    settings: tuple[tuple[Any, str, bool], ...] = (
        (torch.utils.deterministic, "fill_uninitialized_memory", False),
        (torch.backends.cuda.matmul, "allow_tf32", False),
        (torch.backends.cudnn, "allow_tf32", False),
        (torch.backends.cudnn, "benchmark", False),
    )
    for place, name, value in settings:
        restored.callback(setattr, place, name, getattr(place, name))
        setattr(place, name, value)


def prepare_cublas() -> None:
    """Fix the workspace of cuBLAS, without which its sums may change their order; call before the first product.

    NVIDIA cuBLAS documentation, "Results reproducibility": eight buffers of 4096 KiB. A setting of the user's stays.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
