import os
import time

import numpy as np
import pytest
from typer.testing import CliRunner

from cosim.cli.store import app, parsed_bytes
from cosim.store.store import Store


@pytest.fixture
def stores(tmp_path):
    """A folder with two stores, of one value and two files of tensors each."""
    for name in ("one", "two"):
        store = Store(tmp_path / name)
        store.remember({b"k" * 16: np.ones(1)})
        for number in (1, 2):
            store.pin([([bytes([number]) * 16], np.full((1, 1000), number, dtype=np.float32))])
        store.close()
    return tmp_path


def told(*arguments, **options):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], **options)
    return result.exit_code, result.output


def test_info_says_what_is_there(stores) -> None:
    code, output = told("info", "--store", stores)
    assert code == 0
    assert output.splitlines()[0] == str(stores)
    assert output.count("values   1 (") == 2
    assert output.count("kB in 2 files") == 2


def test_pruning_keeps_as_many_bytes_as_asked_for(stores) -> None:
    code, output = told("prune", "--keep", "5kB", "--store", stores)
    assert code == 0
    assert output.count("kB freed") == 2
    store = Store(stores / "one")
    assert (store.size().files, store.size().values) == (1, 1)
    store.close()


def test_stores_that_nobody_writes_into_any_more_are_removed_whole(stores) -> None:
    long_ago = time.time() - 40 * 86400
    for path in (stores / "one").iterdir():
        os.utime(path, (long_ago, long_ago))
    code, output = told("prune", "--older-than-days", 30, "--store", stores)
    assert (code, "one: removed" in output, "two: 0 B freed" in output) == (0, True, True)
    assert [path.name for path in stores.iterdir()] == ["two"]


def test_verifying_finds_damage_once(stores) -> None:
    assert told("verify", "--store", stores)[0] == 0
    next((stores / "two").glob("*.safetensors")).write_bytes(b"nothing")
    code, output = told("verify", "--store", stores)
    assert code == 1
    assert "one: 0 of 1 values and 0 of 2 files damaged" in output
    assert "two: 0 of 1 values and 1 of 2 files damaged" in output
    assert told("verify", "--store", stores)[0] == 0


def test_clearing_asks_first(stores) -> None:
    assert told("clear", "--store", stores, input="n\n")[0] != 0
    assert (stores / "one").exists()
    (stores / "mine.txt").write_text("not a store")
    code, output = told("clear", "--store", stores, "--yes")
    assert (code, "2 stores removed" in output) == (0, True)
    assert [path.name for path in stores.iterdir()] == ["mine.txt"]


def test_where_nothing_is_remembered_there_is_nothing_to_look_at(monkeypatch) -> None:
    monkeypatch.setenv("COSIM_STORE", "none")
    code, output = told("info")
    assert code == 2
    assert "nothing is remembered" in output


@pytest.mark.parametrize(
    ("size", "expected"), [("0", 0), ("12", 12), ("500MB", 5 * 10**8), ("1.5 GB", 15 * 10**8), ("2TB", 2 * 10**12)]
)
def test_sizes(size, expected) -> None:
    assert parsed_bytes(size) == expected


@pytest.mark.parametrize("size", ["", "much", "-1", "5XB", "1 2"])
def test_what_is_no_size_is_told_so(size, stores) -> None:
    code, output = told("prune", f"--keep={size}", "--store", stores)
    assert code == 2
    assert "is no size" in output
