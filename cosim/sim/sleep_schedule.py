"""When receivers sleep: the parts of the section `sleep`."""

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Protocol, final, runtime_checkable

from cosim.part import NonNegative, Positive, part
from cosim.rng import stream


@runtime_checkable
class SleepSchedule(Protocol):
    """Windows in which a receiver listens."""

    def phase_s(self, peer: int, seed: int) -> float:
        """What distinguishes the windows of one peer from those of another."""
        ...

    def window_s(self, phase_s: float, after_s: float) -> tuple[float, float]:
        """The first window that closes after a time: when it opens and when it closes; inf for one that stays open."""
        ...


@final
@part
class Periodic:
    """The receiver listens for a while in every period, and sleeps for the rest.

    It sends whenever it has something to send, waking for it if need be. It is deaf outside its windows, also while up
    for sending. Who sends to it knows nothing of its windows: what comes while it sleeps is lost.

    Attributes:
        period_s: from the beginning of one window to that of the next.
        on_s: length of a window; with that of a period the receiver never sleeps.
        offset_s: when the first window opens; null draws one for each peer from the world's seed.
    """

    source: ClassVar[str] = "periodic listening, by definition (A)"

    period_s: Positive
    on_s: Positive
    offset_s: NonNegative | None = None

    def __post_init__(self) -> None:
        if self.on_s > self.period_s:
            raise ValueError(f"on_s ({self.on_s:g} s) cannot be longer than period_s ({self.period_s:g} s)")

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """There must be time to wake."""
        pause_s, wake_s = self.period_s - self.on_s, scenario.radio.transceiver.wake_s
        if 0.0 < pause_s < wake_s:
            yield ("on_s",), f"{pause_s:g} s of sleep are too short for a transceiver that takes {wake_s:g} s to wake"

    def phase_s(self, peer: int, seed: int) -> float:
        """The offset, or one drawn evenly from a period."""
        if self.offset_s is not None:
            return self.offset_s
        return float(stream(seed, "sleep", peer).random()) * self.period_s

    def window_s(self, phase_s: float, after_s: float) -> tuple[float, float]:
        """Windows open at phase + k period, with k of any sign; the first of them that closes after a time."""
        if self.on_s == self.period_s:
            return -math.inf, math.inf
        turn = math.floor((after_s - phase_s) / self.period_s) - 1
        while phase_s + turn * self.period_s + self.on_s <= after_s:
            turn += 1
        opens_s = phase_s + turn * self.period_s
        return opens_s, opens_s + self.on_s
