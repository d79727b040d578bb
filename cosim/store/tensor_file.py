"""Files of tensors: safetensors, named by the digest of their content, so that damage shows."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from cosim.handle import KEY_BYTES

Array = np.ndarray[Any, Any]

KEYS = "keys of "
SUFFIX = ".safetensors"
UNFINISHED = ".unfinished"
DIGEST_BYTES = 16


class DamagedFileError(Exception):
    """A file does not hold what was written into it."""


def write(folder: Path, stacks: Mapping[str, tuple[Sequence[bytes], Array]]) -> tuple[str, int]:
    """Write a file of named arrays with the keys of their rows, whole or not at all; gives its name and its size [B].

    It is written under another name, brought to the disk, and only then renamed.

    Raises:
        OSError: the disk is full, say.
    """
    arrays: dict[str, Array] = {}
    for name, (keys, stack) in stacks.items():
        arrays[name] = np.ascontiguousarray(stack)
        arrays[f"{KEYS}{name}"] = np.frombuffer(b"".join(map(padded, keys)), dtype=np.uint8).reshape(len(keys), -1)
    content = save(arrays)
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


def padded(key: bytes) -> bytes:
    """A key in the length of the longest, which is that of one of several results."""
    return key.ljust(KEY_BYTES + 1, b"\xff")


def read(path: Path) -> dict[str, tuple[list[bytes], Array]]:
    """All arrays of a file, with the padded keys of their rows.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedFileError: it is not what its name says.
    """
    content = path.read_bytes()
    if f"{blake2b(content, digest_size=DIGEST_BYTES).hexdigest()}{SUFFIX}" != path.name:
        raise DamagedFileError(f"{path}: the content does not have the digest of its name")
    arrays = load(content)
    return {
        name: ([row.tobytes() for row in arrays[f"{KEYS}{name}"]], stack)
        for name, stack in arrays.items()
        if not name.startswith(KEYS)
    }
