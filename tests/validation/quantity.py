"""One quantity compared with a reference: its points, how far they are apart, and how far they may be."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Measure = Literal["absolute", "relative", "standard errors"]
"""What a deviation is: a difference, a share of the reference, or a number of the reference's standard errors."""


class Point(NamedTuple):
    """One number of ours beside one of the reference.

    Attributes:
        series: points that lie on one curve.
        x: where on the curve.
        ours: what our model says.
        theirs: what the reference says.
        error: standard error of the difference, where the reference (or ours) is a sample.
    """

    series: str
    x: float
    ours: float
    theirs: float
    error: float = 0.0


@dataclass(frozen=True)
class Quantity:
    """Points of one kind, and the largest deviation that counts as agreement.

    A relative or absolute deviation is also excused within `errors` standard errors of its point.
    """

    name: str
    table: str
    points: Sequence[Point]
    tolerance: float
    measure: Measure = "absolute"
    unit: str = "1"
    x_label: str = ""
    errors: float = 3.0
    note: str = ""
    logarithmic: bool = False

    def deviation(self, point: Point) -> float:
        """How far a point is off, in the quantity's measure; infinite where only one of the two is a number."""
        if math.isnan(point.ours) and math.isnan(point.theirs):
            return 0.0
        difference = abs(point.ours - point.theirs)
        if math.isnan(difference):
            return math.inf
        if self.measure == "relative":
            return 0.0 if difference == 0.0 else difference / abs(point.theirs) if point.theirs else math.inf
        if self.measure == "standard errors":
            return 0.0 if difference == 0.0 else difference / point.error if point.error else math.inf
        return difference

    def passes(self, point: Point) -> bool:
        """Whether a point agrees."""
        if self.deviation(point) <= self.tolerance:
            return True
        return self.measure != "standard errors" and abs(point.ours - point.theirs) <= self.errors * point.error

    @property
    def worst(self) -> float:
        """The largest deviation of all points."""
        return float(max(map(self.deviation, self.points), default=math.inf))

    @property
    def excused(self) -> int:
        """Points beyond the tolerance that lie within the standard errors."""
        return int(sum(self.passes(point) and self.deviation(point) > self.tolerance for point in self.points))

    @property
    def agrees(self) -> bool:
        """Whether all points agree, and there are some."""
        return bool(self.points) and all(map(self.passes, self.points))

    def row(self) -> dict[str, Any]:
        """The quantity as one entry of `validation.json`."""
        return {
            "quantity": self.name,
            "table": self.table,
            "rows": len(self.points),
            "worst_deviation": self.worst if math.isfinite(self.worst) else None,
            "tolerance": float(self.tolerance),
            "measure": self.measure,
            "unit": self.unit,
            "within_standard_errors": self.excused,
            "pass": self.agrees,
            "note": self.note,
        }
