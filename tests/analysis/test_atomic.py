import pytest

from analysis.atomic import write_bytes


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "figures" / "a.png"
    assert write_bytes(path, b"old") == path
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert [file.name for file in path.parent.iterdir()] == ["a.png"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.html"
    write_bytes(path, b"old")
    with pytest.raises(TypeError):
        write_bytes(path, "no bytes")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]


def test_a_file_is_as_readable_as_any_other(tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"")
    assert write_bytes(tmp_path / "a", b"x").stat().st_mode == other.stat().st_mode
