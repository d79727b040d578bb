import pytest

from cosim import run
from cosim.recorded import recorded
from cosim.results.folder import FolderError
from cosim.scenario import ScenarioError


@pytest.fixture
def folder(small, tmp_path):
    run(small(rounds={"count": 2, "period_s": 0.5}), tmp_path / "run")
    return tmp_path / "run"


def test_a_folder_gives_back_what_was_written(small, tmp_path):
    result = run(small(rounds={"count": 2, "period_s": 0.5}), tmp_path / "run")
    kept = recorded(tmp_path / "run")
    assert kept.scenario == result.scenario
    assert (kept.summary, kept.manifest) == (result.summary, result.manifest)
    assert set(kept.tables) == set(result.tables)
    assert len(kept.tables) == len(result.tables)
    for name, table in kept.tables.items():
        assert table.to_pandas().equals(result.tables[name].to_pandas())


def test_a_table_is_read_once_and_only_when_asked_for(folder):
    kept = recorded(folder)
    (folder / "energy.parquet").write_bytes(b"rubbish")
    assert kept.tables["tasks"] is kept.tables["tasks"]
    with pytest.raises(FolderError, match=r"energy\.parquet is damaged: it cannot be read as Parquet"):
        _ = kept.tables["energy"]


@pytest.mark.parametrize(("name", "message"), [("none", "there is no such folder"), ("empty", "it holds no manifest")])
def test_what_is_no_run_is_refused(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FolderError, match=f"{name} is not a run folder: {message}"):
        recorded(tmp_path / name)


@pytest.mark.parametrize("name", ["summary.json", "scenario.yaml"])
def test_a_file_that_is_missing_is_told(folder, name):
    (folder / name).unlink()
    with pytest.raises(FolderError, match=f"run is not a complete run: {name} is missing"):
        recorded(folder)


@pytest.mark.parametrize(
    ("content", "message"), [(b"{", "cannot be read as JSON"), (b"\xff", "cannot be read"), (b"[]", "a mapping")]
)
def test_a_damaged_summary_is_told(folder, content, message):
    (folder / "summary.json").write_bytes(content)
    with pytest.raises(FolderError, match=rf"summary\.json is damaged: .*{message}"):
        recorded(folder)


def test_a_damaged_scenario_is_told_with_its_place(folder):
    (folder / "scenario.yaml").write_text("rounds: {count: 0}\n")
    with pytest.raises(ScenarioError, match=r"scenario\.yaml:1:"):
        recorded(folder)
