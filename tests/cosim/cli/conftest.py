import pytest
from typer.testing import CliRunner

from cosim.cli.app import app

TINY = """\
# Three peers, for tests.
name: tiny
rounds: {count: 4, period_s: 0.1}
peers: {nodes: {count: 3, device: ideal}}
mobility: {kind: circle, radius_m: 5}
radio: {kind: erasure, rate_bit_per_s: 1e6}
graph: ring
data: {kind: blobs, samples: 120, features: 4, classes: 3}
model: logistic_regression
algorithm: sgp
evaluation: {every_rounds: 2}
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with the scenario tiny.yaml in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY)
    return tmp_path


@pytest.fixture
def cosim():
    """Runs the command line in this process; gives exit code, standard output and standard error."""

    def cosim(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return cosim


@pytest.fixture
def undrawn(monkeypatch):
    """Leaves out the drawing, which takes seconds and has tests of its own."""
    monkeypatch.setattr("analysis.report.write_report", lambda run: run.folder / "report.html")
