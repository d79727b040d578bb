import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cosim.store.index import NAME, Index, Place

REPEATABLE = settings(deadline=None, derandomize=True, max_examples=40)


@pytest.fixture
def index(tmp_path):
    opened = Index(tmp_path)
    yield opened
    opened.close()


@REPEATABLE
@given(
    values=st.dictionaries(
        st.binary(min_size=16, max_size=17),
        arrays.arrays(st.sampled_from([np.float32, np.float64]), arrays.array_shapes(min_dims=0, max_dims=2)),
        max_size=5,
    )
)
def test_values_come_back_bit_by_bit(tmp_path_factory, values) -> None:
    index = Index(tmp_path_factory.mktemp("index"))
    index.add_values(values)
    found, damaged = index.values([*values, b"unknown"])
    index.close()
    assert damaged == []
    assert {key: (value.dtype, value.shape, value.tobytes()) for key, value in found.items()} == {
        key: (value.dtype, value.shape, value.tobytes()) for key, value in values.items()
    }


def test_more_keys_than_one_query_takes(index) -> None:
    values = {i.to_bytes(16, "big"): np.asarray([float(i)]) for i in range(1234)}
    index.add_values(values)
    found, _ = index.values(list(values))
    assert {key: value[0] for key, value in found.items()} == {key: value[0] for key, value in values.items()}
    assert len(index.value_keys()) == 1234


def test_a_value_that_was_handed_out_may_be_changed(index) -> None:
    index.add_values({b"k" * 16: np.zeros(2)})
    index.values([b"k" * 16])[0][b"k" * 16] += 1
    assert not index.values([b"k" * 16])[0][b"k" * 16].any()


def test_the_first_value_of_a_key_stays(index) -> None:
    index.add_values({b"k" * 16: np.zeros(1)})
    index.add_values({b"k" * 16: np.ones(1)})
    assert index.values([b"k" * 16])[0][b"k" * 16] == [0.0]


def test_a_damaged_value_is_told_from_a_whole_one(index, tmp_path) -> None:
    index.add_values({b"a" * 16: np.zeros(3), b"b" * 16: np.ones(3)})
    with sqlite3.connect(tmp_path / NAME) as other:
        other.execute("UPDATE value SET bytes = ? WHERE key = ?", (np.full(3, 2.0).tobytes(), b"a" * 16))
    other.close()
    found, damaged = index.values([b"a" * 16, b"b" * 16])
    assert (list(found), damaged) == ([b"b" * 16], [b"a" * 16])
    index.drop_values(damaged)
    assert index.value_keys() == [b"b" * 16]


def test_places_of_tensors(index) -> None:
    index.add_file("one", 100, {"3": [b"a", b"b"], "4": [b"c"]})
    index.add_file("two", 50, {"3": [b"b"]})
    assert index.places([b"a", b"b", b"c", b"d"]) == {
        b"a": Place("one", "3", 0),
        b"b": Place("two", "3", 0),
        b"c": Place("one", "4", 0),
    }
    index.drop_file("one")
    assert set(index.places([b"a", b"b", b"c"])) == {b"b"}
    assert [file.name for file in index.files()] == ["two"]


def test_files_unused_for_longest_come_first(index) -> None:
    for name in ("one", "two", "three"):
        index.add_file(name, 1, {})
    index.use(["one"])
    assert [file.name for file in index.files()] == ["two", "three", "one"]


def test_the_first_answer_stays(index) -> None:
    assert index.answer("which") is None
    index.add_answer("which", "this")
    index.add_answer("which", "that")
    assert index.answer("which") == "this"


def test_a_transaction_that_fails_leaves_nothing(index) -> None:
    with pytest.raises(AttributeError):
        index.add_file("one", 1, {"3": None, "4": [b"c"]} | {"5": object().keys})
    assert index.files() == []


WRITER = """
import sys, numpy as np
from pathlib import Path
from cosim.store.index import Index
index = Index(Path(sys.argv[1]))
who = int(sys.argv[2])
for turn in range(50):
    index.add_values({bytes([who, turn, i]) + b"." * 13: np.full(4, who) for i in range(20)})
    index.add_values({b"shared" + bytes([turn]) + b"." * 9: np.full(4, who)})
"""


def test_processes_write_at_the_same_time(index, tmp_path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(who)]) for who in range(3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    keys = index.value_keys()
    found, damaged = index.values(keys)
    assert len(keys) == 3 * 50 * 20 + 50
    assert damaged == []
    assert all(len(set(value.tolist())) == 1 for value in found.values())
