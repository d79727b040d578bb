import dataclasses
from typing import Annotated

import pytest
from pydantic import ValidationError

from cosim.part import (
    Count,
    Fraction,
    Index,
    NonNegative,
    Pair,
    PartOf,
    Positive,
    PositiveFraction,
    PositivePair,
    Real,
    Sizes,
    part,
)


@part
class Sample:
    """A part with a field of every kind."""

    real: Real = 0.0
    positive: Positive = 1.0
    non_negative: NonNegative = 0.0
    fraction: Fraction = 0.5
    positive_fraction: PositiveFraction = 0.5
    count: Count = 1
    index: Index = 0
    pair: Pair = (0.0, 0.0)
    positive_pair: PositivePair = (1.0, 1.0)
    sizes: Sizes = ()


@part
class Outer:
    """A part that holds another."""

    inner: Annotated[Sample, PartOf("sample")] = Sample()


GOOD = [
    ("real", -1e300), ("positive", 1e-300), ("non_negative", 0.0), ("fraction", 0.0), ("fraction", 1.0),
    ("positive_fraction", 1.0), ("count", 1), ("index", 0), ("pair", (-1.0, 2.0)), ("positive_pair", (1e-9, 2.0)),
    ("sizes", (3, 1)),
]  # fmt: skip
BAD = [
    ("real", float("nan")), ("real", float("inf")), ("real", "1"), ("positive", 0.0), ("positive", float("inf")),
    ("non_negative", -1e-300), ("non_negative", float("nan")), ("fraction", 1.0000001), ("fraction", float("nan")),
    ("positive_fraction", 0.0), ("count", 0), ("count", 1.0), ("count", True), ("index", -1),
    ("pair", (1.0,)), ("pair", (1.0, float("nan"))), ("positive_pair", (0.0, 1.0)), ("sizes", (0,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_values_in_range_are_taken(name, value):
    assert getattr(Sample(**{name: value}), name) == value


@pytest.mark.parametrize(("name", "value"), BAD)
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        Sample(**{name: value})


def test_lists_become_tuples():
    assert Sample(pair=[1.0, 2.0], sizes=[4, 5]) == Sample(pair=(1.0, 2.0), sizes=(4, 5))


def test_parts_are_frozen_values():
    sample = Sample(count=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        sample.count = 4
    assert dataclasses.replace(sample, count=4) == Sample(count=4)
    assert hash(sample) == hash(Sample(count=3))


def test_parts_are_made_by_keyword_and_know_their_keys():
    with pytest.raises(ValidationError):
        Sample(1.0)
    with pytest.raises(ValidationError, match="colour"):
        Sample(colour="red")


def test_the_section_of_a_nested_part_can_be_read():
    (annotation,) = Outer.__annotations__.values()
    assert annotation.__metadata__ == (PartOf("sample"),)
    with pytest.raises(ValidationError, match="inner"):
        Outer(inner=3)
