from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.handle import KEY_BYTES, Handle, Operation, Recipe

REPEATABLE = settings(deadline=None, derandomize=True)


def leaf(name, shape=(3,)):
    return Handle(name.encode().ljust(KEY_BYTES, b"."), shape, 96, None)


MIX = Operation("mix", {"a": 1}, ((3,),), (96,))
A, B = leaf("a"), leaf("b")


def test_equal_recipes_have_equal_keys():
    again = Operation("mix", {"a": 1}, ((3,),), (96,))
    assert MIX.key((A, B), (0.5, 0.5)) == again.key((leaf("a"), leaf("b")), (0.5, 0.5))
    assert len(MIX.key((), ())) == KEY_BYTES


def test_everything_that_decides_a_result_is_in_its_key():
    keys = {
        operation.key(inputs, scalars)
        for operation in (
            MIX,
            Operation("max", {"a": 1}, ((3,),), (96,)),
            Operation("mix", {"a": 2}, ((3,),), (96,)),
            Operation("mix", {"b": 1}, ((3,),), (96,)),
            Operation("mix", {"a": 1}, ((4,),), (96,)),
            Operation("mix", {"a": 1}, ((3,), (3,)), (96, 96)),
        )
        for inputs in ((A, B), (B, A), (A,), ())
        for scalars in ((0.5, 0.25), (0.25, 0.5), (0.5,), ())
    }
    assert len(keys) == 6 * 4 * 4


def test_the_order_of_constants_does_not_matter():
    one = Operation("mix", {"a": 1, "b": 2}, ((3,),), (96,))
    other = Operation("mix", {"b": 2, "a": 1}, ((3,),), (96,))
    assert one.key((A,), ()) == other.key((A,), ())


@REPEATABLE
@given(a=st.floats(allow_nan=False), b=st.floats(allow_nan=False))
def test_scalars_count_to_the_last_bit(a, b):
    assert (MIX.key((A,), (a,)) == MIX.key((A,), (b,))) == (a.hex() == b.hex())


def test_entries_of_an_operation_are_those_of_all_results():
    assert Operation("f", {}, ((3,), (2, 5), ()), (1, 1, 1)).entries == 3 + 10 + 1


class Slab:
    def __init__(self):
        self.free = []


def test_a_row_is_given_back_with_the_last_reference():
    slab = Slab()
    handle = leaf("x")
    handle.slab, handle.row = slab, 7
    other = handle
    del handle
    assert slab.free == []
    del other
    assert slab.free == [7]


def test_a_handle_without_a_value_gives_nothing_back():
    handle = leaf("x")
    assert (handle.slab, handle.row) == (None, -1)
    handle.__del__()


def test_handles_say_whether_they_were_executed():
    assert "executed" in repr(A)
    recorded = Handle(b"\0" * KEY_BYTES, (3,), 96, Recipe(MIX, (A,), (1.0,), 0))
    assert repr(recorded) == "Handle(000000000000, shape=(3,), recorded)"
