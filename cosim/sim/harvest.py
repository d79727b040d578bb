"""What charges a battery while it is used: the parts of the section `harvest`, within a battery.

Income is piecewise constant in time, so that what it adds up to is exact.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, Protocol, final, runtime_checkable

from pydantic import Field

from cosim.part import Fraction, NonNegative, Positive, PositiveFraction, part
from cosim.rng import stream

DAY_S = 86400.0
TimeOfDay = Annotated[float, Field(ge=0, le=DAY_S)]


class Income(Protocol):
    """The power that comes in at one peer."""

    def step(self, time_s: float) -> tuple[float, float]:
        """Until when the power of a time lasts, and that power [W]."""
        ...


@runtime_checkable
class Harvest(Protocol):
    """A source of energy beside the battery."""

    def income(self, seed: int) -> Income:
        """Its power in a world."""
        ...


class Steady(NamedTuple):
    """The same power for ever."""

    power_w: float

    def step(self, time_s: float) -> tuple[float, float]:
        """For ever."""
        return math.inf, self.power_w


@final
@part
class ConstantHarvest:
    """Constant power, at day and night.

    Attributes:
        power_w: what the harvester delivers to the battery.
    """

    source: ClassVar[str] = "constant power, given by the user"

    power_w: NonNegative

    def income(self, seed: int) -> Income:
        """The same power for ever."""
        return Steady(self.power_w)


@final
@part
class DayCurve:
    """A solar panel: between sunrise and sunset half a sine, every day the same but for clouds.

    P = area x efficiency x peak irradiance x sin(pi (t - sunrise) / (sunset - sunrise)), a common shape of a clear day
    (C: neither latitude, season nor the panel's tilt). In each step the power is the mean of the curve over it, so a
    day's energy, 2/pi of the peak times the day's length, is exact.

    Attributes:
        area_m2: of the panel.
        efficiency: of the panel and the charger together.
        peak_w_per_m2: irradiance at noon; 1000 W/m2 is the standard test condition of panels (IEC 60904-3).
        sunrise_s: time of day at which it begins.
        sunset_s: time of day at which it ends.
        starts_at_s: time of day when the simulation begins.
        clouds: a day keeps a share of its power drawn evenly from 1 - clouds to 1, the same for all peers.
        step_s: length of a step.
    """

    source: ClassVar[str] = "half a sine between sunrise and sunset (C); 1000 W/m2 by IEC 60904-3 (B)"

    area_m2: Positive
    efficiency: PositiveFraction
    peak_w_per_m2: Positive = 1000.0
    sunrise_s: TimeOfDay = 21600.0
    sunset_s: TimeOfDay = 64800.0
    starts_at_s: TimeOfDay = 0.0
    clouds: Fraction = 0.0
    step_s: Annotated[float, Field(ge=1.0, le=DAY_S)] = 300.0

    def __post_init__(self) -> None:
        if self.sunset_s <= self.sunrise_s:
            raise ValueError(f"sunset_s ({self.sunset_s:g} s) must be later than sunrise_s ({self.sunrise_s:g} s)")

    def income(self, seed: int) -> Income:
        """The days of a world."""
        return Days(self, seed)


class Days:
    """The days of a panel in one world."""

    def __init__(self, curve: DayCurve, seed: int) -> None:
        self._curve = curve
        self._seed = seed
        self._shares: dict[int, float] = {}

    def _share(self, day: int) -> float:
        """What clouds leave of a day."""
        if day not in self._shares:
            self._shares[day] = 1.0 - self._curve.clouds * float(stream(self._seed, "clouds", day).random())
        return self._shares[day]

    def step(self, time_s: float) -> tuple[float, float]:
        """See Income."""
        curve = self._curve
        day = math.floor((time_s + curve.starts_at_s) / DAY_S)
        midnight_s = day * DAY_S - curve.starts_at_s
        sunrise_s, sunset_s = midnight_s + curve.sunrise_s, midnight_s + curve.sunset_s
        if time_s < sunrise_s:
            return sunrise_s, 0.0
        if time_s >= sunset_s:
            return sunrise_s + DAY_S, 0.0
        turn = math.floor((time_s - sunrise_s) / curve.step_s)
        while sunrise_s + (turn + 1) * curve.step_s <= time_s:
            turn += 1
        begin_s, end_s = turn * curve.step_s, min((turn + 1) * curve.step_s, sunset_s - sunrise_s)
        length_s = sunset_s - sunrise_s
        angles = math.pi * begin_s / length_s, math.pi * end_s / length_s
        mean = (math.cos(angles[0]) - math.cos(angles[1])) / (angles[1] - angles[0])
        peak_w = curve.area_m2 * curve.efficiency * curve.peak_w_per_m2
        return min(sunrise_s + end_s, sunset_s), peak_w * mean * self._share(day)


@final
@part
class TraceHarvest:
    """Power measured by somebody: a CSV file with the columns time_s and w.

    Each power holds from its time until the next row's; nothing comes in before the first, and the last one holds for
    ever unless the trace repeats.

    Attributes:
        path: the file.
        repeat_s: length of a period after which the trace begins again; null for never.
        scale: factor on all powers, such as another panel's area over the measured one's.
    """

    source: ClassVar[str] = "a measured trace of the user"

    path: str
    repeat_s: Positive | None = None
    scale: NonNegative = 1.0

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The file must be there, and make sense."""
        try:
            rows = read_trace(self.path)
        except ValueError as error:
            yield ("path",), str(error)
            return
        if self.repeat_s is not None and rows[-1][0] >= self.repeat_s:
            yield ("repeat_s",), f"the trace lasts until {rows[-1][0]:g} s: a period must be longer"

    def income(self, seed: int) -> Income:
        """The powers of the file."""
        return Traced(read_trace(self.path), self.repeat_s, self.scale)


class Traced:
    """The powers of a trace."""

    def __init__(self, rows: tuple[tuple[float, float], ...], repeat_s: float | None, scale: float) -> None:
        begun = rows if rows[0][0] == 0.0 else ((0.0, 0.0), *rows)
        self._starts_s = [time_s for time_s, _ in begun]
        self._watts = [power_w * scale for _, power_w in begun]
        self._period_s = math.inf if repeat_s is None else repeat_s

    def step(self, time_s: float) -> tuple[float, float]:
        """See Income."""
        turn = 0 if self._period_s == math.inf else math.floor(time_s / self._period_s)
        since_s = turn * self._period_s if turn else 0.0
        place = max(bisect_right(self._starts_s, time_s - since_s) - 1, 0)
        while self._end_s(turn, place) <= time_s:  # what a division says may be off by its last bit
            turn, place = (turn, place + 1) if place + 1 < len(self._watts) else (turn + 1, 0)
        return self._end_s(turn, place), self._watts[place]

    def _end_s(self, turn: int, place: int) -> float:
        """When a row ends in a turn of the period."""
        if place + 1 == len(self._starts_s):
            return (turn + 1) * self._period_s
        return (turn * self._period_s if turn else 0.0) + self._starts_s[place + 1]


@lru_cache(maxsize=16)
def read_trace(path: str) -> tuple[tuple[float, float], ...]:
    """The rows (time [s], power [W]) of a trace.

    Raises:
        ValueError: the file cannot be read or is malformed; the sentence names file and line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]
    if not numbered or [name.strip() for name in numbered[0][1].split(",")] != ["time_s", "w"]:
        first = numbered[0][0] if numbered else 1
        raise ValueError(f"{path}:{first}: the header of a trace of power is time_s,w")
    rows: list[tuple[float, float]] = []
    for number, line in numbered[1:]:
        rows.append(_row(f"{path}:{number}", line, rows[-1][0] if rows else -1.0))
    if not rows:
        raise ValueError(f"{path}:{numbered[0][0]}: a trace of power has at least one row")
    return tuple(rows)


def _row(place: str, line: str, before_s: float) -> tuple[float, float]:
    cells = line.split(",")
    try:
        time_s, power_w = (float(cell) for cell in cells)
    except ValueError:
        raise ValueError(f"{place}: a row is a time and a power, not {line!r}") from None
    if not (0.0 <= time_s < math.inf and time_s > before_s):
        raise ValueError(f"{place}: times are at least 0 and rise, {time_s:g} s does not")
    if not 0.0 <= power_w < math.inf:
        raise ValueError(f"{place}: power is finite and not negative, not {power_w:g} W")
    return time_s, power_w
