import json

import pytest

from cosim.results.folder import DRAFT, MANIFEST, FolderError, new_folder, write_json


def fill(target, text="new") -> None:
    with new_folder(target) as folder:
        (folder / "result.txt").write_text(text)
        write_json(folder / MANIFEST, {})


def test_a_folder_appears_when_all_of_it_is_written(tmp_path) -> None:
    target = tmp_path / "deep" / "run"
    with new_folder(target) as folder:
        (folder / "result.txt").write_text("new")
        assert not target.exists()
    assert (target / "result.txt").read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in target.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("older", [False, True])
def test_a_failure_leaves_what_was_there_and_no_remains(tmp_path, older) -> None:
    target = tmp_path / "run"
    if older:
        fill(target, "old")
    with pytest.raises(RuntimeError), new_folder(target) as folder:
        (folder / "result.txt").write_text("half")
        raise RuntimeError
    assert target.exists() == older
    assert not older or (target / "result.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"] * older


def test_an_older_run_is_replaced(tmp_path) -> None:
    fill(tmp_path / "run", "old")
    (tmp_path / "run" / "more.txt").touch()
    fill(tmp_path / "run")
    assert (tmp_path / "run" / "result.txt").read_text() == "new"
    assert not (tmp_path / "run" / "more.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_empty_folder_is_taken(tmp_path) -> None:
    (tmp_path / "run").mkdir()
    fill(tmp_path / "run")
    assert (tmp_path / "run" / "result.txt").exists()


def test_what_is_not_a_run_is_refused_and_left_alone(tmp_path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "one.jpg").touch()
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="there is a folder that is no run"), new_folder(tmp_path / "photos"):
        pass
    with pytest.raises(FolderError, match="there is a file of that name"), new_folder(tmp_path / "file"):
        pass
    assert (tmp_path / "photos" / "one.jpg").exists()


def test_a_place_that_cannot_be_written_is_refused_with_a_sentence(tmp_path) -> None:
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "run"
    with pytest.raises(FolderError, match="the run folder cannot be written there"), new_folder(target):
        pass


def test_json_reads_well_and_refuses_what_json_has_not(tmp_path) -> None:
    content = {"b": 1.5, "a": ["é"], "none": None}
    write_json(tmp_path / "x.json", content)
    text = (tmp_path / "x.json").read_text(encoding="utf-8")
    assert json.loads(text) == content
    assert list(json.loads(text)) == ["b", "a", "none"]
    assert "é" in text
    assert text.endswith("}\n")
    with pytest.raises(ValueError, match="Out of range"):
        write_json(tmp_path / "y.json", {"x": float("nan")})


def test_what_a_killed_process_had_begun_is_removed_and_what_another_writes_is_not(tmp_path) -> None:
    abandoned = tmp_path / f".run.abcdef{DRAFT}"
    abandoned.mkdir()
    (abandoned / "half.parquet").write_bytes(b"PAR1")
    with new_folder(tmp_path / "run") as one:
        assert not abandoned.exists()
        (one / MANIFEST).write_text("{}")
        with new_folder(tmp_path / "run") as other:
            assert one.exists()
            (other / MANIFEST).write_text("{}")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
