import subprocess
import sys

import pytest

import cosim

HEAVY = ("torch", "sklearn", "simpy", "pandas", "pyarrow", "matplotlib", "networkx", "typer", "rich")
UNNEEDED = (
    "torch._dynamo", "torch._inductor", "sympy", "sklearn", "scipy.stats", "scipy.optimize", "pandas", "matplotlib",
    "networkx", "requests",
)  # fmt: skip


def test_every_exported_name_is_there():
    for name in cosim.__all__:
        assert getattr(cosim, name) is not None


def test_part_is_the_decorator_and_not_the_module_of_its_name():
    assert cosim.part.__name__ == "part"
    assert callable(cosim.part)


def test_result_is_the_class_that_run_gives():
    from cosim.experiment import Result

    assert cosim.Result is Result


def test_the_version_is_that_of_the_package():
    assert cosim.__version__.count(".") == 2


def test_what_is_not_there_is_said():
    with pytest.raises(AttributeError, match=r"cosim.*nothing_of_ours"):
        _ = cosim.nothing_of_ours


def test_import_and_load_are_light():
    code = (
        "import sys; from cosim import load, run, ScenarioError, kernel, part; load('quickstart');"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_run_loads_neither_compilers_nor_what_draws_and_fits(tmp_path):
    """From a cold start to the first event takes half as long without them, and 150 MB less."""
    code = (
        "import sys, cosim; small = {'rounds.count': 2, 'peers.phones.count': 3};"
        "cosim.run(cosim.load('quickstart', small), sys.argv[1]);"
        f"print([name for name in {UNNEEDED} if name in sys.modules])"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "run")]
    shown = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_run_without_out_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = {"rounds.count": 2, "peers.phones.count": 3, "evaluation.every_rounds": 1}
    seen = []
    result = cosim.run(cosim.load("quickstart", small), watch=lambda progress, world: seen.append(progress))
    assert result.path is None
    assert list(tmp_path.iterdir()) == []
    assert result.summary["peers"] == 3
    assert [progress.round_index for progress in seen] == [-1, 0, 1]
    assert set(result.metrics["metric"]) >= {"accuracy", "loss", "consensus_distance"}
    assert result.energy["joules"].sum() == pytest.approx(result.summary["energy_j"]["total"], rel=1e-12)


def test_a_dry_run_trains_nothing():
    small = {"rounds.count": 2, "peers.phones.count": 3}
    result = cosim.run(cosim.load("quickstart", small), dry=True)
    assert result.summary["accuracy_mean"] is None
    assert result.summary["energy_j"]["total"] > 0


def test_run_with_out_writes_the_folder(tmp_path):
    small = {"rounds.count": 1, "peers.phones.count": 2}
    result = cosim.run(cosim.load("quickstart", small), out=tmp_path / "run")
    assert result.path == tmp_path / "run"
    assert (tmp_path / "run" / "summary.json").is_file()
