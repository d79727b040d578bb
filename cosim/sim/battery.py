"""What feeds a peer: the parts of the section `power`, and when a battery runs empty."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar, Protocol, final

from cosim.part import Fraction, Positive, part

PowerPlan = Sequence[tuple[float, float]]
"""Piecewise constant power: (until [s], watts) in order of time; the last piece is until infinity."""


class Power(Protocol):
    """A source of energy."""

    @property
    def initial_j(self) -> float:
        """Energy at the start [J]; infinite on mains."""
        ...

    def fraction(self, remaining_j: float) -> float:
        """Charge left, of capacity; 1 on mains."""
        ...


@final
@part
class Mains:
    """Power that never ends."""

    @property
    def initial_j(self) -> float:
        """Infinite."""
        return math.inf

    def fraction(self, remaining_j: float) -> float:
        """Always 1."""
        return 1.0


@final
@part
class Battery:
    """An ideal store: what was put in can be drawn at any power, and nothing leaks.

    Attributes:
        capacity_j: energy of the full battery (1 Wh = 3600 J).
        initial_fraction: charge at the start, of capacity.
    """

    prices: ClassVar[frozenset[str]] = frozenset({"capacity_j", "initial_fraction"})
    """Parameters that set joules and nothing else, as long as the battery lasts."""

    capacity_j: Positive
    initial_fraction: Fraction = 1.0

    @property
    def initial_j(self) -> float:
        """Energy at the start [J]."""
        return self.initial_fraction * self.capacity_j

    def fraction(self, remaining_j: float) -> float:
        """Charge left, of capacity."""
        return remaining_j / self.capacity_j


def depletion_time_s(remaining_j: float, now_s: float, plans: Sequence[PowerPlan]) -> float:
    """When a charge is used up: the earliest t with the integral of all plans from now to t equal to it.

    Exact but for rounding: the power is a step function, so the energy is followed from step to step and the
    step in which it ends is solved for t.

    Args:
        remaining_j: charge now [J].
        now_s: present time [s]; pieces that end by then are ignored.
        plans: one plan per consumer.

    Returns:
        The time [s]; infinity if the charge lasts for ever.

    Raises:
        ValueError: the charge is negative, or a plan is out of order, ends, or has negative power.
    """
    if not remaining_j >= 0:
        raise ValueError(f"a charge cannot be {remaining_j} J")
    for plan in plans:
        _check(plan)
    left_j, since_s = remaining_j, now_s
    if left_j == 0:
        return now_s
    for until_s, watts in _total(now_s, plans):
        if watts > 0:
            if watts * (until_s - since_s) >= left_j:
                return min(until_s, since_s + left_j / watts)
            left_j -= watts * (until_s - since_s)
        since_s = until_s
    return math.inf


def _total(now_s: float, plans: Sequence[PowerPlan]) -> Iterator[tuple[float, float]]:
    """The sum of plans, from now on."""
    ends_s = sorted({until_s for plan in plans for until_s, _ in plan if until_s > now_s})
    for until_s in ends_s:
        yield until_s, sum(next(watts for end_s, watts in plan if end_s >= until_s) for plan in plans)


def _check(plan: PowerPlan) -> None:
    ends_s = [until_s for until_s, _ in plan]
    if not ends_s or ends_s[-1] != math.inf:
        raise ValueError(f"the last piece of a power plan lasts until infinity: {list(plan)}")
    if any(later < earlier for earlier, later in pairwise(ends_s)):
        raise ValueError(f"the pieces of a power plan are in order of time: {list(plan)}")
    if not all(0 <= watts < math.inf for _, watts in plan):
        raise ValueError(f"power is finite and not negative: {list(plan)}")
