import numpy as np
import pytest
import torch

from cosim.handle import Handle
from cosim.learning.slab import FIRST_ROWS, Slab


def slab_of(entries: int = 3) -> Slab:
    return Slab((entries,), torch.float64, torch.device("cpu"))


def handles_of(count: int) -> list[Handle]:
    return [Handle(bytes([i]), (3,), 192, None) for i in range(count)]


def rows(count: int, first: float = 0.0) -> torch.Tensor:
    return first + torch.arange(3.0 * count, dtype=torch.float64).view(count, 3)


def test_values_are_found_again() -> None:
    slab, handles = slab_of(), handles_of(4)
    slab.place(handles, rows(4))
    assert torch.equal(slab.gather(handles, 4), rows(4))
    assert torch.equal(slab.gather([handles[2], handles[0]], 2), rows(4)[[2, 0]])


def test_batches_may_be_several_with_padding_behind_the_last() -> None:
    slab, handles = slab_of(), handles_of(5)
    slab.place(handles, rows(3), torch.cat([rows(2, 9.0), torch.full((6, 3), -1.0, dtype=torch.float64)]))
    assert torch.equal(slab.gather(handles, 5), rows(5))


def test_a_gathered_batch_is_padded_with_its_last_value_and_is_a_copy() -> None:
    slab, handles = slab_of(), handles_of(2)
    slab.place(handles, rows(2))
    batch = slab.gather(handles, 5)
    assert torch.equal(batch, rows(2)[[0, 1, 1, 1, 1]])
    batch.zero_()
    assert torch.equal(slab.gather(handles, 2), rows(2))


def test_a_row_is_free_again_when_its_last_handle_goes() -> None:
    slab, handles = slab_of(), handles_of(3)
    slab.place(handles, rows(3))
    assert len(slab.free) == FIRST_ROWS - 3
    second = handles[1]
    del handles
    assert len(slab.free) == FIRST_ROWS - 1
    assert torch.equal(slab.gather([second], 1), rows(3)[1:2])
    del second
    assert sorted(slab.free) == list(range(FIRST_ROWS))


@pytest.mark.parametrize("keep_every", [1, 2])
def test_it_grows_and_keeps_its_values(keep_every) -> None:
    slab = slab_of()
    first = handles_of(60)
    slab.place(first, rows(60))
    kept = first[::keep_every]
    del first
    more = handles_of(200)
    slab.place(more, rows(200, 1000.0))
    assert len(slab.values) >= 200 + len(kept)
    assert torch.equal(slab.gather(kept, len(kept)), rows(60)[::keep_every])
    assert torch.equal(slab.gather(more, 200), rows(200, 1000.0))
    taken = {handle.row for handle in (*kept, *more)}
    assert len(taken) == 200 + len(kept)
    assert taken.isdisjoint(slab.free)
    assert len(slab.free) + len(taken) == len(slab.values)


def test_placing_forgets_the_recipe() -> None:
    slab, handles = slab_of(), handles_of(1)
    handles[0].recipe = object()
    slab.place(handles, rows(1))
    assert handles[0].recipe is None
    assert handles[0].slab is slab


def test_values_of_any_shape() -> None:
    slab = Slab((2, 2), torch.float32, torch.device("cpu"))
    handle = Handle(b"x", (2, 2), 128, None)
    slab.place([handle], torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    np.testing.assert_array_equal(slab.gather([handle], 2)[1], [[1.0, 2.0], [3.0, 4.0]])
