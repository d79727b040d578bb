"""Takes the rows of tables while a run goes on, so that memory does not grow with the run."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from cosim.results.arrow import ROW_GROUP, ArrowTable, Columns, RowGroups, arrow_table, joined
from cosim.results.scratch import Scratch
from cosim.results.stored import Stored, StoredTables
from cosim.results.tables import Table

NOTHING = np.zeros(0)


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
            self._books[table.name].add(arrow_table(table, columns))

    def finish(self) -> StoredTables:
        """All tables, complete; no more rows are taken after this."""
        wanted = {name: book for name, book in self._books.items() if not book.left_out}
        return StoredTables({name: book.finish() for name, book in wanted.items()}, self._scratch)


class _Book:
    """One table in the making: row groups on disk, and behind them rows in memory."""

    def __init__(self, table: Table, scratch: Scratch) -> None:
        self._scratch = scratch
        self._name = table.name
        self._optional = table.optional
        self._chunks: list[ArrowTable] = [arrow_table(table, dict.fromkeys(table.column_names(), NOTHING))]
        self._rows = 0
        self._groups: RowGroups | None = None

    @property
    def left_out(self) -> bool:
        """Whether the table is one that is there only with rows, and has none."""
        return self._optional and self._groups is None and not self._rows

    def add(self, chunk: ArrowTable) -> None:
        self._chunks.append(chunk)
        self._rows += chunk.num_rows
        if self._rows >= ROW_GROUP:
            rows = joined(self._chunks)
            full = self._rows - self._rows % ROW_GROUP
            for first in range(0, full, ROW_GROUP):
                self._write(rows.slice(first, ROW_GROUP))
            self._chunks, self._rows = [rows.slice(full)], self._rows - full

    def _write(self, rows: ArrowTable) -> None:
        if self._groups is None:
            self._groups = RowGroups(rows.schema, self._scratch.folder / f"{self._name}.parquet")
        self._groups.write(rows)

    def finish(self) -> Stored:
        rest = joined(self._chunks)
        if self._groups is None:
            return rest
        if rest.num_rows:
            self._groups.write(rest)
        return self._groups.close()
