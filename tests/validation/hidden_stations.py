"""Packet fidelity where not all stations hear each other, beside `tests/golden/ns3_hidden_stations.csv`."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from cell import GOT, SENT, Field

from cosim.sim.csma_ca import CsmaCa
from cosim.sim.propagation import LogDistance
from cosim.sim.station import HEARD
from cosim.sim.wifi import Wifi80211a

TABLE = Path(__file__).parents[1] / "golden" / "ns3_hidden_stations.csv"
MSDU_BYTES = 1028
Row = dict[str, str]


class PerSecond(NamedTuple):
    """What a flow does: MSDUs that arrive, and data frames."""

    delivered: float
    attempts: float


def table() -> dict[str, list[Row]]:
    """Rows by case."""
    lines = [line for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    cases: dict[str, list[Row]] = {}
    for row in csv.DictReader(lines):
        cases.setdefault(row["case"], []).append(row)
    return cases


def measured(row: Row) -> PerSecond:
    """What ns-3 has for a row."""
    return PerSecond(float(row["delivered_per_s"]), float(row["attempts_per_s"]))


def simulated(row: Row, seconds: float, seed: int = 1) -> dict[str, PerSecond]:
    """Our run of the case of a row, by flow, and `all` for their sum."""
    places_m = np.array([[float(each) for each in place.split()] for place in row["places_m"].split(";")])
    radio = Wifi80211a(rate_bit_per_s=24e6, fragment_bytes=MSDU_BYTES)
    field = Field(
        places_m, radio, CsmaCa(fidelity="packet").medium, LogDistance(exponent=3.0, reference_loss_db=46.6777), seed
    )
    flows = {int(flow.split(">")[0]): flow for flow in row["flows"].split(";")}

    def saturate(source: int) -> None:
        to = flows[source].split(">")[1]
        recipients = tuple(peer for peer in range(len(places_m)) if peer != source)
        done = field.send(source, 8 * MSDU_BYTES, None if to == "*" else int(to), recipients)
        done.callbacks.append(lambda _: saturate(source))

    for source in flows:
        saturate(source)
    sent, got = field.books(seconds)
    arrived = got[(got[:, GOT["outcome"]] == HEARD) & (got[:, GOT["intended"]] == 1)][:, GOT["transmission"]]
    found = {}
    for source, flow in flows.items():
        mine = sent[sent[:, SENT["source"]] == source]
        delivered = np.isin(arrived, mine[:, SENT["transmission"]]).sum()
        found[flow] = PerSecond(delivered / seconds, mine[:, SENT["attempts"]].sum() / seconds)
    found["all"] = PerSecond(*np.sum(list(found.values()), axis=0).tolist())
    return found
