"""Overrides: single values of a scenario changed from outside, as `a.b.c=value` or as a mapping.

They form a small scenario of their own, which is then inherited like any other.
"""

from collections.abc import Mapping, Sequence

from cosim.fault import shown
from cosim.scenario.inheritance import merged
from cosim.scenario.node import Node, Position, of_python
from cosim.scenario.problem import Problem, ScenarioError, problem
from cosim.scenario.yaml_source import MAX_DEPTH, parse_text

COMMAND_LINE = "--set"
PROGRAM = "<python>"
"""What stands for the file in the position of a value that a program gave."""

Overrides = Mapping[str, object] | Sequence[str]


def override_tree(overrides: Overrides) -> tuple[Node, list[Problem]]:
    """All overrides as one tree, later ones over earlier ones, and what was refused in them."""
    if isinstance(overrides, Mapping):
        start = Position(PROGRAM)
        return _together([_branch(path, start, of_python(value, start)) for path, value in overrides.items()]), []
    trees, problems = list[Node](), list[Problem]()
    for number, text in enumerate([overrides] if isinstance(overrides, str) else overrides, start=1):
        try:
            tree, found = _parsed(text, number)
        except ScenarioError as error:
            problems += error.problems
        else:
            trees.append(tree)
            problems += found
    return _together(trees), problems


def _together(trees: Sequence[Node]) -> Node:
    start = Position(COMMAND_LINE)
    whole = Node({}, start, start)
    for tree in trees:
        whole = merged(whole, tree)
    return whole


def _parsed(text: str, number: int) -> tuple[Node, list[Problem]]:
    path, equals, value = text.partition("=")
    start = Position(COMMAND_LINE, number)
    if not equals:
        raise ScenarioError([problem(start, (), f"an override is written path.to.key=value, not {shown(text)}")])
    behind = Position(COMMAND_LINE, number, len(path) + 2)
    if not value.strip():
        raise ScenarioError([problem(behind, path.split("."), "there is no value after '='; write null for none")])
    node, problems = parse_text(value, behind, tuple(path.split(".")))
    return _branch(path, start, node), problems


def _branch(path: str, start: Position, leaf: Node) -> Node:
    """Mappings around a value, one for each step of its path."""
    steps = path.split(".")
    if not all(steps) or len(steps) > MAX_DEPTH:
        raise ScenarioError(
            [problem(start, (), f"the path {shown(path)} of an override has an empty step, or too many")]
        )
    node = leaf
    for index in reversed(range(len(steps))):
        column = start.column + len(".".join(steps[:index])) + (index > 0)
        at = Position(start.file, start.line, column)
        node = Node({steps[index]: Node(node.content, node.at, at)}, at, at)
    return node
