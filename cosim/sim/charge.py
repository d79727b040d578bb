"""How a battery holds its charge where that is more than a sum: while it is charged, or in two wells."""

import math
from typing import Protocol, final

from cosim.sim.harvest import Income

MOST_STEPS = 64
"""Steps of income that a prediction follows before it is made anew."""

Reached = tuple[float, bool]
"""A time, and whether the charge is at a level then, or only known up to then."""


class Charge(Protocol):
    """A charge that changes in time."""

    harvested_j: float
    spilled_j: float

    @property
    def remaining_j(self) -> float:
        """All that is stored [J]."""
        ...

    @property
    def available_j(self) -> float:
        """What could be drawn at once [J]."""
        ...

    def advance(self, start_s: float, end_s: float, power_w: float) -> None:
        """Draw a power between two times."""
        ...

    def take(self, energy_j: float) -> None:
        """Draw an amount at once, at most what is available."""
        ...

    def reached(self, level_j: float, start_s: float, end_s: float, power_w: float) -> Reached:
        """When between two times the charge falls to a level, or is empty; the end, or an earlier time, if not."""
        ...

    def copy(self) -> "Charge":
        """The same charge, to look ahead with."""
        ...

    def drain(self) -> None:
        """The battery is found empty: what is available is 0, not a rest of rounding."""
        ...


@final
class Tank:
    """An ideal store that is charged while it is used; what comes in when it is full is spilled."""

    def __init__(self, capacity_j: float, initial_j: float, income: Income) -> None:
        self.harvested_j = 0.0
        self.spilled_j = 0.0
        self._capacity_j = capacity_j
        self._charge_j = initial_j
        self._income = income

    @property
    def remaining_j(self) -> float:
        """All that is stored."""
        return self._charge_j

    @property
    def available_j(self) -> float:
        """The same."""
        return self._charge_j

    def advance(self, start_s: float, end_s: float, power_w: float) -> None:
        """See Charge."""
        while start_s < end_s:
            until_s, income_w = self._income.step(start_s)
            until_s = min(until_s, end_s)
            duration_s = until_s - start_s
            self.harvested_j += income_w * duration_s
            charge_j = self._charge_j + (income_w - power_w) * duration_s
            if charge_j > self._capacity_j:
                self.spilled_j += charge_j - self._capacity_j
                charge_j = self._capacity_j
            self._charge_j = max(charge_j, 0.0)
            start_s = until_s

    def take(self, energy_j: float) -> None:
        """See Charge."""
        self._charge_j = max(self._charge_j - energy_j, 0.0)

    def reached(self, level_j: float, start_s: float, end_s: float, power_w: float) -> Reached:
        """See Charge."""
        charge_j = self._charge_j
        for _ in range(MOST_STEPS):
            if start_s >= end_s:
                break
            until_s, income_w = self._income.step(start_s)
            until_s, loss_w = min(until_s, end_s), power_w - income_w
            left_j = charge_j - level_j
            if loss_w > 0.0 and left_j <= loss_w * (until_s - start_s):
                return min(until_s, start_s + max(left_j, 0.0) / loss_w), True
            if until_s == math.inf:
                return math.inf, False
            charge_j = min(charge_j - loss_w * (until_s - start_s), self._capacity_j)
            start_s = until_s
        return start_s, False

    def copy(self) -> "Tank":
        """See Charge."""
        return Tank(self._capacity_j, self._charge_j, self._income)

    def drain(self) -> None:
        """See Charge."""
        self._charge_j = 0.0


@final
class TwoWells:
    """The kinetic battery model: an available and a bound charge, between which energy flows.

    J. F. Manwell, J. G. McGowan, "Lead acid battery storage model for hybrid energy systems", Solar Energy 50(5), 1993:
    dy1/dt = -P + k (h2 - h1), dy2/dt = -k (h2 - h1) with h1 = y1 / c, h2 = y2 / (1 - c), here of energy at constant
    voltage instead of charge. With k' = k / (c (1 - c)) and y0 = y1 + y2, a constant power gives

        y1(t) = y1 e^(-k't) + (y0 k' c - P) (1 - e^(-k't)) / k' - P c (k't - 1 + e^(-k't)) / k'

    and y1 + y2 falls by P t. It is empty when y1 is: what is bound then is stranded.
    """

    def __init__(self, available_j: float, bound_j: float, share: float, rate_per_s: float) -> None:
        """Two wells.

        Args:
            available_j: y1.
            bound_j: y2.
            share: c, in (0, 1).
            rate_per_s: k', above 0.
        """
        self.harvested_j = 0.0
        self.spilled_j = 0.0
        self._available_j = available_j
        self._total_j = available_j + bound_j
        self._share = share
        self._rate_per_s = rate_per_s

    @property
    def remaining_j(self) -> float:
        """Both wells."""
        return self._total_j

    @property
    def available_j(self) -> float:
        """The first well."""
        return self._available_j

    def _available_after_j(self, duration_s: float, power_w: float) -> float:
        turned = self._rate_per_s * duration_s
        gone = -math.expm1(-turned)
        rate, share = self._rate_per_s, self._share
        kept_j = self._available_j * (1.0 - gone) + (self._total_j * rate * share - power_w) * gone / rate
        return kept_j - power_w * share * (turned - gone) / rate

    def advance(self, start_s: float, end_s: float, power_w: float) -> None:
        """See Charge."""
        duration_s = end_s - start_s
        self._available_j = max(self._available_after_j(duration_s, power_w), 0.0)
        self._total_j = max(self._total_j - power_w * duration_s, 0.0)

    def take(self, energy_j: float) -> None:
        """See Charge."""
        self._available_j = max(self._available_j - energy_j, 0.0)
        self._total_j -= energy_j

    def reached(self, level_j: float, start_s: float, end_s: float, power_w: float) -> Reached:
        """See Charge."""
        if power_w <= 0.0:
            return end_s, False
        # The first well ends at the latest with the last joule.
        low_s, high_s = 0.0, min(end_s - start_s, max(self._total_j - level_j, 0.0) / power_w)
        if self._available_after_j(high_s, power_w) > 0.0:
            at_level = high_s < end_s - start_s
            return start_s + high_s, at_level
        # Positive at first and concave or falling, it crosses zero once.
        while True:
            middle_s = 0.5 * (low_s + high_s)
            if not low_s < middle_s < high_s:
                return start_s + high_s, True
            if self._available_after_j(middle_s, power_w) > 0.0:
                low_s = middle_s
            else:
                high_s = middle_s

    def copy(self) -> "TwoWells":
        """See Charge."""
        return TwoWells(self._available_j, self._total_j - self._available_j, self._share, self._rate_per_s)

    def drain(self) -> None:
        """See Charge."""
        self._available_j = 0.0
