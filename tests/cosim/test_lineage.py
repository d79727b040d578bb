import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.handle import Operation
from cosim.lineage import Lineage

REPEATABLE = settings(deadline=None, derandomize=True)
LEAF = Operation("leaf", {}, ((4,),), (128,))
MIX = Operation("mix", {}, ((4,),), (128,))
SPLIT = Operation("split", {}, ((4,), (2, 3)), (128, 192))


def execute(levels):
    """Drop the recipes, as an executor does; the operations and level of each, for comparison."""
    done = []
    for level in levels:
        for operation, recipes in level.items():
            for recipe in recipes:
                assert all(handle.recipe is None for handle in recipe.inputs), "an input was not there yet"
                done.append((operation, recipe.level))
        for recipes in level.values():
            for recipe in recipes:
                for handle in recipe.outputs:
                    handle.recipe = None
    return done


def test_results_have_shape_size_and_key():
    lineage = Lineage()
    (leaf,) = lineage.record(LEAF, (), (1.0,))
    message, memory = lineage.record(SPLIT, (leaf,))
    assert (leaf.shape, leaf.bits, leaf.key) == ((4,), 128, LEAF.key((), (1.0,)))
    assert (message.shape, memory.shape, message.bits, memory.bits) == ((4,), (2, 3), 128, 192)
    assert message.key != memory.key
    assert message.recipe is memory.recipe


def test_recipes_of_one_level_are_one_batch():
    lineage = Lineage()
    leaves = [lineage.record(LEAF, (), (float(i),))[0] for i in range(3)]
    mixed = [lineage.record(MIX, (leaves[i], leaves[i - 1]), (0.5, 0.5))[0] for i in range(3)]
    lineage.record(SPLIT, (mixed[0],))
    levels = lineage.take()
    assert [{operation.name: len(recipes) for operation, recipes in level.items()} for level in levels] == [
        {"leaf": 3},
        {"mix": 3},
        {"split": 1},
    ]


def test_what_was_executed_lies_below_all_levels():
    lineage = Lineage()
    (leaf,) = lineage.record(LEAF)
    execute(lineage.take())
    (mixed,) = lineage.record(MIX, (leaf,), (1.0,))
    assert mixed.recipe.level == 0
    assert [len(level) for level in lineage.take()] == [1]


def test_taking_starts_afresh():
    lineage = Lineage()
    lineage.record(LEAF)
    assert (lineage.pending, lineage.recorded) == (1, 1)
    lineage.take()
    assert (lineage.pending, lineage.pending_entries, lineage.recorded) == (0, 0, 1)
    assert lineage.take() == []


def test_entries_of_all_results_are_counted():
    lineage = Lineage()
    (leaf,) = lineage.record(LEAF)
    lineage.record(SPLIT, (leaf,))
    assert lineage.pending_entries == 4 + 4 + 6


@pytest.mark.parametrize(("limit", "reliefs"), [(3, 5), (4, 2), (9, 1), (20, 0)])
def test_it_is_relieved_when_too_much_is_pending(limit, reliefs):
    lineage = Lineage()
    taken = []
    lineage.relieve_at(limit, lambda: taken.append(execute(lineage.take())))
    for i in range(5):
        (handle,) = lineage.record(LEAF, (), (float(i),))
        assert handle.shape == (4,)
    assert len(taken) == reliefs
    assert lineage.pending_entries <= limit


def test_the_result_is_given_back_although_it_was_executed_at_once():
    lineage = Lineage()

    def relieve():
        for level in lineage.take():
            for recipes in level.values():
                for recipe in recipes:
                    for handle in recipe.outputs:
                        handle.recipe = None
                    recipe.outputs = ()

    lineage.relieve_at(0, relieve)
    (leaf,) = lineage.record(LEAF)
    assert leaf.recipe is None


@REPEATABLE
@given(st.lists(st.lists(st.integers(0, 30), max_size=3), max_size=30))
def test_inputs_always_come_first(inputs_of):
    lineage = Lineage()
    handles = []
    for number, inputs in enumerate(inputs_of):
        chosen = tuple(handles[i] for i in inputs if i < len(handles))
        handles += lineage.record(MIX, chosen, (float(number),))
        if number % 7 == 6:
            execute(lineage.take())
    assert lineage.pending == len(execute(lineage.take()))
    assert lineage.recorded == len(inputs_of)
