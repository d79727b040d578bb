import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.store import tensor_file
from cosim.store.tensor_file import UNFINISHED, DamagedFileError, padded

SHORT, LONG = b"k" * 16, b"k" * 16 + b"\x01"
STACKS = {
    "7": ([SHORT, LONG, b"m" * 16], np.arange(21, dtype=np.float32).reshape(3, 7)),
    "2,2": ([b"n" * 16], np.ones((1, 2, 2), dtype=np.float32)),
}


def test_stacks_come_back_bit_by_bit(tmp_path) -> None:
    name, size_bytes = tensor_file.write(tmp_path, STACKS)
    assert (tmp_path / name).stat().st_size == size_bytes
    back = tensor_file.read(tmp_path / name)
    assert {shape: stack.tobytes() for shape, (_, stack) in back.items()} == {
        shape: stack.tobytes() for shape, (_, stack) in STACKS.items()
    }
    assert back["7"][0] == [padded(SHORT), padded(LONG), padded(b"m" * 16)]
    assert len(set(map(padded, (SHORT, LONG)))) == 2
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_same_content_is_the_same_file(tmp_path) -> None:
    assert tensor_file.write(tmp_path, STACKS) == tensor_file.write(tmp_path, STACKS)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(data=st.data())
def test_any_damage_is_noticed(tmp_path_factory, data) -> None:
    folder = tmp_path_factory.mktemp("damage")
    path = folder / tensor_file.write(folder, STACKS)[0]
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match="does not have the digest of its name"):
        tensor_file.read(path)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch, step) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*(("os.fsync", full) if step == "fsync" else ("pathlib.Path.replace", full)))
    with pytest.raises(OSError, match="No space"):
        tensor_file.write(tmp_path, STACKS)
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_file_is_no_file(tmp_path) -> None:
    assert not f"something{UNFINISHED}".endswith(tensor_file.SUFFIX)
