"""Files of tensors: safetensors, named by the digest of their content, so that damage shows."""

import os
import tempfile
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

Array = np.ndarray[Any, Any]

SUFFIX = ".safetensors"
UNFINISHED = ".unfinished"
DIGEST_BYTES = 16


class DamagedFileError(Exception):
    """A file does not hold what was written into it."""


def write(folder: Path, stacks: Mapping[str, Array]) -> tuple[str, int]:
    """Write a file of named arrays, whole or not at all; gives its name and its size [B].

    It is written under another name, brought to the disk, and only then renamed.

    Raises:
        OSError: the disk is full, say.
    """
    content = save({name: np.ascontiguousarray(stack) for name, stack in stacks.items()})
    target = folder / f"{blake2b(content, digest_size=DIGEST_BYTES).hexdigest()}{SUFFIX}"
    descriptor, draft = tempfile.mkstemp(suffix=UNFINISHED, dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return target.name, len(content)


def read(path: Path) -> dict[str, Array]:
    """All arrays of a file.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedFileError: it is not what its name says.
    """
    content = path.read_bytes()
    if f"{blake2b(content, digest_size=DIGEST_BYTES).hexdigest()}{SUFFIX}" != path.name:
        raise DamagedFileError(f"{path}: the content does not have the digest of its name")
    return load(content)
