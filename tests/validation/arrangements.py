"""Transfer fidelity against packet fidelity where stations stand and talk at random: nothing was fitted to these cases.

Places, who talks to whom, and the lengths of the messages are drawn; each arrangement is run at both fidelities with
the same seeds of the world. Held to account are each arrangement, loosely, and the mean error over all of them.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from fidelity import BARE, MEASURES, measures
from numpy.typing import NDArray
from quantity import Point, Quantity

from cosim.scenario import load

Floats = NDArray[np.float64]


class Arrangement(NamedTuple):
    """How one is drawn.

    Attributes:
        name: for the page.
        stations: how many.
        side_m: they stand in a square of that side.
        broadcasters: how many broadcast.
        pairs: how many more send to a neighbour.
        rate_mbps: of all frames.
        least, most: numbers in a message, of 4 bytes each, drawn evenly in their logarithm.
        messages: of each sender.
        seeds: worlds of each fidelity.
    """

    name: str
    stations: int
    side_m: float
    broadcasters: int
    pairs: int
    rate_mbps: float
    least: int
    most: int
    messages: int
    seeds: int


ARRANGEMENTS = (
    Arrangement("three, 54 Mb/s", 3, 20.0, 1, 2, 54.0, 1000, 30_000, 8, 4),
    Arrangement("eight unicast, 24 Mb/s", 8, 60.0, 0, 4, 24.0, 3000, 30_000, 6, 4),
    Arrangement("ten broadcast, 6 Mb/s", 10, 120.0, 10, 0, 6.0, 1000, 10_000, 4, 3),
    Arrangement("twelve unicast, 6 Mb/s", 12, 150.0, 0, 6, 6.0, 3000, 30_000, 4, 3),
    Arrangement("sixteen mixed, 12 Mb/s", 16, 100.0, 6, 4, 12.0, 1000, 30_000, 4, 3),
    Arrangement("twenty broadcast, 24 Mb/s", 20, 150.0, 20, 0, 24.0, 1000, 30_000, 4, 2),
    Arrangement("thirty mixed, 24 Mb/s", 30, 250.0, 8, 8, 24.0, 3000, 30_000, 4, 2),
    Arrangement("thirty, some broadcast, 6 Mb/s", 30, 60.0, 10, 0, 6.0, 3000, 10_000, 3, 2),
)

EACH = (0.15, 0.25, 0.25)
"""Largest error of one arrangement: of what arrived absolute, of seconds and joules relative."""
MEAN = (0.05, 0.10, 0.10)
"""Largest mean error over all arrangements."""


def scenario_of(number: int, fidelity: str, seed: int) -> Any:
    """The scenario of an arrangement, which is drawn by its number, at one fidelity."""
    case, draws = ARRANGEMENTS[number], np.random.Generator(np.random.Philox(key=1000 + number))
    places_m = draws.uniform(0.0, case.side_m, (case.stations, 2))
    senders = draws.permutation(case.stations).tolist()
    near_m = np.linalg.norm(places_m[:, np.newaxis] - places_m, axis=2) + np.diag(np.full(case.stations, np.inf))
    pairs = [
        [sender, int(near_m[sender].argsort()[int(draws.integers(0, 2))])]
        for sender in senders[case.broadcasters : case.broadcasters + case.pairs]
    ]
    numbers = np.exp(draws.uniform(np.log(case.least), np.log(case.most), case.stations)).astype(int)
    traffic: Mapping[str, Any] = {
        "broadcasters": senders[: case.broadcasters],
        "pairs": pairs,
        "numbers": numbers.tolist(),
        "messages": case.messages,
        "stagger_s": 0.003,
    }
    return load({
        **BARE,
        "name": "arrangement",
        "seeds": {"world": seed},
        "peers": {"stations": {"count": case.stations, "device": "ideal"}},
        "mobility": {"kind": "static", "positions_m": places_m.tolist()},
        "radio": {"kind": "wifi_80211a", "rate_bit_per_s": 1e6 * case.rate_mbps},
        "medium": {"kind": "csma_ca", "fidelity": fidelity},
        "algorithm": {"kind": "traffic:Traffic", **traffic},
    })  # fmt: skip


@cache
def measured(number: int, fidelity: str) -> Floats:
    """The measures of an arrangement in each world; shape (seeds, measures)."""
    seeds = range(1, ARRANGEMENTS[number].seeds + 1)
    return np.array([measures(scenario_of(number, fidelity, seed)) for seed in seeds])


def points_of(number: int) -> list[Point]:
    """Each measure of an arrangement, with the scatter over the worlds."""
    ours, theirs = (measured(number, fidelity) for fidelity in ("transfer", "packet"))
    error = np.sqrt((ours.var(axis=0, ddof=1) + theirs.var(axis=0, ddof=1)) / len(ours))
    return [
        Point(ARRANGEMENTS[number].name, float(number), *map(float, each))
        for each in zip(ours.mean(axis=0), theirs.mean(axis=0), error, strict=True)
    ]


def quantities() -> list[Quantity]:
    """Of each measure, all arrangements and their mean error."""
    measured_points = list(zip(*map(points_of, range(len(ARRANGEMENTS))), strict=True))
    return [each for i, points in enumerate(measured_points) for each in _of_measure(i, points)]


def _of_measure(i: int, points: Sequence[Point]) -> list[Quantity]:
    relative = MEASURES[i] != "arrived"
    errors = [abs(point.ours - point.theirs) / (point.theirs if relative else 1.0) for point in points]
    mean = Point("mean over arrangements", 0.0, float(np.mean(errors)), 0.0)
    note = "Random places and messages; transfer fidelity is held against packet fidelity."
    return [
        Quantity(
            f"random arrangements: {MEASURES[i]}",
            "packet fidelity",
            points,
            EACH[i],
            "relative" if relative else "absolute",
            x_label="arrangement",
            note=note,
        ),
        Quantity(f"random arrangements: {MEASURES[i]}, mean error", "packet fidelity", [mean], MEAN[i], note=note),
    ]
