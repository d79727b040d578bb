import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim import plugins
from cosim.scenario.inheritance import merged
from cosim.scenario.node import Position, of_python

REPEATABLE = settings(deadline=None, derandomize=True)

PARENT, CHILD = Position("parent", 1, 1), Position("child", 9, 9)


def over(parent, child):
    return merged(of_python(parent, PARENT), of_python(child, CHILD))


@pytest.mark.parametrize(
    ("parent", "child", "result"),
    [
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": {"kind": "x", "p": 1}}, {"a": {"q": 2}}, {"a": {"kind": "x", "p": 1, "q": 2}}),
        ({"a": {"kind": "x", "p": 1}}, {"a": {"kind": "x", "q": 2}}, {"a": {"kind": "x", "p": 1, "q": 2}}),
        ({"a": {"kind": "x", "p": 1}}, {"a": {"kind": "y", "q": 2}}, {"a": {"kind": "y", "q": 2}}),
        ({"a": {"kind": "x", "p": 1}}, {"a": "x"}, {"a": {"kind": "x", "p": 1}}),
        ({"a": {"kind": "x", "p": 1}}, {"a": "y"}, {"a": "y"}),
        ({"a": "x"}, {"a": {"p": 1}}, {"a": {"kind": "x", "p": 1}}),
        ({"a": "x"}, {"a": "y"}, {"a": "y"}),
        ({"a": {"p": 1}}, {"a": {"kind": "y"}}, {"a": {"kind": "y"}}),
        ({"a": [{"p": 1}, {"p": 2}]}, {"a": {"1": {"q": 3}}}, {"a": [{"p": 1}, {"p": 2, "q": 3}]}),
        ({"a": [1, 2]}, {"a": {"2": 3}}, {"a": {"2": 3}}),
        ({"a": [1, 2]}, {"a": {}}, {"a": {}}),
    ],
)
def test_the_child_is_laid_over_the_parent(parent, child, result):
    assert over(parent, child).plain() == result


def test_each_value_keeps_the_place_where_it_was_written():
    for keep_place, place in ((False, CHILD), (True, PARENT)):
        tree = merged(of_python({"a": {"b": 1, "c": 2}}, PARENT), of_python({"a": {"c": 3}}, CHILD), keep_place)
        assert tree.nearest(("a", "b"))[0].at == PARENT
        assert tree.nearest(("a", "c"))[0].at == CHILD
        assert tree.nearest(("a",))[0].at == place


def test_fields_of_a_ready_part_can_be_changed():
    battery = plugins.build("power", {"kind": "battery", "capacity_j": 3.0})
    spec = over({"power": battery}, {"power": {"initial_fraction": 0.5}}).plain()["power"]
    assert plugins.build("power", spec) == plugins.build(
        "power", {"kind": "battery", "capacity_j": 3, "initial_fraction": 0.5}
    )


TREES = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2),
)


@REPEATABLE
@given(TREES)
def test_a_tree_over_itself_is_itself(tree):
    assert over(tree, tree).plain() == tree


SECTIONS = st.dictionaries(
    st.sampled_from("abc"), st.dictionaries(st.sampled_from("xyz"), st.integers(), max_size=3), max_size=3
)


@REPEATABLE
@given(SECTIONS, SECTIONS)
def test_mappings_are_united_and_the_child_wins(parent, child):
    keys = parent.keys() | child.keys()
    assert over(parent, child).plain() == {key: {**parent.get(key, {}), **child.get(key, {})} for key in keys}
