import gc
import os
import signal
import subprocess
import sys

from cosim.results.folder import new_folder
from cosim.results.scratch import Scratch


def test_nothing_is_made_before_it_is_needed_and_nothing_is_left(tmp_path) -> None:
    scratch = Scratch(tmp_path / "deeper" / "run")
    assert [*tmp_path.iterdir()] == []
    (scratch.folder / "file").write_text("text")
    assert scratch.folder.parent == tmp_path / "deeper"
    assert scratch.folder == scratch.folder
    del scratch
    gc.collect()
    assert [*(tmp_path / "deeper").iterdir()] == []


def test_without_a_run_folder_it_is_where_temporary_files_are() -> None:
    scratch = Scratch()
    folder = scratch.folder
    assert folder.is_dir()
    del scratch
    gc.collect()
    assert not folder.exists()


def test_what_a_killed_run_without_a_folder_left_is_swept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    program = "import os, signal; from cosim.results.scratch import Scratch; s = Scratch(); s.folder; " \
              "os.kill(os.getpid(), signal.SIGKILL)"  # fmt: skip
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    used, other = Scratch(), Scratch()
    assert not {used.folder, other.folder} & {left}
    assert {*tmp_path.iterdir()} == {used.folder, other.folder}


def test_what_a_killed_run_left_is_swept_and_what_is_in_use_stays(tmp_path) -> None:
    used = Scratch(tmp_path / "run")
    left = tmp_path / ".run.tables.dead.unfinished"
    left.mkdir()
    draft_of_it = tmp_path / ".run.abc.unfinished.tables.dead.unfinished"
    draft_of_it.mkdir()
    assert used.folder.is_dir()
    with new_folder(tmp_path / "run") as draft:
        (draft / "manifest.json").write_text("{}")
        beside = Scratch(draft).folder
        assert beside.name.startswith(".run.")
    assert sorted(path.name for path in tmp_path.iterdir()) == [used.folder.name, "run"]
