"""The folder of a run: written whole or not at all."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
DRAFT = ".unfinished"


class FolderError(Exception):
    """A run folder cannot be written where it was asked for, or cannot be read."""


@contextmanager
def new_folder(target: Path) -> Generator[Path]:
    """A temporary folder beside the target that takes its place when the block ends well.

    A crash leaves the old folder or none, and what it had begun to write is removed by the next one. An older
    run in the target is replaced; any other folder with something in it is not.

    Raises:
        FolderError: the target is in use by something else, or cannot be written.
    """
    _refuse_strangers(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft, mark = new_draft(target.parent, f".{target.name}.")
    except OSError as error:
        raise FolderError(f"{target}: the run folder cannot be written there: {error.strerror}") from error
    try:
        yield draft
        draft.chmod(0o755)
        _replace(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        os.close(mark)


def _lock(folder: Path) -> int | None:
    """Mark a folder as somebody's for as long as this process lives; None if it is somebody else's, or gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def new_draft(parent: Path, prefix: str, name: str = "") -> tuple[Path, int]:
    """A temporary folder that is marked as in use, and its mark; those so called of killed processes are removed.

    Args:
        parent: where.
        prefix: how it, and those to be removed, begin.
        name: what follows in its own name.
    """
    _sweep(parent, prefix)
    while True:
        draft = Path(tempfile.mkdtemp(prefix=prefix + name, suffix=DRAFT, dir=parent))
        # Another process may take it for a dead one's before it is marked, and sweep it.
        with suppress(FileNotFoundError):
            mark = os.open(draft, os.O_RDONLY)
            fcntl.flock(mark, fcntl.LOCK_EX)
            if draft.is_dir():
                return draft, mark
            os.close(mark)


def _sweep(parent: Path, prefix: str) -> None:
    """Remove the drafts whose processes were killed."""
    for draft in parent.glob(f"{prefix}*{DRAFT}"):
        mark = _lock(draft)
        if mark is not None:
            shutil.rmtree(draft, ignore_errors=True)
            os.close(mark)


def _refuse_strangers(target: Path) -> None:
    if target.is_dir():
        if any(target.iterdir()) and not (target / MANIFEST).is_file():
            raise FolderError(f"{target}: there is a folder that is no run; choose another with --out")
    elif target.exists():
        raise FolderError(f"{target}: there is a file of that name; choose another with --out")


def _replace(draft: Path, target: Path) -> None:
    """Put the new folder in the place of the old one, which exists under another name for an instant."""
    if not target.exists():
        draft.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    target.rename(old / "run")
    draft.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that reads well and is the same for the same content."""
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
