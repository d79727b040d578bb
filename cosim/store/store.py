"""A store: everything that runs of one kind of arithmetic have computed, by content key.

Values (metrics, numbers that programs asked for) stay for ever; tensors stay while they fit into a budget, those
unused for longest go first. Nothing in it is needed: what is missing, gone or damaged is computed again. So
trouble with the store is reported, and never ends a run.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from cosim.store import tensor_file
from cosim.store.index import NAME, Array, Index

Result = TypeVar("Result")

LOG = logging.getLogger("cosim.store")
BUDGET_BYTES = 4 << 30
"""Tensors kept by default [B]."""
ABANDONED_S = 3600.0
"""A file that no index knows, and that is older than this, has been left behind by a process that died [s]."""


NOTHING = np.zeros(0)


class Found(NamedTuple):
    """What looking through a store brought to light."""

    values: int
    damaged_values: int
    files: int
    damaged_files: int


class Size(NamedTuple):
    """How much a store holds."""

    values: int
    files: int
    tensor_bytes: int
    index_bytes: int
    written_s: float


class Store:
    """Values and tensors by key, in one folder."""

    def __init__(self, folder: Path, budget_bytes: int = BUDGET_BYTES) -> None:
        """Open the store of a folder, made if it is not there.

        A store that cannot be opened behaves as an empty one that forgets everything.
        """
        self.folder = folder
        self._budget_bytes = budget_bytes
        self._index: Index | None = self._opened()

    def _opened(self) -> Index | None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return Index(self.folder)
        except sqlite3.OperationalError as error:
            return self._without(error)
        except sqlite3.DatabaseError as error:
            return self._afresh(error)
        except OSError as error:
            return self._without(error)

    def _without(self, error: Exception) -> None:
        LOG.warning("%s: the store cannot be used, nothing will be remembered: %s", self.folder, error)

    def _afresh(self, error: Exception) -> Index | None:
        """Put a damaged index aside and begin another."""
        aside = self.folder / f"{NAME}.damaged-{time.time_ns()}"
        LOG.warning("%s: the index is damaged (%s); it was put aside as %s", self.folder, error, aside.name)
        try:
            (self.folder / NAME).rename(aside)
            for rest in ("-wal", "-shm"):
                (self.folder / f"{NAME}{rest}").unlink(missing_ok=True)
            return Index(self.folder)
        except (OSError, sqlite3.Error) as error_again:
            return self._without(error_again)

    def close(self) -> None:
        """Close the index."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def _ask(self, ask: Callable[[Index], Result], otherwise: Result) -> Result:
        """Use the index; if it fails, do without."""
        if self._index is None:
            return otherwise
        try:
            return ask(self._index)
        except sqlite3.OperationalError as error:
            # Locked for too long, a full disk, no right to write: the run goes on without.
            self._without(error)
            self.close()
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # a mistake of ours; the class itself means a damaged file
            self.close()
            self._index = self._afresh(error)
        except OSError as error:
            self._without(error)
            self.close()
        return otherwise

    # Values

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be recalled."""
        return self._ask(lambda index: index.empty, True)

    def recall(self, keys: Sequence[bytes]) -> dict[bytes, Array]:
        """The values that are there."""

        def ask(index: Index) -> dict[bytes, Array]:
            found, damaged = index.values(keys)
            if damaged:
                LOG.warning("%s: %d damaged values; they will be computed again", self.folder, len(damaged))
                index.drop_values(damaged)
            return found

        return self._ask(ask, {})

    def remember(self, values: Mapping[bytes, Array]) -> None:
        """Keep values for ever."""
        self._ask(lambda index: index.add_values(values), None)

    def answer(self, question: str, make: Callable[[], str]) -> str:
        """The answer to a question, found once and kept."""
        known = self._ask(lambda index: index.answer(question), None)
        if known is None:
            known = make()
            answer = known
            self._ask(lambda index: index.add_answer(question, answer), None)
            # Another process may have been faster: the first answer holds for all.
            known = self._ask(lambda index: index.answer(question), None) or known
        return known

    # Tensors

    def pinned(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those keys whose tensors are kept."""
        return self._ask(lambda index: set(index.places(keys)), set())

    def load(self, keys: Sequence[bytes]) -> Iterator[tuple[list[bytes], Array]]:
        """Tensors in stacks of one shape, each with the keys of its rows; what is missing or damaged is left out."""
        places = self._ask(lambda index: index.places(keys), {})
        wanted: dict[str, dict[str, list[tuple[bytes, int]]]] = {}
        for key in keys:
            if key in places:
                file, shape, row = places[key]
                wanted.setdefault(file, {}).setdefault(shape, []).append((key, row))
        for file, shapes in wanted.items():
            stacks = self._read(file)
            for shape, rows in shapes.items():
                owners, stack = stacks.get(shape, ([], NOTHING))
                sound = [(key, row) for key, row in rows if _owns(owners, row, key)]
                if len(sound) < len(rows) and stacks:
                    LOG.warning("%s: the index is wrong about %s; it will be computed again", self.folder, file)
                    self._drop(file)
                if sound:
                    yield [key for key, _ in sound], stack[[row for _, row in sound]]
        self._ask(lambda index: index.use(wanted), None)

    def _read(self, file: str) -> dict[str, tuple[list[bytes], Array]]:
        """The stacks of a file; none if it is gone or damaged, and then it is forgotten."""
        try:
            return tensor_file.read(self.folder / file)
        except FileNotFoundError:
            pass  # another process needed the space
        except (tensor_file.DamagedFileError, OSError) as error:
            LOG.warning("%s; what it held will be computed again", error)
        self._drop(file)
        return {}

    def _drop(self, file: str) -> None:
        self._ask(lambda index: index.drop_file(file), None)
        (self.folder / file).unlink(missing_ok=True)

    def pin(self, stacks: Sequence[tuple[Sequence[bytes], Array]]) -> None:
        """Keep tensors, stacks of one shape with the keys of their rows, while they fit into the budget."""

        def ask(index: Index) -> None:
            named = {",".join(map(str, values.shape[1:])): (keys, values) for keys, values in stacks}
            name, size_bytes = tensor_file.write(self.folder, named)
            index.add_file(name, size_bytes, {shape: keys for shape, (keys, _) in named.items()})
            self.prune(self._budget_bytes)

        if stacks:
            self._ask(ask, None)

    # Upkeep

    def size(self) -> Size:
        """How much there is."""
        files = self._ask(lambda index: index.files(), [])
        values = self._ask(lambda index: len(index.value_keys()), 0)
        parts = [path.stat() for path in self.folder.glob(f"{NAME}*")]
        # Not of the files beside it, which every process that only looks makes anew.
        written_s = (self.folder / NAME).stat().st_mtime
        tensor_bytes = sum(file.bytes for file in files)
        return Size(values, len(files), tensor_bytes, sum(part.st_size for part in parts), written_s)

    def prune(self, keep_bytes: int) -> int:
        """Remove tensors until no more than this is left, those unused for longest first; gives the bytes freed."""
        files = self._ask(lambda index: index.files(), [])
        excess = sum(file.bytes for file in files) - keep_bytes
        freed = 0
        for file in files:
            if freed >= excess:
                break
            self._drop(file.name)
            freed += file.bytes
        return freed

    def sweep(self) -> int:
        """Remove what processes that died have left behind; gives the bytes freed."""
        known = {file.name for file in self._ask(lambda index: index.files(), [])}
        freed = 0
        for path in [*self.folder.glob(f"*{tensor_file.SUFFIX}"), *self.folder.glob(f"*{tensor_file.UNFINISHED}")]:
            status = path.stat()
            if path.name not in known and time.time() - status.st_mtime > ABANDONED_S:
                path.unlink(missing_ok=True)
                freed += status.st_size
        return freed

    def verify(self) -> Found:
        """Look at every value and file; what is damaged is removed, to be computed again."""
        keys = self._ask(lambda index: index.value_keys(), [])
        files = self._ask(lambda index: index.files(), [])
        damaged = sum(not self._read(file.name) for file in files)
        return Found(len(keys), len(keys) - len(self.recall(keys)), len(files), damaged)


def _owns(owners: Sequence[bytes], row: object, key: bytes) -> bool:
    """Whether a row of a file is that of a key, as the file itself says."""
    return isinstance(row, int) and 0 <= row < len(owners) and owners[row] == tensor_file.padded(key)
