from pathlib import Path

import pytest

from cosim.scenario import ScenarioError, load

MINIMAL = """\
name: minimal
rounds: {count: 50, period_s: 0.5}
peers: {phones: {count: 8}}
algorithm: local_sgd
"""


@pytest.fixture
def minimal():
    """A scenario with nothing but what every scenario must say."""
    return MINIMAL


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a file into the working directory and gives its relative name."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="s.yaml"):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    return write


@pytest.fixture
def problems():
    """Loads what must be refused, and gives the lines that the user reads."""

    def problems(source, overrides=()):
        with pytest.raises(ScenarioError) as caught:
            load(source, overrides)
        return str(caught.value).splitlines()

    return problems


@pytest.fixture
def refused(write, problems, minimal):
    """The lines for the minimal scenario with some lines more, without its file name."""

    def refused(*lines):
        return [line.removeprefix("s.yaml:") for line in problems(write(minimal + "\n".join(lines)))]

    return refused
