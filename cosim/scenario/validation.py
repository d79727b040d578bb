"""Validation: from a tree to a scenario, or to every problem with the place where it was written."""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, ValidationError

from cosim.fault import Fault, Path, faults_of
from cosim.scenario.node import REFUSED, Node, Position
from cosim.scenario.problem import Problem, ScenarioError, problem
from cosim.scenario.schema import PeerGroup, Scenario


def validated(tree: Node, problems: Sequence[Problem] = ()) -> Scenario:
    """The scenario of a tree.

    Args:
        tree: what was written.
        problems: what was refused already when it was read.

    Raises:
        ScenarioError: with everything that is wrong.
    """
    if not isinstance(tree.content, dict):
        raise ScenarioError(
            [*problems, problem(tree.at, (), "must be a mapping of keys to values: 'key: value' lines")]
        )
    try:
        scenario = Scenario.model_validate(tree.plain())
    except ValidationError as error:
        raise ScenarioError([*problems, *_located(tree, faults_of(error, allowed_keys))]) from error
    if problems:
        raise ScenarioError(problems)
    return scenario


def allowed_keys(path: Path) -> Iterable[str]:
    """The keys of the mapping at a path of a scenario, as far as the scenario itself and not a part knows them."""
    if path[:1] == ("peers",) and len(path) == 2:
        return PeerGroup.model_fields
    model: type[BaseModel] = Scenario
    for step in path:
        annotation = model.model_fields[str(step)].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return ()
        model = annotation
    return (*model.model_fields, "extends") if model is Scenario else model.model_fields


def _located(tree: Node, faults: Iterable[Fault]) -> Iterator[Problem]:
    """Problems at the places of faults; what the members of a union say of one value becomes one sentence."""
    messages: dict[tuple[Position, Path], list[str]] = {}
    for fault in faults:
        node, walked = tree.nearest(fault.path)
        if node.content is not REFUSED:
            at = node.key_at if fault.on_key and walked == fault.path else node.at
            messages.setdefault((at, _named_path(fault, node, walked)), []).append(fault.message)
    for (at, path), found in messages.items():
        yield problem(at, path, "; or ".join(dict.fromkeys(found)))


def _named_path(fault: Fault, node: Node, walked: Path) -> Path:
    # Where a scalar stands, the rest of the path is a part's `kind`, or the name of a member of a union.
    return fault.path if fault.absent or isinstance(node.content, dict | list) else walked
