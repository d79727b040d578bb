import errno
import gc

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.results.arrow import arrow_table, write_parquet
from cosim.results.folder import FolderError
from cosim.results.recorder import Recorder
from cosim.results.tables import Column, Table

VISITS = Table(
    "visits",
    "one visit",
    (
        Column("time_s", "float64", "s", "when"),
        Column("peer", "int32", "1", "who"),
        Column("state", "string", "", "how"),
        Column("key", "string", "", "what"),
    ),
)
OTHER = Table("other", "one number", (Column("number", "int64", "1", "it"),))


def columns(first: int, count: int) -> dict:
    numbers = np.arange(first, first + count)
    return {
        "time_s": numbers / 7,
        "peer": numbers % 5,
        "state": (numbers % 2, ("idle", "busy")),
        "key": [f"k{i}" for i in numbers],
    }


@pytest.fixture(autouse=True)
def small_groups(monkeypatch) -> None:
    for place in ("arrow", "recorder"):
        monkeypatch.setattr(f"cosim.results.{place}.ROW_GROUP", 10)


def record(sizes, beside=None):
    recorder = Recorder([VISITS, OTHER], beside)
    first = 0
    for size in sizes:
        recorder.add(VISITS, columns(first, size))
        first += size
    return recorder.finish()


@settings(deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 35), max_size=8))
def test_the_rows_are_those_that_came_in_their_order(sizes) -> None:
    tables = record(sizes)
    assert tables["visits"].equals(arrow_table(VISITS, columns(0, sum(sizes))))
    assert tables["other"].num_rows == 0
    assert list(tables) == ["visits", "other"]


@pytest.mark.parametrize("sizes", [[47], [1] * 47, [9, 2, 36], [20, 0, 27], [40], [10, 10], [3], []])
def test_bytes_do_not_depend_on_how_the_rows_came(tmp_path, sizes) -> None:
    record(sizes).write(tmp_path)
    write_parquet(arrow_table(VISITS, columns(0, sum(sizes))), tmp_path / "whole")
    assert (tmp_path / "visits.parquet").read_bytes() == (tmp_path / "whole").read_bytes()
    groups = pq.ParquetFile(tmp_path / "visits.parquet").metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)][:-1] == [10] * ((sum(sizes) - 1) // 10)


def test_memory_holds_less_than_a_row_group(tmp_path) -> None:
    recorder = Recorder([VISITS], tmp_path / "run")
    for first in range(0, 1000, 5):
        recorder.add(VISITS, columns(first, 5))
        assert recorder._books["visits"]._rows < 10
    files = [*tmp_path.glob(".run.tables.*.unfinished/visits.parquet")]
    assert len(files) == 1
    assert recorder.finish()["visits"].num_rows == 1000


def test_small_tables_touch_no_disk_before_they_are_written(tmp_path) -> None:
    tables = record([9], tmp_path / "run")
    assert [*tmp_path.iterdir()] == []
    tables.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.parquet", "visits.parquet"]


def test_rows_of_a_table_that_is_not_kept_are_dropped() -> None:
    recorder = Recorder([OTHER])
    recorder.add(VISITS, columns(0, 3))
    assert not recorder.keeps(VISITS)
    assert list(recorder.finish()) == ["other"]


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch) -> None:
    def full(self, rows) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cosim.results.arrow.RowGroups.write", full)
    with pytest.raises(FolderError, match=r"^table visits cannot be written: No space left on device$"):
        record([12], tmp_path / "run")
    gc.collect()
    assert [*tmp_path.iterdir()] == []
