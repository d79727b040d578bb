"""A folder for what does not fit into memory: there only if it is needed, and gone with its owner."""

import os
import shutil
import tempfile
import weakref
from functools import cached_property
from pathlib import Path

from cosim.results.folder import new_draft


class Scratch:
    """A temporary folder beside a run folder, so that files can be moved over, or in the system's place for them."""

    def __init__(self, beside: Path | None = None) -> None:
        """Nothing is made before `folder` is asked for."""
        self._beside = beside

    @cached_property
    def folder(self) -> Path:
        """The folder. What a killed process leaves is swept by the next run of the same name, like its drafts."""
        prefix, parent = f".cosim.{os.getuid()}.", Path(tempfile.gettempdir())
        if self._beside is not None:
            self._beside.parent.mkdir(parents=True, exist_ok=True)
            prefix, parent = f".{self._beside.name.removeprefix('.')}.", self._beside.parent
        folder, mark = new_draft(parent, prefix, "tables.")
        weakref.finalize(self, _remove, folder, mark)
        return folder


def _remove(folder: Path, mark: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(mark)
