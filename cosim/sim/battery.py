"""What feeds a peer: the parts of the section `power`, and when a battery runs empty."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Protocol, final

from pydantic import Field

from cosim.part import Fraction, PartOf, Positive, PositiveFraction, part
from cosim.sim.charge import Charge, Tank, TwoWells
from cosim.sim.harvest import Harvest

MONTH_S = 30 * 86400.0

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


@part
class Cell(ABC):
    """What batteries share: how much they hold, lose and give.

    Attributes:
        capacity_j: energy of the full battery (1 Wh = 3600 J).
        initial_fraction: charge at the start, of what is usable.
        usable_fraction: share of the capacity that may be drawn, down to the cut-off or the depth of discharge.
        self_discharge_per_month: share of the capacity lost in 30 days by itself, at a constant power.
        nominal_v: voltage by which currents are reckoned; null for none.
        continuous_a: largest current for long; null for none known.
        peak_a: largest current for a moment; null for none known.
        source: where the numbers come from.
    """

    prices: ClassVar[frozenset[str]] = frozenset({
        "capacity_j", "initial_fraction", "usable_fraction", "self_discharge_per_month", "nominal_v", "continuous_a",
        "peak_a", "source",
    })  # fmt: skip
    """Parameters that set joules and nothing else, as long as the battery lasts."""

    capacity_j: Positive
    initial_fraction: Fraction = 1.0
    usable_fraction: PositiveFraction = 1.0
    self_discharge_per_month: Fraction = 0.0
    nominal_v: Positive | None = None
    continuous_a: Positive | None = None
    peak_a: Positive | None = None
    source: str = "given by the user"

    @property
    def usable_j(self) -> float:
        """Energy that can be drawn from the full battery [J]."""
        return self.usable_fraction * self.capacity_j

    @property
    def initial_j(self) -> float:
        """Energy that can be drawn at the start [J]."""
        return self.initial_fraction * self.usable_j

    @property
    def leak_w(self) -> float:
        """Power of self-discharge [W]."""
        return self.self_discharge_per_month * self.capacity_j / MONTH_S

    def fraction(self, remaining_j: float) -> float:
        """Charge left, of what is usable."""
        return remaining_j / self.usable_j

    @abstractmethod
    def charge(self, seed: int) -> Charge | None:
        """How it holds its charge, where that is more than a sum."""

    @property
    @abstractmethod
    def follows_time(self) -> bool:
        """Whether its charge depends on when something is drawn, and not on how much alone."""


@final
@part
class Battery(Cell):
    """An ideal store: what was put in can be drawn at any power.

    A battery that a harvest charges keeps at most its capacity. A peer whose battery has run empty stays off, even if
    more comes in.

    Attributes:
        harvest: what charges it; null for nothing.
    """

    harvest: Annotated[Harvest | None, PartOf("harvest")] = None

    def charge(self, seed: int) -> Charge | None:
        """A tank, if it is charged."""
        return None if self.harvest is None else Tank(self.usable_j, self.initial_j, self.harvest.income(seed))

    @property
    def follows_time(self) -> bool:
        """Where something comes in or leaks out."""
        return self.harvest is not None or self.self_discharge_per_month > 0.0


@final
@part
class KineticBattery(Cell):
    """The kinetic battery model: a battery that gives less at high power, and recovers at rest.

    See `cosim.sim.charge.TwoWells`. What is bound when it runs empty stays in it.

    Attributes:
        available_fraction: c, the share of the charge that is available at once, when full.
        rate_per_s: k', by which bound charge becomes available; k / (c (1 - c)) of the model's k.
    """

    prices: ClassVar[frozenset[str]] = Cell.prices | {"available_fraction", "rate_per_s"}
    """Parameters that set joules and nothing else, as long as the battery lasts."""

    available_fraction: Annotated[float, Field(gt=0, lt=1)]
    rate_per_s: Positive

    def charge(self, seed: int) -> Charge:
        """Two wells of one height."""
        available_j = self.available_fraction * self.initial_j
        return TwoWells(available_j, self.initial_j - available_j, self.available_fraction, self.rate_per_s)

    @property
    def follows_time(self) -> bool:
        """Always."""
        return True


cr2032 = Battery(
    capacity_j=0.66 * 3600,
    self_discharge_per_month=0.01 / 12,
    nominal_v=3.0,
    continuous_a=0.003,
    peak_a=0.015,
    source="CR2032 data sheets: 225 mAh, 0.66 Wh, 1 % a year, 3 mA for long, 15 mA in pulses (B)",
)
"""A lithium coin cell (B)."""

two_aa = Battery(
    capacity_j=7.5 * 3600,
    self_discharge_per_month=0.03 / 12,
    nominal_v=3.0,
    continuous_a=0.5,
    peak_a=1.5,
    source="two alkaline AA in series, data sheets: 2500 mAh at 3 V, 3 % a year, 0.5 A for long, 1.5 A in pulses (B)",
)
"""Two alkaline cells of size AA in series (B)."""

li_ion_18650 = Battery(
    capacity_j=2.6 * 3.6 * 3600,
    self_discharge_per_month=0.02,
    nominal_v=3.6,
    continuous_a=2.6,
    peak_a=5.2,
    source="18650 data sheets: 2600 mAh at 3.6 V, 2 % a month, 1 C for long, 2 C in pulses (B)",
)
"""A lithium-ion cell of size 18650 (B)."""


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
    for until_s, watts in total(now_s, plans):
        if watts > 0:
            if watts * (until_s - since_s) >= left_j:
                return min(until_s, since_s + left_j / watts)
            left_j -= watts * (until_s - since_s)
        since_s = until_s
    return math.inf


def total(now_s: float, plans: Sequence[PowerPlan]) -> Iterator[tuple[float, float]]:
    """The sum of plans, from now on: (until [s], watts) in order of time."""
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
