"""The numbers of two runs, one beside the other."""

from dataclasses import dataclass
from typing import Any, Literal, final

Unit = Literal["share", "B", "J", "s", "1"]

QUANTITIES: tuple[tuple[str, Unit, str], ...] = (
    ("accuracy, mean over peers", "share", "accuracy_mean"),
    ("accuracy, worst peer", "share", "accuracy_min"),
    ("accuracy of the mean model", "share", "accuracy_of_mean_model"),
    ("bytes, payload", "B", "payload_bytes"),
    ("bytes, on air", "B", "bytes_on_air"),
    ("bytes, delivered", "B", "bytes_delivered"),
    ("energy, total", "J", "energy_j.total"),
    ("energy, computing", "J", "energy_j.compute"),
    ("energy, transmitting", "J", "energy_j.transmit"),
    ("energy, receiving", "J", "energy_j.receive"),
    ("energy, idle", "J", "energy_j.idle"),
    ("energy, idle baseline", "J", "energy_j_idle_baseline"),
    ("energy, above idle", "J", "energy_j_marginal"),
    ("simulated time", "s", "simulated_s"),
    ("messages sent", "1", "messages_sent"),
    ("messages delivered", "1", "messages_delivered"),
    ("peers with an empty battery", "1", "deaths"),
)
"""What is compared: its name, unit, and place in a summary."""


@final
@dataclass(frozen=True)
class Pair:
    """One quantity of two runs; None where a run does not know it.

    Attributes:
        name: what it is.
        unit: "share" is a number from 0 to 1, "1" a count.
        before: in the run.
        after: in the changed one.
    """

    name: str
    unit: Unit
    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        """After minus before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def percent(self) -> float | None:
        """The difference in percent of before; None where that is 0."""
        difference = self.difference
        return None if difference is None or not self.before else 100.0 * difference / self.before


def pairs(before: dict[str, Any], after: dict[str, Any]) -> list[Pair]:
    """The quantities of two summaries."""
    return [Pair(name, unit, _number(before, place), _number(after, place)) for name, unit, place in QUANTITIES]


def _number(summary: dict[str, Any], place: str) -> float | None:
    value: Any = summary
    for step in place.split("."):
        value = value.get(step)
    if isinstance(value, dict):
        return float(len(value))
    return None if value is None else float(value)
