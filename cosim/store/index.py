"""The index of a store: one SQLite file that many processes may use at once.

Small values lie in it themselves, each with a digest; of tensors it says in which file and row they are.
Write-ahead logging lets readers and one writer go on side by side; every call is one short transaction, so
nobody sees half of one.
"""

import sqlite3
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

NAME = "index.sqlite"
WAIT_S = 30.0
"""How long one process waits for another that writes [s]."""
CHUNK = 500
"""Keys asked for in one query; SQLite takes at least 999 parameters."""
DIGEST_BYTES = 8
APPLICATION = 0x0C051317
"""Marks SQLite files as ours: in their bytes 68 to 71 (SQLite, "Database File Format", section 1.3)."""
TABLES = """
CREATE TABLE IF NOT EXISTS value (key BLOB PRIMARY KEY, kind TEXT, bytes BLOB, digest BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tensor (key BLOB PRIMARY KEY, file TEXT, shape TEXT, place INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tensor_file ON tensor (file);
CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, bytes INTEGER, used_s REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answer (question TEXT PRIMARY KEY, answer TEXT) WITHOUT ROWID;
"""


class Place(NamedTuple):
    """Where a tensor is: its file, the name of the stack of its shape in there, and its row."""

    file: str
    shape: str
    row: int


class KeptFile(NamedTuple):
    """A file of tensors as the index knows it."""

    name: str
    bytes: int
    used_s: float


class Index:
    """Values, places of tensors and answers, by key."""

    def __init__(self, folder: Path) -> None:
        """Open, or make, the index of a folder.

        Raises:
            sqlite3.Error: it cannot be opened, or is no index.
        """
        self._connection = sqlite3.connect(folder / NAME, timeout=WAIT_S, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
        self._connection.executescript(TABLES)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """One transaction, whole or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _select(self, columns: str, table: str, keys: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
        """Rows of a table, by key."""
        for first in range(0, len(keys), CHUNK):
            some = keys[first : first + CHUNK]
            marks = ",".join("?" * len(some))
            yield from self._connection.execute(f"SELECT {columns} FROM {table} WHERE key IN ({marks})", some)

    # Values

    @property
    def empty(self) -> bool:
        """Whether nothing has been remembered yet."""
        tables = ("value", "tensor")
        return all(self._connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() is None for name in tables)

    def values(self, keys: Sequence[bytes]) -> tuple[dict[bytes, Array], list[bytes]]:
        """The values that are there, and the keys of those that are damaged."""
        found: dict[bytes, Array] = {}
        damaged: list[bytes] = []
        for key, kind, content, digest in self._select("key, kind, bytes, digest", "value", keys):
            if isinstance(kind, str) and isinstance(content, bytes) and digest_of(key, kind, content) == digest:
                dtype, _, shape = kind.partition(":")
                sizes = [int(size) for size in shape.split(",") if size]
                found[key] = np.frombuffer(content, dtype=dtype).reshape(sizes).copy()
            else:
                damaged.append(key)
        return found, damaged

    def add_values(self, values: Mapping[bytes, Array]) -> None:
        """Keep values; those that are there stay as they are."""
        rows: list[tuple[bytes, str, bytes, bytes]] = []
        for key, value in values.items():
            kind = f"{value.dtype.str}:{','.join(map(str, value.shape))}"
            content = value.tobytes()
            rows.append((key, kind, content, digest_of(key, kind, content)))
        with self._writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO value VALUES (?, ?, ?, ?)", rows)

    def drop_values(self, keys: Iterable[bytes]) -> None:
        """Forget values."""
        with self._writing() as connection:
            connection.executemany("DELETE FROM value WHERE key = ?", [(key,) for key in keys])

    def value_keys(self) -> list[bytes]:
        """Keys of all values."""
        return [key for (key,) in self._connection.execute("SELECT key FROM value")]

    # Tensors

    def places(self, keys: Sequence[bytes]) -> dict[bytes, Place]:
        """Where tensors are, of those that are somewhere."""
        rows = self._select("key, file, shape, place", "tensor", keys)
        return {key: Place(file, shape, row) for key, file, shape, row in rows}

    def add_file(self, name: str, size_bytes: int, keys: Mapping[str, Sequence[bytes]]) -> None:
        """Enter a file and what is in it: for each of its stacks the keys of its rows."""
        rows = [(key, name, shape, row) for shape, some in keys.items() for row, key in enumerate(some)]
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?)", (name, size_bytes, time.time()))
            connection.executemany("INSERT OR REPLACE INTO tensor VALUES (?, ?, ?, ?)", rows)

    def drop_file(self, name: str) -> None:
        """Forget a file and all that was in it."""
        with self._writing() as connection:
            connection.execute("DELETE FROM tensor WHERE file = ?", (name,))
            connection.execute("DELETE FROM file WHERE name = ?", (name,))

    def use(self, names: Iterable[str]) -> None:
        """Note that files were of use now."""
        with self._writing() as connection:
            connection.executemany("UPDATE file SET used_s = ? WHERE name = ?", [(time.time(), name) for name in names])

    def files(self) -> list[KeptFile]:
        """All files, the one unused for longest first."""
        rows = self._connection.execute("SELECT name, bytes, used_s FROM file ORDER BY used_s, name")
        return [KeptFile(*row) for row in rows]

    # Answers

    def answer(self, question: str) -> str | None:
        """What was answered to a question before."""
        row = self._connection.execute("SELECT answer FROM answer WHERE question = ?", (question,)).fetchone()
        return None if row is None else str(row[0])

    def add_answer(self, question: str, answer: str) -> None:
        """Keep an answer; the first one stays."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO answer VALUES (?, ?)", (question, answer))


def digest_of(key: bytes, kind: str, content: bytes) -> bytes:
    """Digest of one value, its key included."""
    return blake2b(key + kind.encode() + content, digest_size=DIGEST_BYTES).digest()
