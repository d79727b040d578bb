import logging
import os
import sqlite3
import time

import numpy as np
import pytest

from cosim.store import tensor_file
from cosim.store.index import NAME
from cosim.store.store import ABANDONED_S, Found, Store


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def stack(*numbers: int, entries: int = 5):
    """Keys and tensors that go with them."""
    return [key(n) for n in numbers], np.stack([np.full(entries, n, dtype=np.float32) for n in numbers])


def loaded(store: Store, *numbers: int) -> dict[int, list[float]]:
    return {
        int.from_bytes(k, "big"): row.tolist()
        for keys, values in store.load([key(n) for n in numbers])
        for k, row in zip(keys, values, strict=True)
    }


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
    yield opened
    opened.close()


def only_file(store: Store):
    (path,) = store.folder.glob(f"*{tensor_file.SUFFIX}")
    return path


def test_what_was_remembered_is_recalled_by_another_process(tmp_path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    assert second.empty
    first.remember({key(1): np.asarray([0.5, 2.0])})
    first.pin([stack(1, 2, 3), stack(7, entries=2)])
    assert not second.empty
    assert second.recall([key(1), key(9)])[key(1)].tolist() == [0.5, 2.0]
    assert loaded(second, 3, 7, 1, 9) == {3: [3.0] * 5, 7: [7.0] * 2, 1: [1.0] * 5}
    assert second.pinned([key(2), key(9)]) == {key(2)}
    first.close()
    second.close()


def test_nothing_to_keep_writes_nothing(store) -> None:
    store.pin([])
    assert list(store.folder.glob(f"*{tensor_file.SUFFIX}")) == []


def test_a_damaged_file_is_reported_and_forgotten(store, caplog) -> None:
    store.pin([stack(1, 2)])
    path = only_file(store)
    path.write_bytes(path.read_bytes()[:-3])
    with caplog.at_level(logging.WARNING, "cosim.store"):
        assert loaded(store, 1, 2) == {}
    assert "what it held will be computed again" in caplog.text
    assert not path.exists()
    assert store.pinned([key(1)]) == set()
    store.pin([stack(1, 2)])
    assert set(loaded(store, 1, 2)) == {1, 2}


def test_a_file_that_another_process_removed_is_just_not_there(store, caplog) -> None:
    store.pin([stack(1)])
    only_file(store).unlink()
    assert loaded(store, 1) == {}
    assert caplog.text == ""
    assert store.pinned([key(1)]) == set()


def test_a_damaged_value_is_reported_and_forgotten(store, caplog) -> None:
    store.remember({key(1): np.zeros(2), key(2): np.zeros(2)})
    with sqlite3.connect(store.folder / NAME) as other:
        other.execute("UPDATE value SET digest = ? WHERE key = ?", (b"wrong", key(1)))
    other.close()
    assert set(store.recall([key(1), key(2)])) == {key(2)}
    assert "1 damaged values; they will be computed again" in caplog.text
    store.remember({key(1): np.ones(2)})
    assert store.recall([key(1)])[key(1)].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("content", [b"this is no index", b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_index_is_put_aside(tmp_path, caplog, content) -> None:
    (tmp_path / NAME).write_bytes(content)
    store = Store(tmp_path)
    store.remember({key(1): np.ones(1)})
    assert set(store.recall([key(1)])) == {key(1)}
    store.close()
    assert "the index is damaged" in caplog.text
    assert [path.read_bytes() for path in tmp_path.glob(f"{NAME}.damaged-*")] == [content]


def test_an_index_damaged_in_use_is_put_aside(tmp_path, caplog) -> None:
    store = Store(tmp_path)
    store.remember({key(i): np.ones(400) for i in range(200)})
    store.close()
    path = tmp_path / NAME
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    store = Store(tmp_path)
    assert store.recall([key(i) for i in range(200)]) == {}
    store.remember({key(1): np.ones(1)})
    assert set(store.recall([key(1)])) == {key(1)}
    store.close()
    assert "the index is damaged" in caplog.text


def test_a_store_that_cannot_be_opened_remembers_nothing(tmp_path, caplog) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "store")
    store.remember({key(1): np.ones(1)})
    store.pin([stack(1)])
    assert store.empty
    assert store.recall([key(1)]) == {}
    assert store.answer("which", lambda: "this") == "this"
    assert "nothing will be remembered" in caplog.text


def test_a_full_disk_does_not_end_a_run(store, caplog, monkeypatch) -> None:
    store.remember({key(1): np.ones(1)})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    store.pin([stack(1)])
    assert "No space left on device" in caplog.text
    assert list(store.folder.glob(f"*{tensor_file.SUFFIX}")) == []
    store.pin([stack(2)])
    assert caplog.text.count("No space left") == 1


def test_beyond_the_budget_those_unused_for_longest_go(tmp_path) -> None:
    size_bytes = tensor_file.write(tmp_path, {"5": stack(0)})[1]
    store = Store(tmp_path / "store", budget_bytes=2 * size_bytes)
    for number in (1, 2):
        store.pin([stack(number)])
    assert set(loaded(store, 1)) == {1}  # now 2 is the one unused for longest
    store.pin([stack(3)])
    assert set(loaded(store, 1, 2, 3)) == {1, 3}
    assert len(list(store.folder.glob(f"*{tensor_file.SUFFIX}"))) == 2
    store.close()


def test_pruning_keeps_values(store) -> None:
    store.remember({key(1): np.ones(1)})
    store.pin([stack(1)])
    store.pin([stack(2)])
    before = store.size()
    assert (before.values, before.files) == (1, 2)
    assert store.prune(0) == before.tensor_bytes
    assert (store.size().values, store.size().files) == (1, 0)


def test_sweeping_removes_what_dead_processes_left(store) -> None:
    store.pin([stack(1)])
    kept = only_file(store)
    old, young = store.folder / f"old{tensor_file.UNFINISHED}", store.folder / f"young{tensor_file.UNFINISHED}"
    orphan = store.folder / f"orphan{tensor_file.SUFFIX}"
    for path in (old, young, orphan):
        path.write_bytes(b"12345")
    long_ago = time.time() - ABANDONED_S - 10
    for path in (old, orphan, kept):
        os.utime(path, (long_ago, long_ago))
    assert store.sweep() == 10
    assert [path.exists() for path in (old, young, orphan, kept)] == [False, True, False, True]


def test_verifying_finds_and_removes_damage(store) -> None:
    store.remember({key(i): np.ones(1) for i in range(3)})
    store.pin([stack(1)])
    store.pin([stack(2)])
    assert store.verify() == Found(3, 0, 2, 0)
    next(store.folder.glob(f"*{tensor_file.SUFFIX}")).write_bytes(b"")
    with sqlite3.connect(store.folder / NAME) as other:
        other.execute("UPDATE value SET kind = '<f4:2' WHERE key = ?", (key(1),))
    other.close()
    assert store.verify() == Found(3, 1, 2, 1)
    assert store.verify() == Found(2, 0, 1, 0)


@pytest.mark.parametrize("place", [0, 99, -1, "first"])
def test_an_index_that_is_wrong_about_rows_is_noticed(store, caplog, place) -> None:
    store.pin([stack(1, 2, 3)])
    with sqlite3.connect(store.folder / NAME) as other:
        other.execute("UPDATE tensor SET place = ? WHERE key = ?", (place, key(2)))
    other.close()
    assert loaded(store, 1, 2, 3) == {1: [1.0] * 5, 3: [3.0] * 5}
    assert "the index is wrong about" in caplog.text
    assert store.pinned([key(2)]) == set()


def test_a_value_of_no_kind_is_damaged(store) -> None:
    store.remember({key(1): np.ones(1)})
    with sqlite3.connect(store.folder / NAME) as other:
        other.execute("UPDATE value SET kind = NULL")
    other.close()
    assert store.recall([key(1)]) == {}
    assert store.empty


def test_a_store_of_tensors_alone_is_not_empty(store) -> None:
    store.pin([stack(1)])
    assert not store.empty


def test_a_question_is_answered_once(store) -> None:
    asked: list[int] = []

    def make() -> str:
        asked.append(1)
        return f"answer {len(asked)}"

    assert [store.answer("which", make), store.answer("which", make), store.answer("other", make)] == [
        "answer 1",
        "answer 1",
        "answer 2",
    ]
