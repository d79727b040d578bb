"""Faults: what is wrong with a user's value, as a sentence, and where in the tree of values it is."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

Path = tuple[str | int, ...]

LONGEST_VALUE = 60
"""Characters of a user's value that are repeated in a message."""

FAULT_TYPE = "fault"
"""Error type under which faults travel through pydantic."""

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "iterable_type": "a list",
    "dict_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dataclass_type": "a mapping of keys to values",
    "none_required": "null",
    "finite_number": "a finite number",
}

_LIMITS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        path: keys and list indices that lead to it.
        message: a sentence without the path.
        on_key: whether the key itself is wrong, not its value.
        absent: whether the path leads to a key that is missing.
    """

    path: Path
    message: str
    on_key: bool = False
    absent: bool = False

    def below(self, *prefix: str | int) -> "Fault":
        """The same fault, seen from further up in the tree."""
        return replace(self, path=(*prefix, *self.path))


class PartError(ValueError):
    """A part cannot be built; says everything that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(fault.message for fault in faults))
        self.faults = faults


def suggestion(name: str, allowed: Iterable[str]) -> str:
    """Half a sentence: the nearest allowed names, if any are near, and the list of all."""
    names = list(allowed)
    close = difflib.get_close_matches(name, names) or difflib.get_close_matches(name.lower(), names)
    hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else "."
    return f"{hint} Allowed: {', '.join(names) if names else 'none'}"


def unknown_key(path: Path, allowed: Iterable[str]) -> Fault:
    """The fault of a key that nobody knows."""
    return Fault(path, f"unknown key '{path[-1]}'{suggestion(str(path[-1]), allowed)}", on_key=True)


def missing(path: Path, remark: str = "") -> Fault:
    """The fault of a key that has to be there and is not."""
    return Fault(path, f"is required, but missing{remark}", absent=True)


def shown(value: object) -> str:
    """A user's value as a message repeats it: in YAML's words, and short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def _literal(error: ErrorDetails) -> str:
    expected = str(error.get("ctx", {})["expected"])
    close = difflib.get_close_matches(str(error["input"]), re.findall(r"'([^']*)'", expected), n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"must be {expected}, not {shown(error['input'])}{hint}"


def _length(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    word, limit = ("at least", "min_length") if error["type"] == "too_short" else ("at most", "max_length")
    noun = "entry" if context[limit] == 1 else "entries"
    return f"must have {word} {context[limit]} {noun}, not {context['actual_length']}"


def sentence(error: ErrorDetails) -> str:
    """What one pydantic error means, in the words of this project."""
    kind, context, found = error["type"], error.get("ctx", {}), shown(error["input"])
    if kind in _EXPECTED:
        return f"must be {_EXPECTED[kind]}, not {found}"
    if kind in _LIMITS:
        word, key = _LIMITS[kind]
        return f"must be {word} {context[key]:.15g}, not {found}"
    if kind in ("too_short", "too_long"):
        return _length(error)
    if kind == "literal_error":
        return _literal(error)
    if kind == "string_pattern_mismatch":
        return f"must match the pattern {context['pattern']}, not {found}"
    if kind == "value_error":
        return str(context["error"])
    return _message(error)


def _message(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == FAULT_TYPE:
        return str(context["message"])
    if error["type"] in ("is_instance_of", "dataclass_exact_type"):
        return (
            f"must be a part of type {context.get('class') or context.get('class_name')}, not {shown(error['input'])}"
        )
    return error["msg"]


def _no_names(path: Path) -> Iterable[str]:
    return ()


def faults_of(error: ValidationError, allowed: Callable[[Path], Iterable[str]] = _no_names) -> tuple[Fault, ...]:
    """All faults that one validation found, in pydantic's order.

    Args:
        error: what pydantic raised.
        allowed: the keys that a mapping at some path may have, for suggestions.
    """
    details = error.errors(include_url=False)
    return tuple(_fault(detail, allowed) for detail in details if not _counts_only_right_ones(detail, details))


def _counts_only_right_ones(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list is called too short only because some of its entries are wrong."""
    place = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in details
    )


def _fault(detail: ErrorDetails, allowed: Callable[[Path], Iterable[str]]) -> Fault:
    path, kind, context = tuple(detail["loc"]), detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(path, allowed(path[:-1]))
    if kind in ("missing", "missing_keyword_only_argument"):
        return missing(path)
    if kind == FAULT_TYPE:
        return Fault(path, **context)
    if path[-1:] == ("[key]",):
        return Fault(path[:-1], sentence(detail), on_key=True)
    return Fault(path, sentence(detail))


def as_validation_error(title: str, faults: Iterable[Fault], value: Any) -> ValidationError:
    """Faults in the form in which a pydantic validator may raise them, so that each keeps its own path."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError(FAULT_TYPE, "{message}", _context(fault)),
            loc=fault.path,
            input=value,
        )
        for fault in faults
    ]
    return ValidationError.from_exception_data(title, details)


def _context(fault: Fault) -> dict[str, Any]:
    return {"message": fault.message, "on_key": fault.on_key, "absent": fault.absent}
