"""Parameters of a part: name, type with its range, default, and the section of a part held inside."""

import dataclasses
import operator
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Interval, Le, Lt
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cosim.part import PartOf

REQUIRED: Final = PydanticUndefined
"""The default of a parameter that has none."""

_SYMBOLS = ((Gt, "gt", ">"), (Ge, "ge", ">="), (Lt, "lt", "<"), (Le, "le", "<="))


@dataclass(frozen=True)
class Parameter:
    """One parameter of a part.

    Attributes:
        name: its key in a scenario.
        annotation: its type, ranges and marks included.
        default: its value if none is given, or `REQUIRED`.
    """

    name: str
    annotation: Any
    default: Any

    @property
    def required(self) -> bool:
        """Whether a scenario has to give a value."""
        return self.default is REQUIRED


@cache
def parameters(part_type: type) -> tuple[Parameter, ...]:
    """The parameters of a dataclass, of pydantic's kind or of the standard library's.

    Raises:
        TypeError: if the annotations cannot be resolved at run time.
    """
    fields: dict[str, FieldInfo] | None = getattr(part_type, "__pydantic_fields__", None)
    return tuple(_of_pydantic(fields) if fields is not None else _of_standard(part_type))


def _of_pydantic(fields: dict[str, FieldInfo]) -> Iterator[Parameter]:
    for name, field in fields.items():
        if field.init is not False:
            yield Parameter(name, annotated(field), field.get_default(call_default_factory=True, validated_data={}))


def annotated(field: FieldInfo) -> Any:
    """The full annotation of a pydantic field, its marks and ranges put back."""
    if not field.metadata:
        return field.annotation
    return operator.getitem(Annotated, (field.annotation, *field.metadata))  # pyright: ignore


def _of_standard(part_type: type) -> Iterator[Parameter]:
    try:
        hints = get_type_hints(part_type, include_extras=True)
    except Exception as error:
        raise TypeError(f"the annotations of {part_type.__qualname__} cannot be resolved: {error}") from error
    for field in dataclasses.fields(part_type):
        if field.init:
            yield Parameter(field.name, hints[field.name], _default(field))


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return REQUIRED if field.default_factory is dataclasses.MISSING else field.default_factory()


def section_of(annotation: Any) -> str | None:
    """The section named by a `PartOf` mark directly on an annotation."""
    if get_origin(annotation) is not Annotated:
        return None
    return next((mark.section for mark in get_args(annotation)[1:] if isinstance(mark, PartOf)), None)


def is_union(annotation: Any) -> bool:
    """Whether an annotation is `X | Y`, however it was written."""
    return get_origin(annotation) in (Union, types.UnionType)


def type_text(annotation: Any) -> str:
    """An annotation in a reader's words: `float > 0`, `'layer' | 'global'`, `part of transceiver`."""
    section = section_of(annotation)
    if section is not None:
        return f"part of {section}"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_text(arguments[0]) + "".join(_ranges(arguments[1:]))
    if is_union(annotation):
        return " | ".join(type_text(member) for member in arguments)
    if origin is None:
        return _plain_text(annotation)
    if not isinstance(origin, type):
        return " | ".join(repr(value) for value in arguments)
    return f"{origin.__name__}[{', '.join(type_text(member) for member in arguments)}]"


def _plain_text(annotation: Any) -> str:
    if annotation is Ellipsis:
        return "..."
    return "null" if annotation in (None, type(None)) else getattr(annotation, "__name__", str(annotation))


def _ranges(marks: tuple[Any, ...]) -> Iterator[str]:
    for mark in marks:
        if isinstance(mark, FieldInfo):
            yield from _ranges(tuple(mark.metadata))
        for kind, attribute, symbol in _SYMBOLS:
            limit = getattr(mark, attribute, None) if isinstance(mark, (kind, Interval)) else None
            if limit is not None:
                yield f" {symbol} {limit:g}"
