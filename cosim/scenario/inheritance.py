"""Inheritance: a scenario that says `extends` starts from another one and changes parts of it.

Mappings are merged key by key, lists and scalars are replaced. A part whose `kind` changes is replaced as a
whole, since the parameters of the old kind mean nothing to the new one. A mapping whose keys are numbers
changes single entries of a list.
"""

import dataclasses
from typing import Any

from cosim.plugins import field_values
from cosim.scenario.node import Node


def merged(parent: Node, child: Node, keep_place: bool = False) -> Node:
    """The child's values over the parent's; each value keeps the position where it was written.

    Args:
        parent: what is changed.
        child: the changes.
        keep_place: whether a mapping that both have stands where the parent has it, not where the child has it.
    """
    under, over = _opened(parent, child)
    place = parent if keep_place else child
    if isinstance(under.content, list) and _numbers_entries(under.content, child.content):
        return Node(_entries(under.content, child.content, keep_place), place.at, place.key_at)
    if not isinstance(under.content, dict) or not isinstance(over.content, dict) or _other_kind(under, over):
        return child
    content = dict(under.content)
    for key, node in over.content.items():
        content[key] = merged(content[key], node, keep_place) if key in content else node
    return Node(content, place.at, place.key_at)


def _opened(parent: Node, child: Node) -> tuple[Node, Node]:
    """Parts in their long form where one side is short: a plain `kind`, or an instance."""
    if isinstance(child.content, dict):
        return _long_form(parent), child
    if isinstance(parent.content, dict) and "kind" in parent.content and isinstance(child.content, str):
        return parent, _long_form(child)
    return parent, child


def _long_form(node: Node) -> Node:
    content: Any = node.content
    if isinstance(content, str):
        content = {"kind": node}
    elif dataclasses.is_dataclass(content) and not isinstance(content, type):
        own = type(content)
        values = {"kind": f"{own.__module__}:{own.__qualname__}", **field_values(content)}
        content = {key: Node(value, node.at, node.key_at) for key, value in values.items()}
    return Node(content, node.at, node.key_at)


def _other_kind(under: Node, over: Node) -> bool:
    new, old = over.content.get("kind"), under.content.get("kind")
    return new is not None and (old is None or new.content != old.content)


def _numbers_entries(entries: list[Node], changes: Any) -> bool:
    return isinstance(changes, dict) and bool(changes) and all(_is_index(key, len(entries)) for key in changes)


def _is_index(key: Any, length: int) -> bool:
    return str(key).isdecimal() and int(key) < length


def _entries(entries: list[Node], changes: dict[str, Node], keep_place: bool) -> list[Node]:
    changed = list(entries)
    for key, node in changes.items():
        changed[int(key)] = merged(changed[int(key)], node, keep_place)
    return changed
