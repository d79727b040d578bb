import json
import os
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cosim.scenario.node import REFUSED, Node, Position
from cosim.scenario.problem import ScenarioError
from cosim.scenario.yaml_source import MAX_BYTES, MAX_DEPTH, parse_bytes, parse_text, read_file

REPEATABLE = settings(deadline=None, derandomize=True)


def tree(text):
    node, problems = parse_text(text, Position("f"))
    assert problems == []
    return node


def messages(text):
    """Whatever is wrong with a text, fatal or not."""
    try:
        _, problems = parse_text(text, Position("f")) if isinstance(text, str) else parse_bytes(text, "f")
    except ScenarioError as error:
        problems = error.problems
    return [str(problem) for problem in problems]


def test_values_and_positions():
    node = tree("a: 1\nb:\n  - x\n  - {c: 'yes', d: [1, 2.5]}\n")
    assert node.plain() == {"a": 1, "b": ["x", {"c": "yes", "d": [1, 2.5]}]}
    assert node.nearest(("b", 1, "d", 1))[0] == Node(2.5, Position("f", 4, 23), Position("f", 4, 23))
    inner = node.nearest(("b", 1, "c"))[0]
    assert (inner.key_at, inner.at) == (Position("f", 4, 6), Position("f", 4, 9))


def test_quoted_scalars_are_texts():
    assert tree("a: '1'\nb: \"true\"\nc: |\n  1\n").plain() == {"a": "1", "b": "true", "c": "1\n"}


def test_a_text_may_begin_in_the_middle_of_a_line():
    node, _ = parse_text("{a: 1}", Position("--set", 3, 7))
    assert node.nearest(("a",))[0].at == Position("--set", 3, 11)


def test_a_byte_order_mark_is_no_content():
    assert parse_bytes(b"\xef\xbb\xbfa: 1", "f")[0].plain() == {"a": 1}


def test_aliases_stand_for_their_anchor():
    assert tree("a: &x {b: 1}\nc: *x\nd: [*x]").plain() == {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f:1:1: scenario: the file is empty"),
        ("# only a remark\n", "f:1:1: scenario: the file is empty"),
        (
            "a:\n\tb: 1",
            "f:2:1: a: a tab stands here, and YAML takes only spaces between a line's start and its content",
        ),
        ("a: 1\n---\nb: 1", "f:2:1: scenario: a second document begins here, and a scenario is one document"),
        ("a: b: c", "f:1:5: scenario: no valid YAML: mapping values are not allowed here"),
        (
            "a: [1, 2",
            "f:1:9: a: no valid YAML: while parsing a flow sequence expected ',' or ']', but got '<stream end>'",
        ),
        ("a: *b", "f:1:4: a: the alias '*b' stands for nothing: no anchor of this name ends before it"),
        ("a: &a [*a]", "f:1:8: a.0: the alias '*a' stands for nothing: no anchor of this name ends before it"),
        ("? [a]\n: 1", "f:1:3: scenario: a key must be a text, not a list or a mapping"),
        ("a: \x00", "f:1:4: scenario: is no text: the character U+0000 cannot stand here"),
        (b"a: 1\nb: \xff\xfe", "f:2:4: scenario: is no text in UTF-8: byte 0xff cannot stand here"),
        (b"a" * (MAX_BYTES + 1), "f:1:1: scenario: is longer than 1,000,000 bytes, the most that a scenario may have"),
        ('a: "\\UFFFFFFFF"', "f:1:1: a: no valid YAML after this place: Python int too large to convert to C int"),
    ],
)
def test_what_cannot_be_read_at_all(text, message):
    assert messages(text) == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "f:3:1: a: duplicate key; it is already at f:1:1"),
        ("a: {b: 1, b: 2}", "f:1:11: a.b: duplicate key; it is already at f:1:5"),
        ("a: .nan", "f:1:4: a: must be a finite number, not .nan"),
        ("a: [1, -.inf]", "f:1:8: a.1: must be a finite number, not -.inf"),
        (
            "a: !!python/object/apply:os.system ['true']",
            "f:1:4: a: the tag '!!python/object/apply:os.system' is not allowed: "
            "write plain values, texts in quotes where needed",
        ),
        ("a: !mine 1", "f:1:4: a: the tag '!mine' is not allowed: write plain values, texts in quotes where needed"),
        ("1: a", "f:1:1: scenario: a key must be a text, not 1: put it in quotes"),
        ("true: a", "f:1:1: scenario: a key must be a text, not true: put it in quotes"),
        (
            "<<: {a: 1}",
            "f:1:1: scenario: merge keys '<<' are not part of YAML 1.2: use 'extends', or repeat the values",
        ),
        ('a: "\\ud800"', "f:1:4: a: is no text: half of a surrogate pair cannot stand alone"),
    ],
)
def test_what_is_refused_while_the_rest_is_read(text, message):
    assert messages(text + "\nlast: 1") == [message]
    assert parse_text(text + "\nlast: 1", Position("f"))[0].plain()["last"] == 1


def test_everything_that_is_refused_is_reported_at_once():
    assert len(messages("a: .nan\na: 1\nb: !x 1\n2: 3\n")) == 4


def test_a_refused_value_is_marked():
    assert parse_text("a: .nan", Position("f"))[0].plain() == {"a": REFUSED}


def test_ten_megabytes_are_refused():
    assert messages(b"a: 1\n" * 2_000_000) == [
        "f:1:1: scenario: is longer than 1,000,000 bytes, the most that a scenario may have"
    ]


def test_nesting_is_bounded():
    assert tree("a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)).plain() is not None
    for text in ("[" * 100_000, "{a: " * 1000, "- " * 100_000):
        (message,) = messages(text)
        assert message.endswith("nested more than 32 levels deep")


def test_what_aliases_stand_for_is_bounded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    (message,) = messages("\n".join(lines))
    assert message.endswith("more than 100,000 values, counting what aliases stand for")


def test_files_that_are_none(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path, "is a directory, not a scenario file"),
        (tmp_path / "absent.yaml", "there is no such file"),
        (tmp_path / "pipe", "is no regular file"),
        (Path("/dev/zero"), "is no regular file"),
    ):
        with pytest.raises(ScenarioError) as caught:
            read_file(path)
        assert str(caught.value) == f"{path}:1:1: scenario: {message}"


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(
        st.characters(
            codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\x85\u2028\u2029\ufeff\ufffe\uffff"
        )
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=20,
)


@REPEATABLE
@given(PLAIN)
def test_json_is_read_as_it_is_meant(value):
    assert tree(json.dumps({"root": value}, ensure_ascii=False)).plain() == {"root": value}


@REPEATABLE
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@example(b"%YAML 9.9\n---\na")
@example(b"%TAG ! !\n--- !x")
@example(b"\x80")
@example(b"a: &a\n  *a")
@example(b"? ")
@example(b"- - - ?")
def test_any_bytes_are_read_or_refused(content):
    try:
        node, problems = parse_bytes(content, "f")
    except ScenarioError as error:
        assert error.problems
    else:
        assert isinstance(node, Node)
        assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


class _Plain(yaml.SafeLoader):
    """PyYAML itself, with integers as its only scalars beside texts and null."""


_Plain.yaml_implicit_resolvers = {}
_Plain.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^1+$"), ["1"])


YAML_SOUP = st.lists(
    st.sampled_from(
        [
            "a",
            ": ",
            "- ",
            "\n",
            "  ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&x ",
            "*x",
            "!t ",
            "? ",
            "|\n",
            "'",
            '"',
            "#",
            "\t",
            "<<",
            "1",
        ]
    ),
    max_size=40,
).map("".join)


@REPEATABLE
@given(YAML_SOUP)
def test_yaml_like_text_is_read_as_pyyaml_reads_it_or_refused(text):
    try:
        node, problems = parse_text(text, Position("f"))
    except ScenarioError:
        return
    if not problems:
        assert node.plain() == yaml.load(text, Loader=_Plain)
