from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Optional

import pytest

from cosim.parameters import REQUIRED, parameters, section_of, type_text
from cosim.part import Count, Fraction, PartOf, Positive, PositivePair, part


@part
class Inner:
    gain_db: float = 3.0


@part
class Outer:
    rate: Positive
    layers: tuple[Count, ...] = (32,)
    scope: Literal["layer", "global"] = "layer"
    inner: Annotated[Inner, PartOf("radio")] = Inner()


@dataclass(frozen=True)
class Standard:
    rate: Positive
    names: tuple[str, ...] = field(default_factory=lambda: ("a",))
    computed: int = field(default=0, init=False)


@dataclass(frozen=True)
class Unresolvable:
    rate: "NowhereDefined"  # noqa: F821


def test_names_and_defaults_of_a_part():
    assert [(each.name, each.default) for each in parameters(Outer)] == [
        ("rate", REQUIRED),
        ("layers", (32,)),
        ("scope", "layer"),
        ("inner", Inner()),
    ]
    assert [each.required for each in parameters(Outer)] == [True, False, False, False]


def test_a_dataclass_of_the_standard_library_reads_the_same():
    assert [(each.name, each.default) for each in parameters(Standard)] == [("rate", REQUIRED), ("names", ("a",))]


def test_annotations_that_only_a_type_checker_sees_are_refused():
    with pytest.raises(TypeError, match="annotations of Unresolvable cannot be resolved"):
        parameters(Unresolvable)


def test_the_section_of_a_nested_part_is_found():
    assert [section_of(each.annotation) for each in parameters(Outer)] == [None, None, None, "radio"]


def test_types_are_readable():
    assert [type_text(each.annotation) for each in parameters(Outer)] == [
        "float > 0",
        "tuple[int >= 1, ...]",
        "'layer' | 'global'",
        "part of radio",
    ]


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (Fraction, "float >= 0 <= 1"),
        (PositivePair, "tuple[float > 0, float > 0]"),
        (Optional[int], "int | null"),  # noqa: UP045
        (str | None, "str | null"),
        (Any, "Any"),
    ],
)
def test_types_of_common_annotations(annotation, text):
    assert type_text(annotation) == text
