"""Takes the rows of tables while a run goes on, so that memory does not grow with the run."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cosim.results.arrow import ROW_GROUP, Columns, RowGroups, arrow_table, dtype_of
from cosim.results.folder import FolderError
from cosim.results.scratch import Scratch
from cosim.results.stored import Stored, StoredTables
from cosim.results.tables import Table


class Recorder:
    """Collects chunks of rows, and writes a row group whenever enough of them are there.

    Row groups begin at the same rows however the chunks are cut: the same rows give the same bytes. A table that
    never fills a row group stays in memory and touches no disk before its run folder is written.
    """

    def __init__(self, tables: Iterable[Table], beside: Path | None = None) -> None:
        """Keep certain tables; what does not fit into memory lies beside a run folder to come."""
        self._scratch = Scratch(beside)
        self._books = {table.name: _Book(table, self._scratch) for table in tables}

    def keeps(self, table: Table) -> bool:
        """Whether rows of a table are wanted."""
        return table.name in self._books

    def add(self, table: Table, columns: Columns) -> None:
        """Take rows that will not change any more, behind those taken before; of a table that is not kept, none."""
        if self.keeps(table):
            self._books[table.name].add(columns)

    def finish(self) -> StoredTables:
        """All tables, complete; no more rows are taken after this."""
        wanted = {name: book for name, book in self._books.items() if not book.left_out}
        return StoredTables({name: book.finish() for name, book in wanted.items()}, self._scratch)


class _Book:
    """One table in the making: row groups on disk, and behind them rows in memory.

    The rows in memory lie in arrays that are filled again and again: many short pieces that live for long would leave
    gaps everywhere between what comes and goes.
    """

    def __init__(self, table: Table, scratch: Scratch) -> None:
        self._table = table
        self._scratch = scratch
        self._rows = 0
        self._groups: RowGroups | None = None

    @cached_property
    def _columns(self) -> dict[str, NDArray[Any]]:
        return {column.name: np.empty(ROW_GROUP, dtype_of(column)) for column in self._table.columns}

    @property
    def left_out(self) -> bool:
        """Whether the table is one that is there only with rows, and has none."""
        return self._table.optional and self._groups is None and not self._rows

    def add(self, columns: Columns) -> None:
        plain = {name: _plain(values) for name, values in columns.items()}
        count, taken = len(next(iter(plain.values()))), 0
        while taken < count:
            some = min(count - taken, ROW_GROUP - self._rows)
            for name, values in plain.items():
                self._columns[name][self._rows : self._rows + some] = values[taken : taken + some]
            taken += some
            self._rows += some
            if self._rows == ROW_GROUP:
                self._write(self._columns)
                self._rows = 0

    def _write(self, columns: Columns) -> None:
        rows = arrow_table(self._table, columns)
        with self._on_disk():
            if self._groups is None:
                self._groups = RowGroups(rows.schema, self._scratch.folder / f"{self._table.name}.parquet")
            self._groups.write(rows)

    @contextmanager
    def _on_disk(self) -> Generator[None]:
        """Tell in one sentence what the disk has against it."""
        try:
            yield
        except OSError as error:
            raise FolderError(f"table {self._table.name} cannot be written: {error.strerror or error}") from error

    def finish(self) -> Stored:
        # Arrays, not lists: for a list Arrow would load pandas.
        empty: dict[str, Any] = dict.fromkeys(self._table.column_names(), np.zeros(0))
        columns = {name: values[: self._rows].copy() for name, values in self._columns.items()} if self._rows else empty
        if self._groups is None:
            return arrow_table(self._table, columns)
        if self._rows:
            self._write(columns)
        with self._on_disk():
            return self._groups.close()


def _plain(values: Any) -> Any:
    """Values of a column, a text for each code."""
    if isinstance(values, tuple):
        codes, names = values
        return np.asarray([*names, ""], dtype=object)[np.asarray(codes, dtype=np.int64)]
    return values
