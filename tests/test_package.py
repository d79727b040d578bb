"""What is installed besides code, and with which versions."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
import yaml

from cosim.scenario import shipped

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = {
    "quickstart",
    "static_ring_sgp",
    "directed_time_varying",
    "fedavg_star",
    "fashion_mnist_dirichlet",
    "battery_death",
    "first_order_radio",
}


def names(requirements):
    return {re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower() for requirement in requirements}


def test_scenarios_are_package_data():
    files = {entry.name for entry in resources.files("scenarios").iterdir()}
    assert {f"{name}.yaml" for name in WANTED} <= files
    assert set(shipped()) >= WANTED


def test_templates_of_reports_are_package_data():
    files = {entry.name for entry in (resources.files("analysis") / "templates").iterdir()}
    assert {"report.html", "compare.html"} <= files


def test_the_wheel_has_the_four_packages():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["packages"]) == {"cosim", "radio_models", "analysis", "scenarios"}


def test_every_direct_dependency_is_pinned_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][^ ]*", line) for line in pinned)
    wanted = names(PROJECT["dependencies"]) | names(PROJECT["optional-dependencies"]["dev"]) | {"hatchling"}
    assert names(pinned) == wanted


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_scenario_begins_with_what_it_shows_and_what_to_look_at(name):
    text = shipped()[name].read_text()
    comment = text[: text.index("\nname:")]
    assert all(line.startswith("# ") for line in comment.splitlines())
    assert "Look at:" in comment


def test_the_citation_has_the_version_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


def test_the_changelog_has_the_version_and_says_which_numbers_changed():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert f"## {PROJECT['version']}" in changelog
    assert "### Changed numbers" in changelog
