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


def names(levels):
    return [sorted((operation.name, len(recipes)) for operation, recipes in level.items()) for level in levels]


def test_a_closure_is_what_some_need_and_leaves_the_rest() -> None:
    lineage = Lineage()
    leaves = [lineage.record(LEAF, (), (float(i),))[0] for i in range(3)]
    wanted = lineage.record(MIX, (leaves[0], leaves[1]), (1.0, 1.0))[0]
    other = lineage.record(MIX, (leaves[1], leaves[2]), (1.0, 1.0))[0]
    closure = lineage.closure([wanted])
    assert names(closure) == [[("leaf", 2)], [("mix", 1)]]
    execute(closure)
    for level in closure:
        for recipe in [recipe for recipes in level.values() for recipe in recipes]:
            recipe.inputs = recipe.outputs = ()
    assert names(lineage.take()) == [[("leaf", 1)], [("mix", 1)]]
    assert (other.recipe is not None, lineage.pending) == (True, 0)


def test_what_led_to_something_that_was_found_is_forgotten_with_its_last_reference() -> None:
    lineage = Lineage()
    (leaf,) = lineage.record(LEAF)
    (mixed,) = lineage.record(MIX, (leaf,), (1.0,))
    lineage.recall([mixed])
    assert lineage.recalled == 2
    assert len(lineage.live()) == 2
    del leaf
    assert lineage.live() == [mixed]
    del mixed
    assert lineage.live() == []
    assert (lineage.take(), lineage.pending, lineage.recalled) == ([], 0, 2)


def test_what_was_recalled_and_is_executed_after_all_counts_as_executed() -> None:
    lineage = Lineage()
    (leaf,) = lineage.record(LEAF)
    lineage.recall([leaf])
    assert names(lineage.take()) == [[("leaf", 1)]]
    assert lineage.recalled == 0


def test_who_holds_all_results_together_holds_each_of_them() -> None:
    lineage = Lineage()
    (leaf,) = lineage.record(LEAF)
    pair = lineage.record(SPLIT, (leaf,))
    del leaf
    assert set(lineage.live()) == set(pair)


def test_one_of_two_results_is_enough_to_need_a_recipe() -> None:
    lineage = Lineage()
    (leaf,) = lineage.record(LEAF)
    message, memory = lineage.record(SPLIT, (leaf,))
    del leaf, memory
    assert lineage.live() == [message]
    lineage.forget_unneeded()
    assert lineage.pending == 2
