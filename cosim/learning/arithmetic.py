"""What changes the last bits of values, as a name: only what was computed alike may be recalled."""

import re
from functools import cache
from hashlib import blake2b
from importlib.resources import files

import torch

ROOMS = ("learning", "wire")
"""Packages of cosim whose code computes values."""
FILES = ("recipes.py", "rng.py")


def arithmetic(device: torch.device, dtype: torch.dtype, plan: str, lane_width: int, threads: int) -> str:
    """The name of this arithmetic: torch, device, precision, batching, and the code that computes.

    Args:
        device: where tensors live; of a GPU its model counts, of a CPU the vector instructions torch uses.
        dtype: of the tensors.
        plan: how operations are executed.
        lane_width: peers in a stacked batch.
        threads: of torch: sums are split among them.
    """
    precision = str(dtype).removeprefix("torch.")
    parts = (f"torch-{torch.__version__}", _device(device), precision, plan, f"{lane_width}-lanes")
    split = () if device.type == "cuda" or threads == 1 else (f"{threads}-threads",)
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", "-".join([*parts, *split, _code()]))


def _device(device: torch.device) -> str:
    if device.type == "cuda":
        return f"cuda-{torch.cuda.get_device_name(device)}"
    return f"cpu-{torch.backends.cpu.get_cpu_capability()}"


@cache
def _code() -> str:
    """Digest of the code that computes values."""
    package = files("cosim")
    sources = [package / name for name in FILES]
    for room in ROOMS:
        sources += sorted(
            (entry for entry in (package / room).iterdir() if entry.name.endswith(".py")), key=lambda entry: entry.name
        )
    hasher = blake2b(digest_size=4)
    for source in sources:
        hasher.update(source.read_bytes())
    return hasher.hexdigest()
