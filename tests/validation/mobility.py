"""Movement against the table `mobility_contacts.csv`: speeds, and how long links last.

A row names a model and its parameters; positions are looked at every 0.5 s for 4500 s after 900 s; links are unit
discs. Lives and times between contacts count where they begin and end inside the window, as in the
table.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from quantity import Point, Quantity

from cosim.sim.gauss_markov import GaussMarkov
from cosim.sim.mobility import Mobility, RandomWaypoint, Trajectories
from cosim.sim.random_direction import RandomDirection
from cosim.sim.random_walk import RandomWalk

Rows = Sequence[Mapping[str, str]]

TABLE = "mobility_contacts.csv"
SAMPLE_S = 0.5
WARM_UP_S = 900.0
WINDOW_S = 4500.0
REFERENCE_RUNS = 3
"""Independent runs behind each row of the table."""
SPEED_EVERY = 10
"""Speeds are measured at every tenth sample: they change from leg to leg only."""
SPEED_STEP_S = 1e-3
CHUNK = 500
"""Samples whose distances are computed together."""
RUNS = 4
"""Runs of ours for each row; the same model and parameters are run once."""


@dataclass(frozen=True)
class Contacts:
    """What is measured of one row: in the order of the table's columns."""

    mean_speed: float
    central_fraction: float
    mean_degree: float
    link_life_mean_s: float
    link_life_median_s: float
    inter_contact_mean_s: float
    link_change_rate_per_pair_s: float


def model_of(row: Mapping[str, str]) -> Mobility:
    """The model that a row of the table names.

    Raises:
        ValueError: there is none of this name.
    """
    area_m = (float(row["X_m"]), float(row["Y_m"]))
    speed = (float(row["v0"]), float(row["v1"]))
    pause_s = float(row["pause_s"])
    match row["model"]:
        case "rwp" | "ss_rwp":
            return RandomWaypoint(area_m=area_m, speed_m_per_s=speed, pause_s=pause_s)
        case "gauss_markov":
            return GaussMarkov(area_m=area_m, speed_m_per_s=speed, alpha=float(row["alpha"]))
        case "random_walk":
            return RandomWalk(area_m=area_m, speed_m_per_s=speed, leg_s=10.0)
        case "random_direction":
            return RandomDirection(area_m=area_m, speed_m_per_s=speed, pause_s=pause_s)
        case other:
            raise ValueError(f"the table names a mobility model that is not here: {other!r}")


def measure(row: Mapping[str, str], runs: int, window_s: float = WINDOW_S) -> list[Contacts]:
    """Independent runs of a row's model."""
    return [_measure(row, seed, window_s) for seed in range(1, runs + 1)]


def _measure(row: Mapping[str, str], seed: int, window_s: float) -> Contacts:
    peers, radius_m = int(row["N"]), float(row["R_m"])
    area_m = np.array([float(row["X_m"]), float(row["Y_m"])])
    paths = model_of(row).trajectories(peers, seed, 0)
    times_s = WARM_UP_S + SAMPLE_S * np.arange(round(window_s / SAMPLE_S))
    places_m, speed = _places_m(paths, times_s)
    up = _links(places_m, radius_m)
    up_s, down_s = (SAMPLE_S * durations(up, state) for state in (True, False))
    inside = (np.abs(places_m / area_m - 0.5) <= 0.25).all(axis=-1)
    return Contacts(
        speed,
        float(inside.mean()),
        2.0 * float(up.mean()) * up.shape[1] / peers,
        _mean(up_s),
        float(np.median(up_s)) if len(up_s) else math.nan,
        _mean(down_s),
        float(np.count_nonzero(np.diff(up, axis=0))) / up.shape[1] / window_s,
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else math.nan


def _places_m(paths: Trajectories, times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Places at all times, shape (times, peers, 2), and the mean speed [m/s]."""
    places_m, steps_m = list[NDArray[np.float64]](), list[float]()
    for i, time_s in enumerate(times_s.tolist()):
        places_m.append(paths.positions_m(time_s))
        if i % SPEED_EVERY == 0:
            step_m = paths.positions_m(time_s + SPEED_STEP_S) - places_m[-1]
            steps_m.append(float(np.hypot(step_m[:, 0], step_m[:, 1]).mean()))
    return np.stack(places_m), float(np.mean(steps_m)) / SPEED_STEP_S


def _links(places_m: NDArray[np.float64], radius_m: float) -> NDArray[np.bool_]:
    """Which pairs are in range at each time; shape (times, pairs)."""
    first, second = np.triu_indices(places_m.shape[1], 1)
    up = np.empty((len(places_m), len(first)), dtype=np.bool_)
    for start in range(0, len(places_m), CHUNK):
        some = places_m[start : start + CHUNK]
        between_m = some[:, first] - some[:, second]
        up[start : start + CHUNK] = (between_m**2).sum(axis=-1) <= radius_m**2
    return up


def durations(states: NDArray[np.bool_], state: bool) -> NDArray[np.float64]:
    """Samples that each stay of a column in a state lasts; stays that touch the first or the last row do not count."""
    fill = np.zeros((1, states.shape[1]), dtype=np.bool_)
    here = np.concatenate((fill, states == state, fill)).T
    column, at = np.nonzero(here[:, 1:] != here[:, :-1])
    began, ended = at[0::2], at[1::2]
    complete = (began > 0) & (ended < len(states))
    assert (column[0::2] == column[1::2]).all()
    return (ended - began)[complete].astype(np.float64)


def compare(rows: Rows, runs: int = RUNS, window_s: float = WINDOW_S) -> list[Quantity]:
    """All quantities of the table.

    Mean speed agrees to 2 % and link life to 5 %, or within 3 standard errors where few draws decide: in the
    Gauss-Markov model each peer keeps its mean speed, so 3 runs of N peers know the mean to sd / sqrt(3 N).
    """
    points: dict[str, list[Point]] = {name: [] for name in QUANTITIES}
    known: dict[tuple[object, ...], list[Contacts]] = {}
    for number, row in enumerate(rows):
        key = (model_of(row), row["N"], row["R_m"])
        if key not in known:
            known[key] = measure(row, runs, window_s)
        for name in QUANTITIES:
            values = np.array([getattr(one, name) for one in known[key]])
            error = standard_error(row, name, values)
            points[name].append(Point(row["model"], number, float(values.mean()), float(row[name]), error))
    return [
        Quantity(f"mobility: {words}", TABLE, points[name], tolerance, "relative", unit, "row of the table", note=note)
        for name, (words, unit, tolerance, note) in QUANTITIES.items()
    ]


QUANTITIES = {
    "mean_speed": ("mean speed", "m/s", 0.02, "Gauss-Markov peers keep their mean speed: 3 N draws decide"),
    "link_life_mean_s": ("mean link life", "s", 0.05, ""),
    "mean_degree": ("mean degree", "1", 0.05, ""),
    "central_fraction": ("share of time in the central quarter", "1", 0.05, ""),
    "inter_contact_mean_s": ("mean time between contacts", "s", 0.05, ""),
}
"""Column: words, unit, relative tolerance, note."""


def standard_error(row: Mapping[str, str], name: str, values: NDArray[np.float64]) -> float:
    """Of the difference between a mean of our runs and the table's, which is one of 3 runs like ours.

    The scatter of our runs estimates that of a run; for speeds that peers keep it is known. Without scatter, as with a
    single run, nothing is excused.
    """
    runs = len(values)
    scatter = float(values.std(ddof=1)) if runs > 1 else 0.0
    if row["model"] == "gauss_markov" and name == "mean_speed":
        scatter = (float(row["v1"]) - float(row["v0"])) / math.sqrt(12.0 * int(row["N"]))
    return scatter * math.sqrt(1.0 / runs + 1.0 / REFERENCE_RUNS)
