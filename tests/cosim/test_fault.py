from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cosim.fault import Fault, PartError, as_validation_error, faults_of, missing, shown, suggestion, unknown_key


class Everything(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    whole: Annotated[int, Field(ge=1, lt=10)] = 1
    number: Annotated[float, Field(gt=0, le=0.5)] = 0.1
    text: Annotated[str, Field(pattern="^a+$")] = "a"
    switch: bool = True
    choice: Literal["global", "layer"] = "layer"
    few: Annotated[list[int], Field(min_length=2, max_length=3)] = [1, 2]
    named: dict[Annotated[str, Field(pattern="^[a-z]+$")], int] = {}
    inner: BaseModel | None = None


def faults(values):
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate(values)
    return faults_of(caught.value, lambda path: Everything.model_fields)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("whole", "3", "must be a whole number, not '3'"),
        ("whole", 2.5, "must be a whole number, not 2.5"),
        ("whole", True, "must be a whole number, not true"),
        ("whole", 0, "must be at least 1, not 0"),
        ("whole", 10, "must be less than 10, not 10"),
        ("number", "a", "must be a number, not 'a'"),
        ("number", None, "must be a number, not null"),
        ("number", 0.0, "must be more than 0, not 0.0"),
        ("number", 1, "must be at most 0.5, not 1"),
        ("number", float("nan"), "must be a finite number, not nan"),
        ("text", 1, "must be a text, not 1"),
        ("text", "b", "must match the pattern ^a+$, not 'b'"),
        ("switch", "yes", "must be true or false, not 'yes'"),
        ("choice", "layr", "must be 'global' or 'layer', not 'layr'; did you mean 'layer'?"),
        ("choice", 3, "must be 'global' or 'layer', not 3"),
        ("few", {}, "must be a list, not a mapping"),
        ("few", [1], "must have at least 2 entries, not 1"),
        ("few", [1, 2, 3, 4], "must have at most 3 entries, not 4"),
        ("named", [], "must be a mapping of keys to values, not a list"),
    ],
)
def test_each_kind_of_error_is_a_sentence(key, value, message):
    assert faults({key: value}) == (Fault((key,), message),)


def test_an_unknown_key_is_answered_with_the_nearest_and_all():
    (fault,) = faults({"wole": 1})
    assert fault.on_key
    assert fault.message == (
        "unknown key 'wole'; did you mean 'whole'? Allowed: whole, number, text, switch, choice, few, named, inner"
    )


def test_a_wrong_key_of_a_mapping_is_a_fault_of_the_key():
    assert faults({"named": {"A": 1}}) == (Fault(("named", "A"), "must match the pattern ^[a-z]+$, not 'A'", True),)


def test_all_faults_at_once():
    assert {fault.path for fault in faults({"whole": 0, "text": 1, "few": [1, "x"]})} == {
        ("whole",),
        ("text",),
        ("few", 1),
    }


def test_faults_travel_through_pydantic_unchanged():
    sent = (Fault(("a", 1), "braces {x} stay", on_key=True), missing(("b",), ". Allowed: c"), Fault((), "all of it"))
    assert faults_of(as_validation_error("title", sent, None)) == sent


def test_a_list_with_a_wrong_entry_is_not_called_too_short():
    assert faults({"few": ["x", "y"]}) == (
        Fault(("few", 0), "must be a whole number, not 'x'"),
        Fault(("few", 1), "must be a whole number, not 'y'"),
    )


def test_a_fault_seen_from_further_up():
    assert missing(("b",)).below("a", 0) == Fault(("a", 0, "b"), "is required, but missing", absent=True)


def test_suggestions():
    assert suggestion("ADAM", ["adam", "sgd"]) == "; did you mean 'adam'? Allowed: adam, sgd"
    assert suggestion("zzz", ["adam"]) == ". Allowed: adam"
    assert suggestion("zzz", []) == ". Allowed: none"
    assert unknown_key(("a", "b"), ["c"]) == Fault(("a", "b"), "unknown key 'b'. Allowed: c", on_key=True)


def test_long_values_are_cut():
    assert shown("x" * 100) == "'" + "x" * 56 + "..."
    assert shown(False) == "false"


def test_a_part_error_reads_as_its_messages():
    assert str(PartError(Fault(("a",), "one"), Fault((), "two"))) == "one\ntwo"
