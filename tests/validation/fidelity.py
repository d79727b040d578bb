"""Transfer fidelity against packet fidelity, in cases for which no simulator's table is at hand.

Each case is one scenario, run at both fidelities with the same seeds of the world. Compared are what arrives (the share
of fragments meant for a peer that it heard), how long a message takes from its start on the air, and the joules
above idling. The tolerances are those we state; the page prints what they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from quantity import Point, Quantity

from cosim import dry_run
from cosim.scenario import load

Fidelity = Literal["transfer", "packet"]
Floats = NDArray[np.float64]

BARE: Mapping[str, Any] = {
    "rounds": {"stop_s": 20.0},
    "propagation": [{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}],
    "radio": {"kind": "wifi_80211a", "rate_bit_per_s": 24e6},
    "data": {"kind": "digits"},
    "model": {"kind": "mlp", "hidden": [350]},
    "evaluation": {"every_rounds": 1},
}
"""A model of 105,000 bytes, 72 fragments; a preamble is found up to 51 m."""

MEASURES = ("arrived", "message s", "joules above idle")


@dataclass(frozen=True)
class Case:
    """One situation.

    Attributes:
        name: for the page.
        places_m: where the peers stand.
        traffic: parameters of the traffic.
        tolerances: largest relative deviation of each measure (of what arrived: absolute).
        seeds: worlds of each fidelity.
        sections: what else the scenario says.
        receivers: parameters of the group of the peers from this number on; None for one group.
    """

    name: str
    places_m: Sequence[Sequence[float]]
    traffic: Mapping[str, Any]
    tolerances: tuple[float, float, float]
    seeds: int
    sections: Mapping[str, Any]


def line(*x_m: float) -> list[list[float]]:
    """Places on a line."""
    return [[x, 0.0] for x in x_m]


def grid(side: int, spacing_m: float) -> list[list[float]]:
    """Places on a square grid."""
    return [[spacing_m * column, spacing_m * row] for row in range(side) for column in range(side)]


CASES = (
    Case("two hidden stations, unicast", line(0, 45, 90), {"pairs": [[0, 1], [2, 1]], "messages": 4},
         (0.05, 0.10, 0.10), 6, {}),
    Case("two hidden stations, broadcast", line(0, 45, 90), {"broadcasters": [0, 2], "messages": 4},
         (0.05, 0.10, 0.10), 6, {}),
    Case("an exposed station", line(0, 40, 80, 120), {"pairs": [[1, 0], [2, 3]], "messages": 4},
         (0.03, 0.05, 0.05), 6, {}),
    Case("spatial reuse on a grid", grid(6, 40.0), {"broadcasters": list(range(36)), "messages": 4, "every_s": 1.0,
         "stagger_s": 1 / 36}, (0.05, 0.10, 0.10), 2, {}),
    Case("a walking pair in fading", line(0, 30), {"pairs": [[0, 1]], "messages": 20}, (0.03, 0.05, 0.05), 6,
         {"propagation": [BARE["propagation"][0], {"kind": "rayleigh", "frequency_hz": 5.18e9, "speed_m_per_s": 1.5}]}),
    Case("unicast and broadcast together", line(0, 10, 20, 30), {"broadcasters": [0, 1], "pairs": [[2, 3], [3, 2]],
         "messages": 4}, (0.03, 0.10, 0.05), 6, {}),
    Case("a receiver that sleeps", line(0, 20), {"broadcasters": [0], "messages": 30, "every_s": 0.33},
         (0.03, 0.05, 0.05), 6, {"sleep": {"kind": "periodic", "period_s": 1.0, "on_s": 0.5}}),
)  # fmt: skip


def scenario_of(case: Case, fidelity: Fidelity, seed: int) -> Any:
    """The scenario of a case at one fidelity."""
    sections = dict(case.sections)
    group = {"count": len(case.places_m), "device": "ideal"}
    if "sleep" in sections:
        group["sleep"] = sections.pop("sleep")
    return load({
        **BARE,
        "name": "fidelity",
        "seeds": {"world": seed},
        "peers": {"stations": group},
        "mobility": {"kind": "static", "positions_m": case.places_m},
        "medium": {"kind": "csma_ca", "fidelity": fidelity},
        "algorithm": {"kind": "traffic:Traffic", **case.traffic},
        **sections,
    })  # fmt: skip


@cache
def measured(name: str, fidelity: Fidelity) -> Floats:
    """The measures of a case in each world; shape (seeds, measures)."""
    case = next(case for case in CASES if case.name == name)
    return np.array([measures(scenario_of(case, fidelity, seed)) for seed in range(1, case.seeds + 1)])


def measures(scenario: Any) -> tuple[float, float, float]:
    """What arrived, seconds of a message, joules above idle of one run."""
    result = dry_run.run(scenario)
    heard, sent = result.tables["receptions"], result.tables["transmissions"]
    intended = heard["intended"].to_numpy()
    arrived = heard["fragments_heard"].to_numpy()[intended].sum() / heard["fragments"].to_numpy()[intended].sum()
    seconds = (sent["end_s"].to_numpy() - sent["start_s"].to_numpy()).mean()
    return float(arrived), float(seconds), float(result.summary["energy_j_marginal"])


def quantities() -> list[Quantity]:
    """One quantity per case and measure."""
    return [quantity for case in CASES for quantity in of_case(case)]


def of_case(case: Case) -> list[Quantity]:
    """Transfer fidelity as ours, packet fidelity as the reference."""
    ours, theirs = (measured(case.name, fidelity) for fidelity in ("transfer", "packet"))
    error = np.sqrt((ours.var(axis=0, ddof=1) + theirs.var(axis=0, ddof=1)) / case.seeds)
    return [
        Quantity(
            f"{case.name}: {measure}",
            "packet fidelity",
            [Point(case.name, 0.0, float(ours[:, i].mean()), float(theirs[:, i].mean()), float(error[i]))],
            case.tolerances[i],
            "absolute" if i == 0 else "relative",
            note=f"Means over {case.seeds} worlds; transfer fidelity is held against packet fidelity.",
        )
        for i, measure in enumerate(MEASURES)
    ]
