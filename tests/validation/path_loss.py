"""Our path losses beside those of a table, row by row.

The columns `model`, `params`, `h1_m`, `h2_m`, `d2d_m` and `d3d_m` of a row say which function is called with what; any
frequency, exponent, height or surroundings may stand there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from quantity import Point, Quantity

from radio_models.hata import NS3_COST231_TERMINAL_SLOPE, NS3_OPEN_QUADRATIC, cost231_hata_db, okumura_hata_db
from radio_models.itu_p1411 import line_of_sight_db
from radio_models.kun import kun_2600_mhz_db
from radio_models.propagation import free_space_db, log_distance_db, three_log_distance_db, two_ray_ground_db
from radio_models.tr38901 import VALIDITY, Site, path_loss_db

TOLERANCE_DB = 1e-4
NS3_COST231_MARGIN_DB = 10.0
"""What ns-3 adds to COST 231 unless told otherwise, and calls shadowing."""
UMI_BASE_HEIGHT_M = 10.0
"""In UMi ns-3 takes the antenna at this height for the base station, even if the other one is higher."""
PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


class Asked(NamedTuple):
    """What a row asks for."""

    words: tuple[str, ...]
    values: Mapping[str, str]
    heights_m: tuple[float, float]
    planar_m: float
    straight_m: float

    def number(self, *names: str, default: float | None = None) -> float:
        """A parameter by any of its names, in SI units."""
        for name in names:
            if name in self.values:
                return si(self.values[name])
        if default is None:
            raise ValueError(f"no {' or '.join(names)} among {dict(self.values)}")
        return default

    def numbers(self, *names: str) -> tuple[float, ...]:
        """Parameters written as a/b/c under any of their names, or as name0, name1, ..."""
        for name in names:
            if name in self.values:
                return tuple(si(text) for text in self.values[name].split("/"))
            if f"{name}0" in self.values:
                return tuple(si(self.values[f"{name}{i}"]) for i in range(3))
        raise ValueError(f"no {' or '.join(names)} among {dict(self.values)}")

    @property
    def frequency_hz(self) -> float:
        return self.number("f", "frequency")

    def says(self, *words: str) -> bool:
        """Whether one of these words, in small letters, stands in the row by itself or as a value."""
        written = {*self.words, *(text.lower() for text in self.values.values())}
        return any(word in written for word in words)


def si(text: str) -> float:
    """A number with a unit, such as 2.4GHz, 500m, 1.2km, 46.6777dB or 30."""
    found = re.match(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)([kMG]?)(?:Hz|m|dB|dBm)?$", text)
    if found is None:
        raise ValueError(f"not a number with a unit: {text!r}")
    return float(found[1]) * PREFIXES[found[2]]


def asked(row: Mapping[str, str]) -> Asked:
    """The cells of a row, read."""
    text = re.sub(r"\(.*?\)", " ", row["params"]).replace(",", " ").replace(";", " ")
    pairs = [entry.partition("=") for entry in text.split()]
    values = {name.lower(): value for name, sign, value in pairs if sign and value}
    words = tuple(name.lower() for name, sign, _ in pairs if not sign)
    heights_m = float(row["h1_m"]), float(row["h2_m"])
    return Asked(words, values, heights_m, float(row["d2d_m"]), float(row["d3d_m"]))


def _friis(row: Asked) -> float:
    hardware = {"system_loss": row.number("systemloss", default=1.0), "least_loss_db": row.number("minloss", default=0)}
    return float(free_space_db(row.straight_m, row.frequency_hz, **hardware))


def _log_distance(row: Asked) -> float:
    reference_m = row.number("ref", "refdist", "referencedistance", default=1.0)
    reference_db = row.number("refloss", "referenceloss")
    return float(log_distance_db(row.straight_m, row.number("exponent", "exp", "n"), reference_db, reference_m))


def _three_log_distance(row: Asked) -> float:
    exponents, starts_m = row.numbers("exp", "exponent"), row.numbers("d", "distance")
    return float(three_log_distance_db(row.straight_m, exponents, starts_m, row.number("refloss", "referenceloss")))


def _two_ray_ground(row: Asked) -> float:
    raised_m = row.number("heightabovez", default=0.0)
    heights_m = row.heights_m[0] + raised_m, row.heights_m[1] + raised_m
    hardware = {
        "nearest_m": row.number("mindistance", default=0.5),
        "system_loss": row.number("systemloss", default=1.0),
    }
    return float(two_ray_ground_db(row.straight_m, row.frequency_hz, heights_m, **hardware))


def _itu_p1411(row: Asked) -> float:
    return float(line_of_sight_db(row.straight_m, row.frequency_hz, row.heights_m, extrapolate=True))


def _kun(row: Asked) -> float:
    return float(kun_2600_mhz_db(row.straight_m))


def _cost231(row: Asked) -> float:
    base_m = row.number("hbs", "bsantennaheight", default=max(row.heights_m))
    terminal_m = row.number("hss", "hms", "ssantennaheight", default=min(row.heights_m))
    ns3 = {
        "margin_db": row.number("shadowing", default=NS3_COST231_MARGIN_DB),
        "nearest_m": row.number("mindistance", default=0.5),
        "terminal_slope": NS3_COST231_TERMINAL_SLOPE,
    }
    return float(cost231_hata_db(row.straight_m, row.frequency_hz, base_m, terminal_m, **ns3, extrapolate=True))


def _okumura_hata(row: Asked) -> float:
    environment = "urban"
    if row.says("suburban", "suburbanenvironment"):
        environment = "suburban"
    elif row.says("openareas", "open", "openarea", "openareasenvironment"):
        environment = "open"
    city = "large"
    if row.says("smallcity", "small", "mediumcity", "medium"):
        city = "small"
    where = {"environment": environment, "city": city, "open_quadratic": NS3_OPEN_QUADRATIC}
    heights_m = max(row.heights_m), min(row.heights_m)
    return float(okumura_hata_db(row.straight_m, row.frequency_hz, *heights_m, **where, extrapolate=True))


def _tr38901(scenario: str, line_of_sight: bool) -> Callable[[Asked], float]:
    def loss_db(row: Asked) -> float:
        base_m, terminal_m = max(row.heights_m), min(row.heights_m)
        if scenario == "umi_street_canyon" and terminal_m == UMI_BASE_HEIGHT_M:
            base_m, terminal_m = terminal_m, base_m
        site = Site(
            frequency_hz=row.frequency_hz,
            base_height_m=base_m,
            terminal_height_m=terminal_m,
            building_height_m=row.number("h", "avgbuildingheight", default=5.0),
            street_width_m=row.number("w", "avgstreetwidth", default=20.0),
        )
        return float(path_loss_db(row.planar_m, scenario, site, line_of_sight=line_of_sight, extrapolate=True))

    return loss_db


LOSSES: dict[str, Callable[[Asked], float]] = {
    "friis": _friis,
    "logdistance": _log_distance,
    "threelogdistance": _three_log_distance,
    "tworayground": _two_ray_ground,
    "itu_r_1411_los": _itu_p1411,
    "kun2600mhz": _kun,
    "cost231": _cost231,
    "okumura_hata": _okumura_hata,
    **{
        f"3gpp_{scenario}_{suffix}": _tr38901(scenario, suffix == "los")
        for scenario in VALIDITY
        for suffix in ("los", "nlos")
    },
}
"""The model of a row by the name the table has for it."""


def points(table: Sequence[Mapping[str, str]]) -> list[Point]:
    """Every row of a table of path losses, beside what our functions say [dB].

    Raises:
        ValueError: a row names a model or a parameter that is not known.
    """
    result: list[Point] = []
    for row in table:
        if row["model"] not in LOSSES:
            raise ValueError(f"a table of path losses has the unknown model {row['model']!r}")
        series = f"{row['model']} {row['params']}"
        ours_db = LOSSES[row["model"]](asked(row))
        result.append(Point(series, float(row["d2d_m"]), ours_db, float(row["loss_dB"])))
    return result


def compare(table: Sequence[Mapping[str, str]]) -> list[Quantity]:
    """Path losses, model by model, to 1e-4 dB."""
    found: dict[str, list[Point]] = {}
    for row, point in zip(table, points(table), strict=True):
        found.setdefault(row["model"], []).append(point)
    return [
        Quantity(f"path loss {model}", "path_loss.csv", some, TOLERANCE_DB, unit="dB", x_label="distance in m")
        for model, some in found.items()
    ]
