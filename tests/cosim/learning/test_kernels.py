import numpy as np
import pytest
import torch

from cosim.recipes import kernel


@kernel
def project(model: torch.Tensor, direction: torch.Tensor, step: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two results of different shapes."""
    length = (model * direction).sum()
    return model - step * length * direction, torch.stack([length, step])


@kernel
def descend(model: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """A gradient step inside a kernel."""
    return model - 0.1 * torch.func.grad(lambda x: ((x - target) ** 4).sum())(model)


@kernel
def gram(model: torch.Tensor) -> torch.Tensor:
    """A matrix as a result."""
    rows = model[:200].view(20, 10)
    return rows.T @ rows


def results(at, used, count: int, *scalars: float):
    recorded = []
    for i in range(count):
        inputs = (at.vector(i), at.vector(100 + i))[: used.function.__code__.co_argcount - len(scalars)]
        numbers = tuple(scalar + i / 10 for scalar in scalars)
        operation, _ = at.executor.describe(used, inputs, numbers)
        recorded.append(at.record(operation, *inputs, scalars=numbers))
    return [at.values(*handles) for handles in recorded]


@pytest.mark.parametrize("plan", ["rule", "stacked", "loop", "debug"])
def test_a_kernel_computes_its_function_of_every_peer(bench, plan) -> None:
    at = bench(plan=plan, precision="float64")
    for i, (moved, numbers) in enumerate(results(at, project, 11, 0.5)):
        model, direction = at.values(at.vector(i), at.vector(100 + i))
        length = model @ direction
        np.testing.assert_allclose(moved, model - (0.5 + i / 10) * length * direction, rtol=0, atol=1e-11)
        np.testing.assert_allclose(numbers, [length, 0.5 + i / 10], rtol=1e-12)


@pytest.mark.parametrize(("used", "scalars"), [(project, (0.5,)), (descend, ()), (gram, ())])
def test_batched_by_vmap_equals_the_loop(bench, used, scalars) -> None:
    stacked, looped = (
        results(bench(plan=plan, precision="float64"), used, 11, *scalars) for plan in ("stacked", "loop")
    )
    for one, two in zip(stacked, looped, strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_shapes_bits_and_cost_are_known_without_numbers(bench) -> None:
    at = bench()
    entries = at.workload.entries
    operation, cost = at.executor.describe(project, (at.vector(0), at.vector(1)), (0.5,))
    assert operation.shapes == ((entries,), (2,))
    assert operation.bits == (32 * entries, 64)
    assert cost.flops == 3 * entries + 2  # no matrix product: one per entry read or written
    assert cost.bytes_moved == 4 * (3 * entries + 2)
    operation, cost = at.executor.describe(gram, (at.vector(0),), ())
    assert operation.shapes == ((10, 10),)
    assert cost.flops == 2 * 10 * 20 * 10 + entries + 100
    assert at.executor.executed == 0


def test_peers_share_one_operation_and_other_functions_have_another(bench) -> None:
    at = bench()
    inputs = (at.vector(0), at.vector(1))
    one, same = (at.executor.describe(project, inputs, (number,)).operation for number in (0.1, 0.2))
    assert one is same
    assert at.executor.describe(descend, inputs, ()).operation is not one


def test_functions_that_differ_by_what_they_enclose_are_told_apart(bench) -> None:
    def scaling(factor: float):
        @kernel
        def scaled(model: torch.Tensor) -> torch.Tensor:
            return factor * model

        return scaled

    at = bench(precision="float64")
    model = at.vector(0)
    recorded = [
        at.record(at.executor.describe(scaling(factor), (model,), ()).operation, model) for factor in (2.0, 3.0)
    ]
    (whole,) = at.values(model)
    for factor, (handle,) in zip((2.0, 3.0), recorded, strict=True):
        np.testing.assert_array_equal(at.values(handle)[0], factor * whole)
    assert recorded[0][0].key != recorded[1][0].key


@pytest.mark.parametrize("plan", ["loop", "stacked"])
def test_results_are_kept_apart_from_inputs(bench, plan) -> None:
    """A kernel that gives back its own argument makes a copy of it."""

    @kernel
    def same(model: torch.Tensor) -> torch.Tensor:
        return model

    at = bench(plan=plan)
    model = at.vector(0)
    (copy,) = at.record(at.executor.describe(same, (model,), ()).operation, model)
    (before,) = at.values(copy)
    assert copy.row != model.row
    at.executor._slab(model.shape).values[model.row] = 0
    np.testing.assert_array_equal(at.values(copy)[0], before)


def test_a_result_that_is_no_tensor_is_refused_with_a_sentence(bench) -> None:
    at = bench()
    with pytest.raises(TypeError, match=r"nothing must return a tensor or a tuple of tensors, not float"):

        @kernel
        def nothing(model: torch.Tensor) -> float:
            return 1.0

        at.executor.describe(nothing, (at.vector(0),), ())
