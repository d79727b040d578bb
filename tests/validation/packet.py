"""Packet fidelity against ns-3: `wifi_contention.csv`, `wifi_message.csv` and `lrwpan_mac.csv`, frame by frame.

Runs are shorter than those of the tables, and means of both scatter: a point also agrees within three standard errors
of ours, taken from ten parts of the run.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from cell import GOT, Books, Cell
from quantity import Point, Quantity

from cosim.sim.csma_ca import CsmaCa
from cosim.sim.ieee802154 import Ieee802154
from cosim.sim.medium import Medium
from cosim.sim.propagation import LogDistance
from cosim.sim.unslotted_csma import UnslottedCsma
from cosim.sim.wifi import Wifi80211a
from radio_models.ieee802154 import ACK_S, MAC_OVERHEAD_BYTES, NS3_SENSITIVITY_DBM

Row = dict[str, str]

MakesMedium = Callable[..., Medium]

CIRCLE_M = 0.001
CSMA_CA, UNSLOTTED = CsmaCa(fidelity="packet"), UnslottedCsma(fidelity="packet")
ATTEMPTS = 4000
"""Frames that a run of saturated stations has at least, about."""
MOST_RUNS = 3
"""Of a row of messages: the tables have up to ten."""
UDP_IP_BYTES = 28
FEW = 100
"""Fragments of all runs of a row, below which their attempts are hardly known."""


def wifi_loss(exponent: float = 3.0) -> LogDistance:
    return LogDistance(exponent=exponent, reference_loss_db=46.6777)


# Saturated 802.11 stations


def wifi_cell(row: Row, seconds: float, seed: int = 1) -> Books:
    """The run of a row of `wifi_contention.csv`."""
    size = int(row["msdu_bytes"])
    radio = Wifi80211a(rate_bit_per_s=float(row["rate_Mbps"]) * 1e6, fragment_bytes=size)
    cell = Cell(int(row["n_senders"]), radio, CSMA_CA.medium, CIRCLE_M, wifi_loss(), seed)
    cell.saturate(8 * size, acknowledged=row["mode"] == "unicast")
    return cell.run(seconds)


def wifi_points(row: Row, seconds: float) -> tuple[Point, Point]:
    """Goodput, and the probability that an attempt fails."""
    books, senders = wifi_cell(row, seconds), float(row["n_senders"])
    series = f"{row['mode']} {row['rate_Mbps']} Mb/s, {row['msdu_bytes']} B"
    rate, error = books.per_s()
    mbit = 8e-6 * int(row["msdu_bytes"])
    passed = books.acknowledged if row["mode"] == "unicast" else float(len(books.heard))
    failing = 1.0 - passed / books.attempts
    scatter = math.sqrt(failing * (1.0 - failing) / books.attempts)
    return (
        Point(series, senders, rate * mbit, float(row["goodput_Mbps"]), error * mbit),
        Point(series, senders, failing, float(row["collision_prob"]), scatter),
    )


def contention(rows: Sequence[Row], attempts: float = ATTEMPTS) -> list[Quantity]:
    """Goodput and collisions of `wifi_contention.csv`."""
    # Ten simulated seconds and two seeds are behind each row.
    pairs = [wifi_points(row, 20.0 * attempts / float(row["attempts"])) for row in rows]
    goodput, collisions = zip(*pairs, strict=True)
    table, label = "wifi_contention.csv", "senders"
    return [
        Quantity("802.11a contention: goodput, packets", table, goodput, 0.02, "relative", "Mb/s", label),
        Quantity("802.11a contention: collision probability, packets", table, collisions, 0.015, x_label=label),
    ]


# Messages


class Finish:
    """Notes when whole messages arrive."""

    def __init__(self) -> None:
        self.times_s: list[float] = []

    def put(self, message) -> None:
        """Take a message."""
        if False not in message.fragments:
            self.times_s.append(message.time_s)


def message_run(row: Row, seed: int, medium: MakesMedium = CSMA_CA.medium) -> tuple[list[float], float]:
    """Completion times of the whole messages of one run of `wifi_message.csv`, and attempts per fragment."""
    distance_m = float(row["distance_m"])
    radio = Wifi80211a(
        rate_bit_per_s=float(row["rate_Mbps"]) * 1e6,
        header_bytes=UDP_IP_BYTES,
        preamble_detection=distance_m <= 1.0,
    )
    cell = Cell(int(row["n_senders"]), radio, medium, distance_m, wifi_loss(), seed)
    cell.stations[0].hearer = finish = Finish()
    for sender in cell.senders:
        cell.ask(sender, 8 * int(row["message_bytes"]), acknowledged=True)
    books = cell.run(math.inf)
    return finish.times_s, books.attempts / (int(row["n_senders"]) * int(row["fragments"]))


def message_points(row: Row, medium: MakesMedium = CSMA_CA.medium, most_runs: int = MOST_RUNS) -> dict[str, Point]:
    """Mean and last completion time, and attempts, each with the scatter of both samples of runs."""
    theirs = int(row["runs"])
    runs = most_runs if theirs > 1 else 1
    results = [message_run(row, seed, medium) for seed in range(runs)]
    series = f"{row['n_senders']} at {row['rate_Mbps']} Mb/s, {row['snr_dB'][:5]} dB"
    size, both = float(row["message_bytes"]), math.sqrt(1.0 / runs + 1.0 / theirs)
    attempts = [each for _, each in results]
    scatter = max(float(np.std(attempts)) * both, _rare(row))
    points = {"attempts": Point(series, size, float(np.mean(attempts)), float(row["attempts_per_fragment"]), scatter)}
    whole = [times_s for times_s, _ in results if times_s]
    if whole and float(row["complete_frac"]) > 0.0:
        lasts_s, means_s = ([float(of(times_s)) for times_s in whole] for of in (np.max, np.mean))
        sd_s = max(float(row["t_last_sd_s"]), float(np.std(lasts_s)))
        mean_s = float(np.mean([each for times_s in whole for each in times_s]))
        # The scatter of their means is not known: that of ours, or that of their last ones, which is larger.
        points["mean"] = Point(series, size, mean_s, float(row["t_mean_s"]), max(float(np.std(means_s)), sd_s) * both)
        points["last"] = Point(series, size, float(np.mean(lasts_s)), float(row["t_last_s"]), sd_s * both)
    return points


def _rare(row: Row) -> float:
    """Standard error of the attempts of a row of few fragments, of which a small sample of ours may show none.

    Attempts are geometric; colliding stations fail together, two at least.
    """
    mean, samples = (
        float(row["attempts_per_fragment"]),
        int(row["runs"]) * int(row["n_senders"]) * int(row["fragments"]),
    )
    return math.sqrt(2.0 * (mean - 1.0) * mean / samples) if samples < FEW else 0.0


def messages(
    rows: Sequence[Row], medium: MakesMedium = CSMA_CA.medium, name: str = "packets", most_runs: int = MOST_RUNS
) -> list[Quantity]:
    """Completion times and attempts of `wifi_message.csv`."""
    found = [message_points(row, medium, most_runs) for row in rows]
    named = {"mean": ("mean completion", "s"), "last": ("last completion", "s"), "attempts": ("attempts", "1")}
    return [
        Quantity(f"802.11a messages: {what}, {name}", "wifi_message.csv", [each[key] for each in found if key in each],
                 0.02, "relative", unit, "message (bytes)")
        for key, (what, unit) in named.items()
    ]  # fmt: skip


# 802.15.4


def lrwpan_cell(row: Row, seconds: float, seed: int = 1) -> Books:
    """The run of a row of `lrwpan_mac.csv`."""
    size = int(row["msdu_bytes"])
    radio = Ieee802154(sensitivity_dbm=NS3_SENSITIVITY_DBM, psdu_bytes=size + MAC_OVERHEAD_BYTES)
    loss = LogDistance(exponent=float(row["exponent"]), reference_loss_db=40.05)
    cell = Cell(int(row["n_senders"]), radio, UNSLOTTED.medium, float(row["distance_m"]), loss, seed)
    cell.saturate(8 * size, acknowledged=row["ack"] == "1")
    return cell.run(seconds)


def lrwpan_points(row: Row, seconds: float) -> tuple[Point, Point]:
    """Goodput, and transmissions per request."""
    books = lrwpan_cell(row, seconds)
    series = f"{row['n_senders']} senders, {row['msdu_bytes']} B, ACK {row['ack']}, {float(row['rx_dBm']):.1f} dBm"
    rate, error = books.per_s()
    if row["ack"] == "1":
        # The table counts what is handed up, and a frame whose acknowledgement was lost is handed up again.
        again = books.got[:, GOT["transmit_s"]].sum() / ACK_S / max(len(books.heard), 1)
        rate, error = rate * again, error * again
    kbit, x = 8e-3 * int(row["msdu_bytes"]), float(row["rx_dBm"])
    # The table is one run of 25 s: its means scatter, too.
    both = math.sqrt(1.0 + seconds / 25.0)
    requests = books.attempts / len(books.sent)
    scatter = both * requests / math.sqrt(len(books.sent))
    return (
        Point(series, x, rate * kbit, float(row["goodput_kbps"]), both * error * kbit),
        Point(series, x, requests, float(row["tx_per_request"]), scatter),
    )


def lrwpan(rows: Sequence[Row], seconds: float = 4.0) -> list[Quantity]:
    """Goodput and transmissions of `lrwpan_mac.csv`."""
    goodput, transmissions = zip(*(lrwpan_points(row, seconds) for row in rows), strict=True)
    table, label = "lrwpan_mac.csv", "level (dBm)"
    return [
        Quantity("802.15.4 access: goodput, packets", table, goodput, 0.03, "relative", "kb/s", label),
        Quantity("802.15.4 access: transmissions per request, packets", table, transmissions, 0.03, "relative", "1",
                 label),
    ]  # fmt: skip


COMPARISONS = (
    ("wifi_contention.csv", contention),
    ("wifi_message.csv", messages),
    ("lrwpan_mac.csv", lrwpan),
)
"""File name of a table, and what makes quantities of its rows."""
