"""A folder for what does not fit into memory: there only if it is needed, and gone with its owner."""

import fcntl
import os
import shutil
import tempfile
import weakref
from functools import cached_property
from pathlib import Path

from cosim.results.folder import DRAFT


class Scratch:
    """A temporary folder beside a run folder, so that files can be moved over, or in the system's place for them."""

    def __init__(self, beside: Path | None = None) -> None:
        """Nothing is made before `folder` is asked for."""
        self._beside = beside

    @cached_property
    def folder(self) -> Path:
        """The folder. What a killed process leaves is swept by the next run of the same name, like its drafts."""
        name, parent = "cosim", None
        if self._beside is not None:
            self._beside.parent.mkdir(parents=True, exist_ok=True)
            name, parent = self._beside.name.removeprefix("."), self._beside.parent
        folder = Path(tempfile.mkdtemp(prefix=f".{name}.tables.", suffix=DRAFT, dir=parent))
        mark = os.open(folder, os.O_RDONLY)
        fcntl.flock(mark, fcntl.LOCK_EX)
        weakref.finalize(self, _remove, folder, mark)
        return folder


def _remove(folder: Path, mark: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(mark)
