"""Numbers with units for people: SI prefixes, times, shares."""

import math
from dataclasses import dataclass
from numbers import Real

PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))
"""SI prefixes, largest first (The International System of Units, 9th edition, 2019, table 7)."""

WHOLE = {"B", "bit"}
"""Units of things that are counted: they take no prefix below one."""

LONG_TIMES = ((2 * 86400.0, 86400.0, "d"), (3 * 3600.0, 3600.0, "h"), (0.0, 1.0, "s"))
"""From which seconds on, which unit is used (The International System of Units, 9th edition, 2019, table 8)."""

UNKNOWN = "not known"


@dataclass(frozen=True)
class Scale:
    """A unit for people and how many of the plain unit it is."""

    factor: float
    unit: str


def scale(largest: float, unit: str) -> Scale:
    """The prefix with which a magnitude reads as a number from 1 to 1000.

    Args:
        largest: the largest magnitude to be shown, in the plain unit; zero and what is not finite get no prefix.
        unit: the plain unit; "s" passes to hours and days where it gets long, "B" and "bit" take no prefix below one.
    """
    size = abs(largest)
    if not math.isfinite(size) or size == 0.0:
        return Scale(1.0, unit)
    if unit == "s" and size >= 1.0:
        return next(Scale(factor, name) for start_s, factor, name in LONG_TIMES if size >= start_s)
    floor = 1.0 if unit in WHOLE else PREFIXES[-1][0]
    allowed = [(factor, prefix) for factor, prefix in PREFIXES if factor >= floor]
    # 1 - 5e-5: what rounds to 1000 at four digits is written with the next prefix
    factor, prefix = next((pair for pair in allowed if size >= pair[0] * (1 - 5e-5)), allowed[-1])
    return Scale(factor, prefix + unit)


def text(value: object, unit: str = "", digits: int = 4) -> str:
    """A number with its unit and a fitting prefix, or "not known" for None and for what is not a number."""
    number = finite(value)
    if number is None:
        return UNKNOWN
    chosen = scale(number, unit) if unit else Scale(1.0, "")
    return f"{plain(number / chosen.factor, digits)} {chosen.unit}".rstrip()


def plain(value: float, digits: int = 4) -> str:
    """A number with so many significant digits; a whole number below 1e9 with all of them, an exact one without zeros.

    Thousands are set apart by a narrow space; very large and very small numbers get an exponent.
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else UNKNOWN
    if abs(value) >= 1e9 or abs(value) < 1e-5:
        return f"{value:.{digits - 1}e}"
    exponent = int(f"{value:.{digits - 1}e}".split("e")[1])
    places = 0 if float(value).is_integer() else digits - 1 - exponent
    shown = f"{round(value, places):,.{max(places, 0)}f}"
    exact = math.isclose(float(shown.replace(",", "")), value, rel_tol=1e-12)
    short = shown.rstrip("0").rstrip(".") if exact and "." in shown else shown
    return short.replace(",", "\u202f")


def percent(value: object) -> str:
    """A share from 0 to 1 in percent with one decimal."""
    number = finite(value)
    return UNKNOWN if number is None else f"{100 * number:.1f} %"


def finite(value: object) -> float | None:
    """A value as a float, or None where it is no finite number; numbers of numpy are numbers too."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    number = float(value)
    return number if math.isfinite(number) else None
