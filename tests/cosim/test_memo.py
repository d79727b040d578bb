import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.handle import Handle, Operation
from cosim.learning.slab import Slab
from cosim.lineage import Lineage
from cosim.memo import Memo
from cosim.store.store import Store

LEAF = Operation("leaf", {}, ((2,),), (64,))
ADD = Operation("add", {}, ((2,),), (64,))
SPLIT = Operation("split", {}, ((2,), (2,)), (64, 64))


class Arithmetic:
    """An executor: leaves are their scalar, sums are sums, splits are two halves, one of them with 1 added."""

    def __init__(self) -> None:
        self.executed: list[str] = []
        self.slab = Slab((2,), torch.float64, torch.device("cpu"))

    def execute(self, levels) -> None:
        for level in levels:
            for operation, recipes in level.items():
                for recipe in recipes:
                    self.executed.append(operation.name)
                    self.place(recipe.outputs, np.stack(self._results(operation, recipe)))
                    recipe.inputs = recipe.outputs = ()

    def _results(self, operation, recipe):
        assert all(handle.recipe is None for handle in recipe.inputs), "an input was not there yet"
        inputs = self.read(recipe.inputs)
        if operation is LEAF:
            return [np.full(2, recipe.scalars[0])]
        return [sum(inputs)] if operation is ADD else [inputs[0] / 2, inputs[0] / 2 + 1]

    def read(self, handles):
        return list(self.slab.gather(handles, len(handles)).numpy()) if handles else []

    def place(self, handles, values) -> None:
        self.slab.place(handles, torch.from_numpy(values))

    def held(self):
        keys, values = self.slab.held()
        yield keys, values.numpy()


class Peer:
    """A made-up run: some sums of sums, of which some are asked for."""

    def __init__(self, folder) -> None:
        self.lineage, self.executor = Lineage(), Arithmetic()
        self.memo = Memo(self.lineage, self.executor, None if folder is None else Store(folder))

    def leaf(self, value: float) -> Handle:
        return self.lineage.record(LEAF, (), (value,))[0]

    def add(self, *terms: Handle) -> Handle:
        return self.lineage.record(ADD, terms)[0]

    def split(self, handle: Handle):
        return self.lineage.record(SPLIT, (handle,))

    def value(self, handle: Handle) -> float:
        return float(self.memo.values([handle])[0][0])

    def balance(self) -> tuple[int, int, int]:
        """Recorded, executed, recalled."""
        return self.lineage.recorded, len(self.executor.executed), self.lineage.recalled


def test_without_a_store_everything_is_computed(tmp_path) -> None:
    peer = Peer(None)
    total = peer.add(peer.leaf(1.0), peer.leaf(2.0))
    peer.memo.cut()
    assert peer.executor.executed == []
    assert peer.value(total) == 3.0
    assert peer.balance() == (3, 3, 0)


def test_what_was_asked_for_once_is_recalled_and_nothing_computed(tmp_path) -> None:
    for executed in (3, 0):
        peer = Peer(tmp_path)
        with peer.memo:
            assert peer.value(peer.add(peer.leaf(1.0), peer.leaf(2.0))) == 3.0
        assert peer.balance() == (3, executed, 3 - executed)


def test_only_what_the_missing_needs_is_computed(tmp_path) -> None:
    first = Peer(tmp_path)
    first.value(first.add(first.leaf(1.0), first.leaf(2.0)))
    again = Peer(tmp_path)
    known, unknown = again.add(again.leaf(1.0), again.leaf(2.0)), again.add(again.leaf(1.0), again.leaf(5.0))
    assert [float(value[0]) for value in again.memo.values([known, unknown])] == [3.0, 6.0]
    assert again.executor.executed == ["leaf", "leaf", "add"]
    assert again.balance() == (6, 3, 3)


def test_a_value_that_was_computed_before_it_was_asked_for_is_remembered_too(tmp_path) -> None:
    first = Peer(tmp_path)
    leaf = first.leaf(4.0)
    first.memo.relieve()
    assert first.value(leaf) == 4.0
    again = Peer(tmp_path)
    assert again.value(again.leaf(4.0)) == 4.0
    assert again.executor.executed == []


def test_relief_computes_unless_everything_was_recalled_so_far(tmp_path) -> None:
    first = Peer(tmp_path)
    kept = first.leaf(1.0)
    first.memo.relieve()
    assert first.executor.executed == ["leaf"]
    first.value(kept)
    again = Peer(tmp_path)
    held = again.leaf(7.0)
    again.memo.relieve()
    assert again.executor.executed == []
    assert again.value(held) == 7.0
    again.leaf(8.0)
    again.memo.relieve()
    assert again.executor.executed == ["leaf", "leaf"]


def chain(peer: Peer, rounds: int, every: int) -> list[float]:
    """A model that grows by sums and splits, cut every so many rounds, asked for every third."""
    model, values = peer.leaf(1.0), []
    for number in range(rounds):
        message, memory = peer.split(model)
        model = peer.add(message, memory, peer.leaf(float(number)))
        if (number + 1) % every == 0:
            peer.memo.cut()
        if (number + 1) % 3 == 0:
            values.append(peer.value(model))
    return values


@pytest.mark.parametrize("every", [2, 3, 7])
def test_cuts_forget_what_led_to_them_and_change_nothing(tmp_path, every) -> None:
    expected = chain(Peer(None), 30, every)
    assert chain(Peer(tmp_path), 30, every) == expected
    again = Peer(tmp_path)
    assert chain(again, 30, every) == expected
    assert again.executor.executed == []
    assert again.lineage.pending <= 3 * every


@pytest.mark.parametrize("stop", range(1, 30))
def test_a_longer_run_goes_on_from_the_last_cut(tmp_path, stop) -> None:
    expected = chain(Peer(None), 30, 4)
    chain(Peer(tmp_path), stop, 4)
    resumed = Peer(tmp_path)
    assert chain(resumed, 30, 4) == expected
    assert len(resumed.executor.executed) <= 3 * (30 - stop + 4) + 1


def test_a_result_that_only_the_answer_of_a_wait_holds_is_not_forgotten(tmp_path) -> None:
    chain(Peer(tmp_path), 3, 2)
    peer = Peer(tmp_path)
    pair = peer.split(peer.leaf(10.0))
    peer.memo.cut()
    assert [peer.value(handle) for handle in pair] == [5.0, 6.0]


def test_two_handles_of_one_key_are_both_brought(tmp_path) -> None:
    for _ in range(2):
        peer = Peer(tmp_path)
        twins = [peer.leaf(3.0), peer.leaf(3.0)]
        peer.value(peer.leaf(1.0))
        peer.memo.cut()
        assert [handle.recipe for handle in twins] == [None, None]
    assert peer.executor.executed == []


def test_damaged_tensors_are_computed_again(tmp_path) -> None:
    chain(Peer(tmp_path), 20, 5)
    for path in tmp_path.glob("*.safetensors"):
        path.write_bytes(b"")
    again = Peer(tmp_path)
    assert chain(again, 25, 5) == chain(Peer(None), 25, 5)
    assert again.executor.executed != []


def test_what_was_evicted_is_not_computed_while_everything_asked_for_is_there(tmp_path) -> None:
    expected = chain(Peer(tmp_path), 20, 5)
    for path in tmp_path.glob("*.safetensors"):
        path.unlink()
    again = Peer(tmp_path)
    assert chain(again, 20, 5) == expected
    assert again.executor.executed == []


def test_too_much_waiting_to_be_recalled_is_computed_at_a_cut(tmp_path, monkeypatch) -> None:
    chain(Peer(tmp_path), 20, 5)
    for path in tmp_path.glob("*.safetensors"):
        path.unlink()
    monkeypatch.setattr("cosim.memo.MOST_PENDING", 10)
    again = Peer(tmp_path)
    assert chain(again, 20, 5) == chain(Peer(None), 20, 5)
    assert again.executor.executed != []


def test_tensors_alone_are_enough_to_go_on_from(tmp_path) -> None:
    first = Peer(tmp_path)
    model = first.add(first.leaf(1.0), first.leaf(2.0))
    first.memo.cut()
    again = Peer(tmp_path)
    model = again.add(again.leaf(1.0), again.leaf(2.0))
    again.memo.cut()
    assert again.value(model) == 3.0
    assert again.executor.executed == []


def wander(peer: Peer, steps) -> list[float]:
    """Sums, splits, cuts, questions and handles let go, as the steps say; gives the answers."""
    held, values = [peer.leaf(1.0)], []
    for kind, one, other in steps:
        a, b = held[one % len(held)], held[other % len(held)]
        if kind == "add":
            held.append(peer.add(a, b))
        elif kind == "split":
            held += peer.split(a)
        elif kind == "cut":
            peer.memo.cut()
        elif kind == "ask":
            values.append(peer.value(a))
        elif len(held) > 1:
            del a, b, held[one % len(held)]
    return values


STEP = st.tuples(st.sampled_from(["add", "split", "cut", "ask", "forget"]), st.integers(0, 50), st.integers(0, 50))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(data=st.data(), steps=st.lists(STEP, max_size=40))
def test_recalled_or_computed_in_any_mixture_the_values_are_the_same(tmp_path_factory, data, steps) -> None:
    """The store keeps a random part of what it was given."""
    folder = tmp_path_factory.mktemp("mixture")
    expected = wander(Peer(None), steps)
    assert wander(Peer(folder), steps) == expected
    store = Store(folder)
    lost = [key for key in sorted(store._index.value_keys()) if data.draw(st.booleans())]
    store._index.drop_values(lost)
    store.prune(data.draw(st.integers(0, 2000)))
    store.close()
    again = Peer(folder)
    assert wander(again, steps) == expected
    recorded, executed, recalled = again.balance()
    assert recorded >= executed + recalled
    assert recalled >= 0
