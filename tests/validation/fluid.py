"""Transfer fidelity against ns-3: `wifi_contention.csv` and `wifi_message.csv`, by shares of the air.

Saturated stations send messages of many frames, one behind the other. How unevenly they do is drawn, so that means
over a run scatter: a point also agrees within three standard errors of ours.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from cell import GOT, Books, Cell
from packet import CIRCLE_M, Row, wifi_loss
from packet import messages as packet_messages
from quantity import Point, Quantity

from cosim.sim.csma_ca import CsmaCa
from cosim.sim.wifi import Wifi80211a

FLUID = CsmaCa()
FRAMES = 100
"""Of each message."""
MESSAGES = 12
"""That a station sends in a run, about."""
RUNS = 20


def contention_cell(row: Row) -> Books:
    """A run of a row of `wifi_contention.csv`, some messages of each station long."""
    size, senders = int(row["msdu_bytes"]), int(row["n_senders"])
    radio = Wifi80211a(rate_bit_per_s=float(row["rate_Mbps"]) * 1e6, fragment_bytes=size)
    cell = Cell(senders, radio, FLUID.medium, CIRCLE_M, wifi_loss(), 1)
    cell.saturate(8 * size * FRAMES, acknowledged=row["mode"] == "unicast")
    # Ten simulated seconds and two seeds are behind each row.
    return cell.run(20.0 * FRAMES * MESSAGES * senders / float(row["attempts"]), cut=True)


def contention_points(row: Row) -> tuple[Point, Point]:
    """Goodput, and the probability that an attempt fails."""
    books, senders = contention_cell(row), int(row["n_senders"])
    series = f"{row['mode']} {row['rate_Mbps']} Mb/s, {row['msdu_bytes']} B"
    heard = float(books.got[:, GOT["fragments_heard"]].sum())
    arrived = heard / books.attempts
    goodput = 8e-6 * int(row["msdu_bytes"]) * heard / books.seconds
    scatter = math.sqrt(arrived * (1.0 - arrived) / books.attempts)
    return (
        Point(series, senders, goodput, float(row["goodput_Mbps"]), goodput * scatter / arrived),
        Point(series, senders, 1.0 - arrived, float(row["collision_prob"]), scatter),
    )


def contention(rows: Sequence[Row]) -> list[Quantity]:
    """Goodput and collisions of `wifi_contention.csv`."""
    goodput, collisions = zip(*map(contention_points, rows), strict=True)
    table, label = "wifi_contention.csv", "senders"
    return [
        Quantity("802.11a contention: goodput, fluid", table, goodput, 0.02, "relative", "Mb/s", label),
        Quantity("802.11a contention: collision probability, fluid", table, collisions, 0.015, x_label=label),
    ]


def messages(rows: Sequence[Row]) -> list[Quantity]:
    """Completion times and attempts of `wifi_message.csv`.

    At transfer fidelity a message is handed over with its last acknowledgement, SIFS and the answer later than there.
    """
    return [
        quantity if quantity.unit == "1" else replace(quantity, points=[_as_late(point) for point in quantity.points])
        for quantity in packet_messages(rows, FLUID.medium, "fluid", RUNS)
    ]


def _as_late(point: Point) -> Point:
    return point._replace(error=max(point.error, ANSWERED_S / 3.0))


ANSWERED_S = 16e-6 + 44e-6 + 1e-9
"""SIFS and the longest acknowledgement of 802.11a, and what rounding does to them."""

COMPARISONS = (("wifi_contention.csv", contention), ("wifi_message.csv", messages))
"""File name of a table, and what makes quantities of its rows."""
