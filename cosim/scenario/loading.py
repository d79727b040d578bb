"""Loading: from a file, a shipped scenario's name or a mapping to a scenario that can be run."""

import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path as FilePath

from cosim.fault import suggestion
from cosim.plugins import build, spec_of
from cosim.scenario.inheritance import merged
from cosim.scenario.node import Node, Position, of_python
from cosim.scenario.overrides import PROGRAM, Overrides, override_tree
from cosim.scenario.problem import Problem, ScenarioError, problem
from cosim.scenario.resolved import resolved_tree
from cosim.scenario.schema import Scenario, medium_of
from cosim.scenario.section import GROUP_DEFAULTS, SCENARIO_DEFAULTS
from cosim.scenario.validation import validated
from cosim.scenario.yaml_source import read_file

SHIPPED_PACKAGE = "scenarios"
SUFFIXES = (".yaml", ".yml")

Chain = tuple[FilePath, ...]
"""The files on the way from the scenario that was asked for to the one that it extends."""


def load(source: str | FilePath | Mapping[str, object], overrides: Overrides = ()) -> Scenario:
    """A validated scenario.

    Args:
        source: a file, the name of a shipped scenario, or a mapping with the keys of a scenario.
        overrides: changes on top, `["radio.tx_power_dbm=10"]` or `{"radio.tx_power_dbm": 10}`.

    Raises:
        ScenarioError: with everything that is wrong, and where.
    """
    problems: list[Problem] = []
    if isinstance(source, Mapping):
        tree = _extended(of_python(source, Position(PROGRAM)), (), problems)
    else:
        tree = _of_file(found(str(source), FilePath(), Position(str(source)), ()), (), problems)
    return _changed(tree, overrides, problems)


def changed(scenario: Scenario, overrides: Overrides, sections: Mapping[str, object]) -> Scenario:
    """The same scenario with other values; see `Scenario.with_`."""
    whole = resolved_tree(scenario)
    if whole["medium"] == spec_of("medium", build("medium", medium_of(scenario.radio))):
        # It is the radio's own, and with another radio it is another.
        del whole["medium"]
    tree = of_python(whole, Position(PROGRAM))
    return _changed(merged(tree, of_python(sections, Position(PROGRAM))), overrides, [])


def _changed(tree: Node, overrides: Overrides, problems: list[Problem]) -> Scenario:
    changes, refused = override_tree(overrides)
    return validated(merged(tree, changes, keep_place=True), [*problems, *refused])


def shipped() -> dict[str, FilePath]:
    """Name -> file of the scenarios that come with cosim."""
    try:
        folder = resources.files(SHIPPED_PACKAGE)
    except ModuleNotFoundError:
        return {}
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(SUFFIXES))
    return {FilePath(name).stem: FilePath(str(folder.joinpath(name))) for name in files}


def found(name: str, folder: FilePath, at: Position, path: tuple[str, ...]) -> FilePath:
    """The file that a path or a shipped scenario's name stands for.

    Args:
        name: as the user wrote it.
        folder: where a relative path starts.
        at: where the user wrote it.
        path: of the key under which the user wrote it.

    Raises:
        ScenarioError: if there is none.
    """
    file = folder / name
    if name in shipped() and not (_is_there(file) and file.is_file()):
        return shipped()[name]
    if _is_there(file):
        return file
    known = suggestion(FilePath(name).stem, shipped())
    raise ScenarioError([problem(at, path, f"there is no file '{name}', nor a shipped scenario of this name{known}")])


def _is_there(file: FilePath) -> bool:
    try:
        return file.exists()
    except OSError:
        # A name that no file can have.
        return False


def _of_file(file: FilePath, chain: Chain, problems: list[Problem]) -> Node:
    try:
        tree, refused = read_file(file)
    except ScenarioError as error:
        raise ScenarioError([*problems, *error.problems]) from error
    problems += refused
    if not isinstance(tree.content, dict):
        raise ScenarioError([*problems, problem(tree.at, (), "a scenario is a mapping of keys to values")])
    return _extended(_named(tree, file), (*chain, file), problems)


def _named(tree: Node, file: FilePath) -> Node:
    """A scenario without a name is called after its file."""
    name = re.sub(r"[^A-Za-z0-9_.\-]", "_", file.stem)[:100]
    if not isinstance(tree.content, dict) or "name" in tree.content or not name[:1].isalnum():
        return tree
    return Node({"name": Node(name, tree.at, tree.at), **tree.content}, tree.at, tree.key_at)


def _extended(tree: Node, chain: Chain, problems: list[Problem]) -> Node:
    """A tree on top of the scenario that it extends, if it does."""
    if not isinstance(tree.content, dict) or "extends" not in tree.content:
        return _over_defaults(tree)
    content = dict(tree.content)
    parent = content.pop("extends")
    if not isinstance(parent.content, str):
        problems.append(problem(parent.at, ("extends",), "must be a file or the name of a shipped scenario"))
        return Node(content, tree.at, tree.key_at)
    try:
        file = found(parent.content, chain[-1].parent if chain else FilePath(), parent.at, ("extends",))
        _refuse_cycle(file, chain, parent.at)
    except ScenarioError as error:
        raise ScenarioError([*problems, *error.problems]) from error
    return merged(_of_file(file, chain, problems), Node(content, tree.at, tree.key_at))


def _refuse_cycle(file: FilePath, chain: Chain, at: Position) -> None:
    if any(file.resolve() == earlier.resolve() for earlier in chain):
        way = " -> ".join(str(each) for each in (*chain, file))
        raise ScenarioError([problem(at, ("extends",), f"a scenario cannot extend itself: {way}")])


def _over_defaults(tree: Node) -> Node:
    """A scenario that extends no other one extends the defaults."""
    if not isinstance(tree.content, dict):
        return tree
    whole = merged(of_python(SCENARIO_DEFAULTS, tree.at), tree)
    peers = whole.content.get("peers")
    if peers is None or not isinstance(peers.content, dict):
        return whole
    groups = {name: _group_over_defaults(group) for name, group in peers.content.items()}
    return Node({**whole.content, "peers": Node(groups, peers.at, peers.key_at)}, whole.at, whole.key_at)


def _group_over_defaults(group: Node) -> Node:
    return merged(of_python(GROUP_DEFAULTS, group.at), group) if isinstance(group.content, dict) else group
