import os

import pyarrow as pa
import pytest

from cosim.results.arrow import write_parquet
from cosim.results.scratch import Scratch
from cosim.results.stored import StoredTables

TABLE = pa.table({"a": [1, 2, 3]})


@pytest.fixture(name="tables")
def tables_fixture(tmp_path):
    scratch = Scratch(tmp_path / "run")
    write_parquet(TABLE, scratch.folder / "large.parquet")
    return StoredTables({"large": scratch.folder / "large.parquet", "small": TABLE}, scratch)


def test_tables_are_read_wherever_they_are(tables) -> None:
    assert dict(tables) == {"large": TABLE, "small": TABLE}
    assert len(tables) == 2
    with pytest.raises(KeyError):
        tables["none"]


def fail(*_):
    raise OSError


@pytest.mark.parametrize("linked", [True, False])
def test_writing_gives_the_same_files_and_leaves_the_tables_readable(tables, tmp_path, monkeypatch, linked) -> None:
    if not linked:
        monkeypatch.setattr(os, "link", fail)
    folder = tmp_path / "run"
    folder.mkdir()
    tables.write(folder)
    assert (folder / "large.parquet").read_bytes() == (folder / "small.parquet").read_bytes()
    assert ((folder / "large.parquet").stat().st_nlink == 2) == linked
    assert tables["large"].equals(TABLE)
