import dataclasses
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.read import COLUMNS, Run, RunError
from cosim.results.tables import TABLES


def test_every_column_that_is_read_is_one_that_runs_write():
    written = {table.name: set(table.column_names()) for table in TABLES}
    assert set(COLUMNS) == set(written)
    assert {name: set(columns) - written[name] for name, columns in COLUMNS.items()} == {
        name: set() for name in COLUMNS
    }


def test_a_run_reads_its_files(world_run):
    assert world_run.summary["algorithm"] == "sparse_push"
    assert world_run.manifest["versions"]["cosim"] == "0.1.0"
    assert world_run.scenario["graph"]["kind"] == "radio"
    assert (world_run.name, world_run.peers, world_run.end_s) == ("synthetic", 6, 10.0)
    assert all(len(getattr(world_run, table.name)) > 0 for table in TABLES)


def test_a_table_is_read_once_and_only_when_asked_for(make_world):
    run = make_world()
    (run.folder / "tasks.parquet").write_bytes(b"rubbish")
    assert run.energy is run.energy


def test_a_run_is_frozen(world_run):
    with pytest.raises(dataclasses.FrozenInstanceError):
        world_run.folder = None


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_that_is_no_run_is_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match=f"{name} is not a run folder: "):
        Run(tmp_path / name)


def test_a_missing_table_is_told_in_one_sentence(make_run):
    run = make_run()
    assert not run.has("energy")
    with pytest.raises(RunError, match=r"has no table energy: energy\.parquet was not recorded") as caught:
        _ = run.energy
    assert "\n" not in str(caught.value)


def test_an_empty_table_counts_as_not_there(make_run):
    assert not make_run(graph=make_run.rows("time_s source destination up")).has("graph")


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("summary.json", b'{"peers": ', r"summary\.json is damaged: it is not JSON at line 1, column 11"),
        ("summary.json", b"[1, 2]", "should hold a mapping"),
        ("summary.json", b"\xff\xfe\x00", "cannot be read as text"),
        ("scenario.yaml", b"a: [1, 2", r"scenario\.yaml is damaged: it is not YAML"),
        ("scenario.yaml", b"", "should hold a mapping"),
        ("energy.parquet", b"PAR1 rubbish PAR1", r"energy\.parquet is damaged: it cannot be read as Parquet"),
        ("energy.parquet", b"", r"energy\.parquet is damaged"),
    ],
)
def test_a_damaged_file_is_told_in_one_sentence(make_world, file, content, message):
    run = make_world()
    (run.folder / file).write_bytes(content)
    with pytest.raises(RunError, match=message):
        getattr(run, file.split(".")[0])


def test_a_truncated_table_is_damaged(make_world):
    run = make_world()
    path = run.folder / "metrics.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RunError, match="damaged"):
        _ = run.metrics


def test_a_table_without_a_column_is_damaged(make_run):
    run = make_run()
    pq.write_table(pa.table({"time_s": [0.0], "source": [1], "up": [True]}), run.folder / "graph.parquet")
    with pytest.raises(RunError, match="it has no column destination and no column snr_db"):
        _ = run.graph


def test_a_missing_scenario_is_told(make_run):
    run = make_run()
    (run.folder / "scenario.yaml").unlink()
    with pytest.raises(RunError, match=r"not a complete run: scenario\.yaml is missing"):
        _ = run.scenario


@pytest.mark.parametrize("value", [None, "four", True])
def test_a_number_that_is_none_is_told(make_run, value):
    run = make_run()
    (run.folder / "summary.json").write_text(json.dumps({"peers": value}))
    with pytest.raises(RunError, match="peers should be a number and is"):
        _ = run.peers


def test_groups_number_the_peers_in_the_order_of_the_scenario(make_run):
    scenario = {"peers": {"server": {"count": 1}, "phones": {"count": 3}}}
    assert make_run(peers=4, scenario=scenario).groups == {"server": range(1), "phones": range(1, 4)}


def test_groups_that_do_not_add_up_are_one_group(make_run):
    assert make_run(peers=5, scenario={"peers": {"server": {"count": 1}}}).groups == {"peers": range(5)}
