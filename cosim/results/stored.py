"""The tables of a finished run: small ones in memory, large ones in files that are read when they are asked for."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from cosim.results.arrow import ArrowTable, read_parquet, write_parquet
from cosim.results.scratch import Scratch

Stored = ArrowTable | Path
"""A table, or the file that holds it."""


class StoredTables(Mapping[str, ArrowTable]):
    """Arrow tables by name."""

    def __init__(self, tables: Mapping[str, Stored], scratch: Scratch) -> None:
        """Take tables and the files of tables, which lie in a temporary folder."""
        self._tables = dict(tables)
        self._scratch = scratch

    def __getitem__(self, name: str) -> ArrowTable:
        """The whole table."""
        table = self._tables[name]
        return read_parquet(table) if isinstance(table, Path) else table

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def write(self, folder: Path) -> None:
        """Write all tables into a folder, as `NAME.parquet`."""
        for name, table in self._tables.items():
            target = folder / f"{name}.parquet"
            if isinstance(table, Path):
                _link_or_copy(table, target)
            else:
                write_parquet(table, target)


def _link_or_copy(file: Path, target: Path) -> None:
    """The same file under another name, where the file system can do that."""
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)
