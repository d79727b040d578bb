"""Nodes: a tree of plain values in which every key and every value knows where it was written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cosim.fault import Path


@dataclass(frozen=True, slots=True)
class Position:
    """Where something was written; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1


class Refused:
    """Stands for a value that was refused when it was read, so that it is not complained about twice."""


REFUSED: Final = Refused()


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a scenario.

    Attributes:
        content: a scalar, a ready part, a dict of nodes or a list of nodes.
        at: where the value begins.
        key_at: where its key begins; for what has no key, where the value begins.
    """

    content: Any
    at: Position
    key_at: Position

    def plain(self) -> Any:
        """The value without positions."""
        if isinstance(self.content, dict):
            return {key: child.plain() for key, child in self.content.items()}
        if isinstance(self.content, list):
            return [child.plain() for child in self.content]
        return self.content

    def child(self, step: str | int) -> "Node | None":
        """The node one step further down, if there is one."""
        if isinstance(self.content, dict):
            return self.content.get(step)
        if isinstance(self.content, list) and isinstance(step, int) and 0 <= step < len(self.content):
            return self.content[step]
        return None

    def nearest(self, path: Path) -> tuple["Node", Path]:
        """The last node on the way along a path, and the part of the path that leads to it."""
        node: Node = self
        for depth, step in enumerate(path):
            child = node.child(step)
            if child is None:
                return node, path[:depth]
            node = child
        return node, path


def of_python(value: object, position: Position) -> Node:
    """A tree of values that a program made; all of it gets one position."""
    if isinstance(value, Mapping):
        return Node({key: of_python(entry, position) for key, entry in value.items()}, position, position)
    if isinstance(value, list | tuple):
        return Node([of_python(entry, position) for entry in value], position, position)
    return Node(value, position, position)
