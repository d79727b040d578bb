"""Transfer fidelity of the media beside Wi-Fi's: 802.15.4 contention, and turns.

Against packet fidelity as in `fidelity`: one scenario per case, run at both; what arrives, how long a message takes,
and joules above idling. Against `lrwpan_mac.csv`: long messages of saturated senders through the medium.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from cell import GOT, SENT, Books, Cell
from fidelity import BARE, MEASURES, grid, line, measures
from numpy.typing import NDArray
from quantity import Point, Quantity

from cosim.scenario import load
from cosim.sim.ieee802154 import Ieee802154
from cosim.sim.propagation import LogDistance
from cosim.sim.unslotted_csma import UnslottedCsma
from radio_models.ieee802154 import ACK_S, MAC_OVERHEAD_BYTES, NS3_SENSITIVITY_DBM

Floats = NDArray[np.float64]

BOLD = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
"""Watts that tell states apart: real chips of this kind take the same in all that are awake."""
MOTES: Mapping[str, Any] = {
    "radio": {"kind": "ieee802154", "transceiver": BOLD},
    "propagation": [{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 40.05}],
    "model": {"kind": "logistic_regression"},
}
"""A model of 2600 bytes, 23 frames; a frame is noticed up to 103 m."""


@dataclass(frozen=True)
class Case:
    """One situation.

    Attributes:
        name: for the page.
        medium: the way of access.
        places_m: where the peers stand.
        traffic: parameters of the traffic.
        tolerances: largest deviation of each measure: absolute of what arrived, relative of the others.
        seeds: worlds of each fidelity.
        sections: what else the scenario says.
    """

    name: str
    medium: Mapping[str, Any]
    places_m: Sequence[Sequence[float]]
    traffic: Mapping[str, Any]
    tolerances: tuple[float, float, float]
    seeds: int
    sections: Mapping[str, Any]


UNSLOTTED = {"kind": "unslotted_csma"}
TDMA = {"kind": "tdma"}
CASES = (
    Case("802.15.4, four broadcast in earshot", UNSLOTTED, line(0, 5, 10, 15),
         {"broadcasters": [0, 1, 2, 3], "messages": 6}, (0.02, 0.03, 0.03), 4, MOTES),
    Case("802.15.4, sixteen broadcast on a grid", UNSLOTTED, grid(4, 10.0),
         {"broadcasters": list(range(16)), "messages": 3}, (0.02, 0.03, 0.09), 3, MOTES),
    Case("802.15.4, five send to one", UNSLOTTED, line(0, 5, 6, 7, 8, 9),
         {"pairs": [[i, 0] for i in range(1, 6)], "messages": 4}, (0.02, 0.04, 0.12), 4, MOTES),
    Case("802.15.4, two hidden stations send", UNSLOTTED, line(0, 60, 120),
         {"pairs": [[0, 1], [2, 1]], "messages": 4}, (0.10, 0.05, 0.05), 6, MOTES),
    Case("turns, eight broadcast", TDMA, line(*range(0, 80, 10)),
         {"broadcasters": list(range(8)), "messages": 3, "stagger_s": 0.0123}, (0.01, 0.001, 0.001), 2, MOTES),
    Case("turns, four send at the edge of range", TDMA, line(0, 76, 152, 228),
         {"pairs": [[0, 1], [1, 2], [2, 3], [3, 2]], "messages": 6}, (0.03, 0.05, 0.05), 6, MOTES),
)  # fmt: skip


def scenario_of(case: Case, fidelity: Literal["transfer", "packet"], seed: int) -> Any:
    """The scenario of a case at one fidelity."""
    return load({
        **BARE,
        "name": "fidelity",
        "seeds": {"world": seed},
        "peers": {"stations": {"count": len(case.places_m), "device": "ideal"}},
        "mobility": {"kind": "static", "positions_m": case.places_m},
        "medium": {**case.medium, "fidelity": fidelity},
        "algorithm": {"kind": "traffic:Traffic", **case.traffic},
        **case.sections,
    })  # fmt: skip


@cache
def measured(name: str, fidelity: Literal["transfer", "packet"]) -> Floats:
    """The measures of a case in each world; shape (seeds, measures)."""
    case = next(case for case in CASES if case.name == name)
    return np.array([measures(scenario_of(case, fidelity, seed)) for seed in range(1, case.seeds + 1)])


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


# The table of 802.15.4


SECONDS = 25.0
MESSAGES = 8
"""Messages of each sender, about, in the time of the table's runs."""


def goodput(row: Mapping[str, str]) -> Point:
    """Of saturated senders that are given one long message after the other; what arrives twice counts twice."""
    size, senders = int(row["msdu_bytes"]), int(row["n_senders"])
    radio = Ieee802154(sensitivity_dbm=NS3_SENSITIVITY_DBM, psdu_bytes=size + MAC_OVERHEAD_BYTES)
    loss = LogDistance(exponent=float(row["exponent"]), reference_loss_db=40.05)
    cell = Cell(senders, radio, UnslottedCsma().medium, float(row["distance_m"]), loss, seed=1)
    # As many frames as a lone sender would get through.
    frame_s = radio.gap_s + radio.frames(8 * size).full_airtime_s
    frames = max(int(SECONDS / frame_s / senders**0.5 / MESSAGES), 1)
    acknowledged = row["ack"] == "1"
    cell.saturate(8 * size * frames, acknowledged=acknowledged)
    books = cell.run(SECONDS)
    frames_per_s = sum(_received_per_s(books, sender, acknowledged) for sender in cell.senders)
    lost = max(1.0 - float(row["delivered"]) / max(float(row["phy_tx"]), 1.0), 0.0)
    # Losses at the edge of range are drawn one by one, theirs and ours.
    error = (2.0 * lost * float(row["delivered"])) ** 0.5 * 8e-3 * size / SECONDS
    series = f"{row['n_senders']} senders, {row['msdu_bytes']} B, ACK {row['ack']}"
    return Point(series, float(row["rx_dBm"]), frames_per_s * 8e-3 * size, float(row["goodput_kbps"]), error)


def _received_per_s(books: Books, sender: int, acknowledged: bool) -> float:
    """Frames of a sender that were received until its last complete message ended."""
    sent = books.sent[books.sent[:, SENT["source"]] == sender]
    if not len(sent):
        return 0.0
    got = books.got[np.isin(books.got[:, GOT["transmission"]], sent[:, SENT["transmission"]])]
    received = got[:, GOT["transmit_s"]].sum() / ACK_S if acknowledged else got[:, GOT["fragments_heard"]].sum()
    return float(received / sent[:, SENT["end_s"]].max())


def lrwpan(rows: Sequence[Mapping[str, str]]) -> list[Quantity]:
    """Goodput of `lrwpan_mac.csv` at transfer fidelity."""
    points = [goodput(row) for row in rows if float(row["delivered"]) >= 300]
    note = "Within 4 % up to ten senders; short acknowledged frames of twenty are 4 to 8 % low."
    return [Quantity("802.15.4 access: goodput, transfers", "lrwpan_mac.csv", points, 0.10, "relative", "kb/s",
                     "received level [dBm]", note=note)]  # fmt: skip
