"""The scenarios that read traces, on the real data sets that they name; skipped where these are not."""

import os
from pathlib import Path

import pytest

from cosim import load, run

LOG = "links/ucc-5g/5G-production-dataset.zip!B_2019.12.16_13.40.04.csv"
LTE = "links/mahimahi-cellular/ATT-LTE-driving"
RUNS = [
    ("office_contacts", {"medium.file": "mobility/sociopatterns/SFHH_tij.dat.gz", "medium.pick": "busiest",
                         "medium.start_s": 36000, "peers.badges.count": 20, "rounds.count": 20}),
    ("office_contacts", {"medium.file": "mobility/sociopatterns/workplace_InVS_tij.dat.zip", "medium.pick": "busiest",
                         "medium.speedup": 20, "peers.badges.count": 20, "rounds.count": 20}),
    ("intel_lab_links", {"medium.file": "links/intel-lab/connectivity.txt", "medium.skip": 1,
                         "peers.motes.count": 54, "rounds.count": 2, "evaluation.every_rounds": 2}),
    ("vehicles_sumo", {"mobility.file": "mobility/sumo-grid/fcd.xml.gz", "mobility.start_s": 200,
                       "peers.cars.count": 30, "rounds.count": 5}),
    ("cellular_trace", {"medium.up": [f"{LTE}.up.gz"], "medium.down": [f"{LTE}.down.gz"], "rounds.count": 3}),
    ("cellular_trace", {"medium.up": [LOG], "medium.down": [LOG], "rounds.count": 3}),
]  # fmt: skip


@pytest.fixture
def data(monkeypatch):
    """The directory in COSIM_DATA, or `shared/data` beside one of the directories above."""
    named = os.environ.get("COSIM_DATA")
    above = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents]
    for folder in [Path(named)] if named else above:
        if (folder / "mobility" / "sociopatterns").is_dir() and (folder / "links").is_dir():
            monkeypatch.setenv("COSIM_DATA", str(folder))
            return folder
    return pytest.skip("no real traces here; name the directory of data in COSIM_DATA")


@pytest.mark.parametrize(("name", "changes"), RUNS, ids=[f"{name}-{i}" for i, (name, _) in enumerate(RUNS)])
def test_a_scenario_runs_on_the_real_trace(data, tmp_path, name, changes):
    summary = run(load(name, changes), tmp_path / "run").summary
    assert summary["messages_delivered"] > 0
    assert summary["energy_j"]["transmit"] > 0.0
    assert 0.0 < summary["accuracy_mean"] < 1.0


def test_a_malformed_trace_is_refused_before_anything_runs(tmp_path):
    from typer.testing import CliRunner

    from cosim.cli.app import app

    (tmp_path / "a.tij").write_text("20 1 2\n40 1\n")
    done = CliRunner().invoke(app, ["run", "office_contacts", "--set", f"medium.file={tmp_path / 'a.tij'}"])
    assert done.exit_code == 2
    assert f"{tmp_path / 'a.tij'}:2: a contact has a time and two people, not 2 words" in done.output
