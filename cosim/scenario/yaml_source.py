"""YAML text to nodes with positions: no object construction, bounded work.

Plain scalars follow YAML 1.2 (`cosim.scenario.yaml_scalar`). Tags, merge keys and several documents are
refused: a scenario needs none of them.
"""

import re
from pathlib import Path as FilePath
from typing import Any, final

import yaml

from cosim.fault import Path, shown
from cosim.scenario.node import REFUSED, Node, Position
from cosim.scenario.problem import Problem, ScenarioError, problem
from cosim.scenario.yaml_scalar import scalar

MAX_BYTES = 1_000_000
"""Longest scenario file [byte]: longer ones are data, not settings."""

MAX_NODES = 100_000
"""Most values in a scenario, each alias counted with all it stands for."""

MAX_DEPTH = 32
"""Deepest nesting of mappings and lists."""

_CONTROL = re.compile("[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside the printable set of YAML 1.2.2, section 5.1."""


def read_file(path: FilePath) -> tuple[Node, list[Problem]]:
    """The tree of a scenario file, and what was refused in it.

    Raises:
        ScenarioError: if there is no tree: no such file, no text, no YAML, or too much of it.
    """
    start = Position(str(path))
    if path.is_dir():
        raise _fatal(start, "is a directory, not a scenario file")
    if not path.exists():
        raise _fatal(start, "there is no such file")
    if not path.is_file():
        raise _fatal(start, "is no regular file")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _fatal(start, f"cannot be read: {error.strerror}") from error
    return parse_bytes(content, str(path))


def parse_bytes(content: bytes, file: str) -> tuple[Node, list[Problem]]:
    """The tree of the bytes of a scenario file, and what was refused in it.

    Raises:
        ScenarioError: if there is no tree.
    """
    if len(content) > MAX_BYTES:
        raise _fatal(Position(file), f"is longer than {MAX_BYTES:,} bytes, the most that a scenario may have")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = _position_after(content[: error.start].decode("utf-8", "replace"), file)
        raise _fatal(at, f"is no text in UTF-8: byte 0x{content[error.start]:02x} cannot stand here") from error
    return parse_text(text, Position(file))


def parse_text(text: str, start: Position, path: Path = ()) -> tuple[Node, list[Problem]]:
    """The tree of a YAML text, and what was refused in it.

    Args:
        text: a YAML document.
        start: where the text begins.
        path: where in a scenario its value belongs.

    Raises:
        ScenarioError: if there is no tree.
    """
    control = _CONTROL.search(text)
    if control:
        at = _position_after(text[: control.start()], start.file)
        raise _fatal(at, f"is no text: the character U+{ord(control[0]):04X} cannot stand here", path)
    composer = _Composer(text, start, path)
    return composer.document(), composer.problems


def _position_after(text: str, file: str) -> Position:
    line_start = text.rfind("\n") + 1
    return Position(file, text.count("\n") + 1, len(text) - line_start + 1)


def _fatal(at: Position, message: str, path: Path = ()) -> ScenarioError:
    return ScenarioError([problem(at, path, message)])


@final
class _Composer:
    """Builds nodes from PyYAML's events; knows where it is and how much it has built."""

    def __init__(self, text: str, start: Position, path: Path) -> None:
        self.problems: list[Problem] = []
        self._start = start
        self._events = yaml.parse(text, Loader=yaml.SafeLoader)
        self._path = list(path)
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._nodes = 0
        self._last = start

    def document(self) -> Node:
        """The one document of the stream."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise _fatal(self._start, "the file is empty")
        root = self._node(self._next())
        self._next()
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise self._stop(self._last, "a second document begins here, and a scenario is one document")
        return root

    def _next(self) -> Any:
        try:
            event = next(self._events)
        except yaml.MarkedYAMLError as error:
            raise self._stop(self._marked(error), _syntax_sentence(error)) from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # PyYAML lets Python's own error through for an escape beyond the last character of Unicode.
            raise self._stop(self._last, f"no valid YAML after this place: {error}") from error
        self._last = self._position(event.start_mark)
        return event

    def _marked(self, error: yaml.MarkedYAMLError) -> Position:
        mark = error.problem_mark or error.context_mark
        return self._position(mark) if mark else self._last

    def _position(self, mark: Any) -> Position:
        shift = self._start.column - 1 if mark.line == 0 else 0
        return Position(self._start.file, self._start.line + mark.line, mark.column + 1 + shift)

    def _stop(self, at: Position, message: str) -> ScenarioError:
        return ScenarioError([*self.problems, problem(at, self._path, message)])

    def _refuse(self, at: Position, message: str) -> None:
        self.problems.append(problem(at, self._path, message))

    def _node(self, event: Any, key_at: Position | None = None) -> Node:
        at = self._last
        before = self._nodes
        self._count(1, at)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, at, key_at or at)
        node = Node(self._content(event, at), at, key_at or at)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(at, f"the tag '{tag}' is not allowed: write plain values, texts in quotes where needed")
            node = Node(REFUSED, at, key_at or at)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._nodes - before)
        return node

    def _count(self, nodes: int, at: Position) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._stop(at, f"more than {MAX_NODES:,} values, counting what aliases stand for")

    def _alias(self, event: Any, at: Position, key_at: Position) -> Node:
        if event.anchor not in self._anchors:
            raise self._stop(
                at, f"the alias '*{event.anchor}' stands for nothing: no anchor of this name ends before it"
            )
        node, size = self._anchors[event.anchor]
        self._count(size, at)
        return Node(node.content, at, key_at)

    def _content(self, event: Any, at: Position) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, at)
        if len(self._path) >= MAX_DEPTH:
            raise self._stop(at, f"nested more than {MAX_DEPTH} levels deep")
        return self._mapping() if isinstance(event, yaml.MappingStartEvent) else self._sequence()

    def _scalar(self, event: Any, at: Position) -> Any:
        try:
            event.value.encode()
            return scalar(event.value) if event.implicit[0] else event.value
        except UnicodeEncodeError:
            self._refuse(at, "is no text: half of a surrogate pair cannot stand alone")
        except ValueError as error:
            self._refuse(at, str(error))
        return REFUSED

    def _sequence(self) -> list[Node]:
        entries: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            self._path.append(len(entries))
            entries.append(self._node(event))
            self._path.pop()
        return entries

    def _mapping(self) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key_at = self._last
            key = self._key(event, key_at)
            self._path.append("?" if key is None else key)
            value = self._node(self._next(), key_at)
            if key is not None:
                self._enter(entries, key, value)
            self._path.pop()
        return entries

    def _key(self, event: Any, at: Position) -> str | None:
        if not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            raise self._stop(at, "a key must be a text, not a list or a mapping")
        key = self._node(event).content
        if key is REFUSED or (isinstance(key, str) and key != "<<"):
            return None if key is REFUSED else key
        if key == "<<":
            self._refuse(at, "merge keys '<<' are not part of YAML 1.2: use 'extends', or repeat the values")
        else:
            self._refuse(at, f"a key must be a text, not {shown(key)}: put it in quotes")
        return None

    def _enter(self, entries: dict[str, Node], key: str, value: Node) -> None:
        if key in entries:
            first = entries[key].key_at
            message = f"duplicate key; it is already at {first.file}:{first.line}:{first.column}"
            self._refuse(value.key_at, message)
        else:
            entries[key] = value


def _syntax_sentence(error: yaml.MarkedYAMLError) -> str:
    text = " ".join(part for part in (error.context, error.problem) if part)
    if "\\t" in text:
        return "a tab stands here, and YAML takes only spaces between a line's start and its content"
    return f"no valid YAML: {text}"
