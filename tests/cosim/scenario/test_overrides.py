import pytest

from cosim.scenario.node import Position
from cosim.scenario.overrides import override_tree


def plain(*overrides):
    tree, problems = override_tree(overrides)
    assert problems == []
    return tree.plain()


def test_values_are_yaml_1_2():
    assert plain("a.b=868e6", "a.c=yes", "d=[1, {e: null}]", "f='1'", "g=true") == {
        "a": {"b": 868e6, "c": "yes"},
        "d": [1, {"e": None}],
        "f": "1",
        "g": True,
    }


def test_a_value_may_contain_the_equals_sign():
    assert plain("a=b=c") == {"a": "b=c"}


def test_later_ones_win():
    assert plain("a=1", "a=2") == {"a": 2}


def test_a_new_kind_may_stand_before_or_after_its_parameters():
    assert plain("graph.k=3", "graph.period_s=1") == {"graph": {"k": 3, "period_s": 1}}
    assert plain("graph.kind=ring", "graph.k=3") == {"graph": {"kind": "ring", "k": 3}}


def test_one_text_is_one_override():
    assert override_tree("a=1")[0].plain() == {"a": 1}


def test_a_mapping_has_dotted_keys():
    tree, _ = override_tree({"radio.tx_power_dbm": 3, "peers": {"phones": {"count": 2}}})
    assert tree.plain() == {"radio": {"tx_power_dbm": 3}, "peers": {"phones": {"count": 2}}}


def test_positions_count_overrides_and_columns():
    tree, _ = override_tree(["a=1", "radio.tx_power_dbm=[1, 2]"])
    node = tree.nearest(("radio", "tx_power_dbm"))[0]
    assert (node.key_at, node.at) == (Position("--set", 2, 7), Position("--set", 2, 20))
    assert node.child(1).at == Position("--set", 2, 24)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("a.b", "--set:1:1: scenario: an override is written path.to.key=value, not 'a.b'"),
        ("", "--set:1:1: scenario: an override is written path.to.key=value, not ''"),
        ("a.b=", "--set:1:5: a.b: there is no value after '='; write null for none"),
        ("a..b=1", "--set:1:1: scenario: the path 'a..b' of an override has an empty step, or too many"),
        ("=1", "--set:1:1: scenario: the path '' of an override has an empty step, or too many"),
        ("a.b=.nan", "--set:1:5: a.b: must be a finite number, not .nan"),
        (
            "a.b=[1",
            "--set:1:7: a.b: no valid YAML: while parsing a flow sequence expected ',' or ']', but got '<stream end>'",
        ),
        (
            "a.b=!!python/name:x 1",
            "--set:1:5: a.b: the tag '!!python/name:x' is not allowed: "
            "write plain values, texts in quotes where needed",
        ),
    ],
)
def test_what_is_wrong_has_a_position(override, message):
    _, problems = override_tree([override])
    assert [str(problem) for problem in problems] == [message]


def test_endless_paths_are_refused():
    _, (problem,) = override_tree([".".join("a" * 5000) + "=1"])
    assert problem.message.endswith("has an empty step, or too many")


def test_everything_wrong_is_reported_at_once():
    assert len(override_tree(["a", "b=", "c=.inf", "d=1"])[1]) == 3
