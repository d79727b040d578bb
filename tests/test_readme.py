"""What the README shows is what works."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from cosim import load, run
from cosim.cli.app import app
from cosim.scenario import shipped

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
MOST_BYTES_OF_A_PICTURE = 200_000
SMALL = {"rounds.count": 3, "peers.phones.count": 5, "evaluation.every_rounds": 3}


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def block_with(language, words):
    (found,) = (block for block in blocks(language) if words in block)
    return found


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a block of Python to a module that can be imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def module(name, words):
        (tmp_path / f"{name}.py").write_text(block_with("python", words))

    return module


def test_the_lines_of_python_run(capsys):
    exec(block_with("python", "run(load"), {})
    assert "processor" in capsys.readouterr().out


def test_the_lines_of_pricing_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(block_with("python", "Pricing("), {})
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_the_scenario_runs(tmp_path):
    (tmp_path / "office.yaml").write_text(blocks("yaml")[0])
    scenario = load(tmp_path / "office.yaml")
    assert scenario.peer_count == 12
    summary = run(scenario.with_({"rounds.count": 3, "evaluation.every_rounds": 3})).summary
    assert summary["messages_delivered"] > 0


def test_the_scenario_and_the_algorithm_are_short():
    assert len(blocks("yaml")[0].splitlines()) <= 21
    body = block_with("python", "GossipAverage").partition("@part")[2].strip()
    assert len(body.splitlines()) <= 15


def test_the_algorithm_runs(module):
    module("my_gossip", "class GossipAverage")
    summary = run(load("quickstart", {**SMALL, "algorithm": "my_gossip:GossipAverage"})).summary
    assert summary["algorithm"] == "my_gossip:GossipAverage"
    assert summary["messages_delivered"] > 0
    assert summary["accuracy_mean"] > 0.1


def test_the_wall_keeps_messages_out(module):
    module("my_wall", "class Wall")
    free = load("quickstart", SMALL)
    wall = {"kind": "my_wall:Wall", "attenuation_db": 25.0}
    walled = free.with_(propagation=[{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}, wall])
    assert run(walled).summary["messages_delivered"] < run(free).summary["messages_delivered"]


def test_the_commands_are_those_of_the_command_line():
    known = get_command(app).commands
    shown = {line.split()[1] for block in blocks("sh") for line in block.splitlines() if line.startswith("cosim ")}
    assert shown == set(known)


def test_every_shipped_scenario_is_in_the_table():
    table = set(re.findall(r"^\| `(\w+)` \| [^`|]+ \|$", TEXT, flags=re.MULTILINE))
    assert table >= set(shipped())


@pytest.mark.parametrize("name", ["README.md", "DESIGN.md"])
def test_files_that_are_named_are_there(name):
    text = (ROOT / name).read_text()
    named = set(re.findall(r"`((?:cosim|analysis|radio_models|scenarios|tests|docs)/[\w/.]*)`", text))
    named |= set(re.findall(r"\((docs/[^)]+)\)", text))
    assert named
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_pictures_are_small():
    pictures = list((ROOT / "docs").glob("*.png"))
    assert pictures
    assert all(path.stat().st_size < MOST_BYTES_OF_A_PICTURE for path in pictures)
