"""Tables of a run as Arrow tables: typed, with units and meanings as field metadata."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cosim.results.tables import Table

ROW_GROUP = 1 << 18

Columns = Mapping[str, Any]
"""Values by column: arrays, lists, or for text columns a pair (codes, names)."""
ArrowTable = Any
"""A `pyarrow.Table`; pyarrow brings no types."""


def schema(table: Table) -> Any:
    """The Arrow schema of a table."""
    fields = [
        pa.field(column.name, pa.type_for_alias(column.type), nullable=False,
                 metadata={"unit": column.unit, "meaning": column.meaning})
        for column in table.columns
    ]  # fmt: skip
    return pa.schema(fields, metadata={"table": table.name, "row": table.row})


def arrow_table(table: Table, columns: Columns) -> ArrowTable:
    """Convert columns to the types of a table."""
    arrays = [_array(columns[column.name], pa.type_for_alias(column.type)) for column in table.columns]
    return pa.Table.from_arrays(arrays, schema=schema(table))


def _array(values: Any, type_: Any) -> Any:
    if isinstance(values, tuple):
        codes, names = values
        indices = pa.array(np.asarray(codes, dtype=np.int32))
        return pa.DictionaryArray.from_arrays(indices, pa.array(list(names))).cast(type_)
    if isinstance(values, np.ndarray):
        return pa.array(values.astype(type_.to_pandas_dtype(), copy=False), type=type_)
    return pa.array(values, type=type_)


def write_parquet(table: ArrowTable, path: Path) -> None:
    """Write a table; the same table gives the same bytes."""
    text: Any = [field.name for field in table.schema if field.type == pa.string()]
    pq.write_table(table, path, compression="zstd", compression_level=1, use_dictionary=text, row_group_size=ROW_GROUP)
