import os

import pytest
import torch

from cosim.learning.repeatable import prepare_cublas, repeatable


def settings() -> tuple[object, ...]:
    return (
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,
        torch.backends.cuda.matmul.allow_tf32,
        torch.backends.cudnn.allow_tf32,
        torch.backends.cudnn.benchmark,
    )


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_everything_is_left_as_it_was_even_after_a_failure(device) -> None:
    before = settings()
    with pytest.raises(ZeroDivisionError), repeatable(torch.device(device), 2):
        raise ZeroDivisionError
    assert settings() == before


def test_on_a_cpu_only_the_threads_change() -> None:
    before = settings()
    with repeatable(torch.device("cpu"), before[0] + 1):
        assert settings() == (before[0] + 1, *before[1:])


def test_on_a_gpu_products_are_exact_and_algorithms_repeat_their_bits() -> None:
    torch.backends.cudnn.benchmark = True
    try:
        with repeatable(torch.device("cuda"), 1):
            assert settings() == (1, True, False, False, False, False)
        assert torch.backends.cudnn.benchmark
    finally:
        torch.backends.cudnn.benchmark = False


def test_a_users_workspace_of_cublas_is_kept(monkeypatch) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    prepare_cublas()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    prepare_cublas()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"
