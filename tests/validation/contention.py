"""`wifi_contention.csv` and `bianchi_expected_ns3.csv`: saturated 802.11 stations against slot process and fast
means."""

import math
from collections.abc import Sequence
from functools import cache

from p2p import WATTS, Row, ofdm_dcf, rate_of
from quantity import Point, Quantity

from radio_models import wifi
from radio_models.contention_run import Contention, contention_run
from radio_models.dcf import Dcf, Saturation, period_s, saturation

TABLE, BIANCHI = "wifi_contention.csv", "bianchi_expected_ns3.csv"
SECONDS, SEEDS = 10.0, 2
"""Length and number of the table's runs."""


@cache
def reference(stations: int, dcf: Dcf, frame_s: float, *, acknowledged: bool) -> Contention:
    """The slot process in time; with retries as long as the table's runs, whose latencies depend on their length."""
    if acknowledged and stations > 2:
        return contention_run(stations, dcf, frame_s, acknowledged=True, seconds=SECONDS, warm_up=0, replicas=16)
    return contention_run(stations, dcf, frame_s, acknowledged=acknowledged)


def _of(row: Row) -> tuple[int, Dcf, float, bool]:
    rate = rate_of(row)
    frame_s = float(wifi.ppdu_s(int(row["msdu_bytes"]) + 36, rate, wifi.OFDM))
    return int(row["n_senders"]), ofdm_dcf(rate), frame_s, row["mode"] == "unicast"


def _slot_model(row: Row) -> Contention:
    stations, dcf, frame_s, acknowledged = _of(row)
    return reference(stations, dcf, frame_s, acknowledged=acknowledged)


def _fast(row: Row) -> tuple[Saturation, float]:
    """The means, and delivered frames per second."""
    stations, dcf, frame_s, acknowledged = _of(row)
    means = saturation(stations, dcf, acknowledged=acknowledged)
    lone = means.attempts * (1.0 - means.collision)
    return means, lone / period_s(means, dcf, frame_s, acknowledged=acknowledged)


def quantities(rows: Sequence[Row]) -> list[Quantity]:
    """All quantities of `wifi_contention.csv`."""
    unicast = [row for row in rows if row["mode"] == "unicast"]
    many = [row for row in rows if int(row["n_senders"]) > 1]
    return [
        _quantity("goodput, slot model", 0.02, "relative", "Mb/s",
                  [_goodput(row, _slot_model(row).delivered_per_s) for row in rows]),
        _quantity("goodput, fast means", 0.02, "relative", "Mb/s", [_goodput(row, _fast(row)[1]) for row in rows]),
        _quantity("collision probability, slot model", 0.015, "absolute", "1",
                  [_point(row, _slot_model(row).collision, "collision_prob") for row in rows]),
        _quantity("collision probability, fast means", 0.015, "absolute", "1",
                  [_point(row, _fast(row)[0].collision, "collision_prob") for row in rows]),
        _quantity("attempts", 0.02, "relative", "1",
                  [_point(row, _slot_model(row).attempts_per_s * SECONDS * SEEDS, "attempts") for row in rows]),
        _quantity("dropped frames per attempt", 0.002, "absolute", "1", [_dropped(row) for row in unicast]),
        _quantity("head-of-line latency", 0.05, "relative", "ms",
                  [_latency(row) for row in unicast]),
        _quantity("Jain's index, fast means", 0.03, "absolute", "1", [_jain(row) for row in many]),
        _quantity("shares of time in transmit and receive, senders", 0.01, "absolute", "1",
                  [point for row in rows for point in _states(row)]),
        _quantity("energy of a sender", 0.01, "relative", "J",
                  [_point(row, _joules(_slot_model(row).sender), "energy_J_sender") for row in rows]),
        _quantity("energy of the receiver", 0.01, "relative", "J",
                  [_point(row, _joules(_slot_model(row).receiver), "energy_J_receiver") for row in rows]),
    ]  # fmt: skip


def _quantity(name: str, tolerance: float, measure, unit: str, points: list[Point]) -> Quantity:
    return Quantity(f"802.11a contention: {name}", TABLE, points, tolerance, measure, unit, "senders")


def _series(row: Row) -> str:
    return f"{row['mode']} {row['rate_Mbps']} Mb/s, {row['msdu_bytes']} B"


def _point(row: Row, ours: float, column: str, error: float = 0.0) -> Point:
    return Point(_series(row), float(row["n_senders"]), ours, float(row[column]), error)


def _goodput(row: Row, delivered_per_s: float) -> Point:
    return _point(row, delivered_per_s * 8 * int(row["msdu_bytes"]) / 1e6, "goodput_Mbps")


def _dropped(row: Row) -> Point:
    ours = _slot_model(row)
    theirs = float(row["dropped"]) / float(row["attempts"])
    return Point(_series(row), float(row["n_senders"]), ours.dropped_per_s / ours.attempts_per_s, theirs)


def _latency(row: Row) -> Point:
    """Scatters as the number of frames does: stations with a wide window keep one frame for long."""
    scatter = math.sqrt(max(_fast(row)[0].spread, 1.0) / float(row["delivered"]))
    error = scatter * float(row["mean_hol_latency_ms"])
    return _point(row, 1e3 * _slot_model(row).latency_s, "mean_hol_latency_ms", error)


def _jain(row: Row) -> Point:
    """Jain's index J of so many frames: 1 / J - 1 is the squared coefficient of variation over the n stations."""
    stations, frames = int(row["n_senders"]), float(row["delivered"]) / SEEDS
    squared = _fast(row)[0].spread * (stations - 1) / frames
    # The sample's own scatter: that of a variance from (n - 1) stations and two seeds.
    error = squared * math.sqrt(2.0 / (stations - 1) / SEEDS)
    return _point(row, 1.0 / (1.0 + squared), "jain", error)


def _states(row: Row) -> list[Point]:
    """The table knows one sender only, which may have had more or less than its share of the air."""
    ours = _slot_model(row).sender
    scatter = math.sqrt(max(1.0 / float(row["jain"]) - 1.0, 0.0))
    return [
        Point(
            f"{_series(row)}, {state}", float(row["n_senders"]), share, seconds / SECONDS, seconds / SECONDS * scatter
        )
        for state, share, seconds in (
            ("transmit", ours.transmit, float(row["tx_s_sender"])),
            ("receive", ours.receive, float(row["rx_s_sender"])),
        )
    ]


def _joules(shares) -> float:
    return SECONDS * shares.power_w(WATTS["tx"], WATTS["rx"], WATTS["idle"], WATTS["idle"])
