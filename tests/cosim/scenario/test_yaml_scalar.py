import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.scenario.yaml_scalar import LARGEST_INTEGER, scalar

REPEATABLE = settings(deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("868e6", 868e6),
        ("1e-3", 1e-3),
        ("6.0E+6", 6e6),
        (".5", 0.5),
        ("-1.", -1.0),
        ("12", 12),
        ("-12", -12),
        ("+7", 7),
        ("010", 10),
        ("0o17", 15),
        ("0xFF", 255),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("NULL", None),
    ],
)
def test_the_core_schema(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "on",
        "off",
        "Yes",
        "tRue",
        "1:30",
        "190:20:30",
        "2020-01-01",
        "1_000",
        "0b11",
        "0o8",
        "e5",
        "-",
        "=",
    ],
)
def test_what_only_yaml_1_1_reads_as_something_else_is_a_text(text):
    assert scalar(text) == text


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN", "1e999", "-1e400"])
def test_what_is_not_finite_is_refused(text):
    with pytest.raises(ValueError, match="must be a finite number, not"):
        scalar(text)


@pytest.mark.parametrize("text", [str(LARGEST_INTEGER + 1), "-9223372036854775808", "9" * 10000, "0x" + "f" * 17])
def test_integers_beyond_64_bits_are_refused(text):
    with pytest.raises(ValueError, match="must be a whole number below 2"):
        scalar(text)


@REPEATABLE
@given(st.integers(-LARGEST_INTEGER, LARGEST_INTEGER))
def test_every_integer_reads_as_itself(value):
    assert scalar(str(value)) == value


@REPEATABLE
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_reads_as_itself(value):
    assert scalar(repr(value)) == value
    assert isinstance(scalar(repr(value)), float)
