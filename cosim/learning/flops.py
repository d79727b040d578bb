"""FLOPs of torch operations, counted while they run."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode, flop_registry

Result = TypeVar("Result")


def flops_of(work: Callable[[], Result]) -> tuple[Result, int]:
    """What a piece of work gives, and FLOPs of its products of matrices, convolutions and attention.

    They are those of torch's counter, `FlopCounterMode`: a multiply-add is two, all else counts nothing. That one
    loads torch's compiler, a second and 70 MB, merely to say that the counter is not to be compiled; so it is asked
    only about work with operations on functions, `torch.cond` for example, which is then done once more.
    """
    # Torch's complaint about such an operation is a RuntimeError; what is wrong with the work itself comes up again.
    with suppress(RuntimeError), _Count() as count:
        return work(), count.total
    with FlopCounterMode(display=False) as counter:
        return work(), counter.get_total_flops()


class _Count(TorchDispatchMode):
    """Counts by the formulas of torch's counter."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False, because torch loads its compiler to tell it what to skip."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count an operation, or else those that it is made of."""
        named = kwargs or {}
        with self:
            result = func.decompose(*args, **named)
        if result is NotImplemented:
            result = func(*args, **named)
            formula = flop_registry.get(func._overloadpacket)
            self.total += 0 if formula is None else formula(*args, **named, out_val=result)
        return result
