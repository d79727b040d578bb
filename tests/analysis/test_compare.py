import pytest

from analysis.compare import HEADINGS, common_accuracy, compare, compare_rows, labels
from analysis.learning import learning_curve
from analysis.read import Run


@pytest.fixture
def two_runs(make_world):
    return [make_world("fast", gain=2.0), make_world("slow", gain=0.5)]


def test_one_row_per_run_in_plain_units(two_runs):
    table = compare(two_runs)
    assert list(table.columns) == list(HEADINGS)
    assert table["run"].tolist() == ["fast", "slow"]
    for row, run in zip(table.itertuples(), two_runs, strict=True):
        assert row.accuracy_mean == run.summary["accuracy_mean"]
        assert row.payload_bytes == run.summary["payload_bytes"]
        assert row.energy_j == pytest.approx(run.summary["energy_j"]["total"], rel=1e-12)


def test_costs_are_compared_at_the_accuracy_that_all_reached(two_runs):
    curves = [learning_curve(run) for run in two_runs]
    table = compare(two_runs)
    assert set(table["target_accuracy"]) == {common_accuracy(curves)} == {curves[1]["mean"].max()}
    assert table["target_s"].iloc[0] < table["target_s"].iloc[1]
    assert table["target_energy_j"].iloc[0] < table["target_energy_j"].iloc[1]


def test_a_target_that_was_not_reached_has_no_cost(two_runs):
    table = compare(two_runs, target_accuracy=0.999)
    assert table["target_s"].isna().all()
    assert ["Target accuracy", "99.9 %", "99.9 %"] in compare_rows(table)
    assert not any(row[0] == "Time to target" for row in compare_rows(table))


def test_seeds_are_held_against_the_first_run(make_world):
    table = compare([make_world("a"), make_world("b"), make_world("c", seed=2)])
    assert table["same_seeds"].tolist() == [True, True, False]
    assert compare_rows(table)[-1] == ["Same seeds", "yes", "yes", "no"]


def test_a_run_that_knows_little_is_compared_too(make_run, world_run):
    bare = make_run("bare", payload_bytes=1500)
    rows = {row[0]: row[1:] for row in compare_rows(compare([bare, world_run]))}
    assert rows["Payload sent"][0] == "1.5 kB"
    assert rows["Energy"][0] == rows["Algorithm"][0] == "not known"
    assert "Target accuracy" not in rows


def test_many_runs_stand_below_each_other(make_run):
    rows = compare_rows(compare([make_run(f"run{number}") for number in range(7)]))
    assert len(rows) == 8
    assert rows[0][:2] == ["Run", "Time"]
    assert rows[1][0] == "run0"


def test_runs_of_one_name_are_told_apart(make_run, tmp_path):
    runs = [make_run("a/out"), make_run("b/out")]
    assert labels(runs) == ["a/out", "b/out"]
    assert labels([runs[0], Run(tmp_path / "a/out")]) == ["out (1)", "out (2)"]
