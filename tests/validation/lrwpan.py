"""`lrwpan_mac.csv`: saturated 802.15.4 senders by unslotted CSMA/CA, against the event-level run and the closed
form."""

import math
from collections.abc import Sequence
from functools import cache

from quantity import Point, Quantity

from radio_models import ieee802154 as mac
from radio_models.units import linear_to_db
from radio_models.unslotted_csma import UnslottedCsma, lone_access
from radio_models.unslotted_run import Counts, UnslottedRun

TABLE = "lrwpan_mac.csv"
SECONDS = 25.0
"""Length of the table's runs."""
RUNS = 3
"""Ours are so many times as long: two runs of 25 s differ by up to 0.015 in what is received without ACK."""
CSMA = UnslottedCsma(
    mac.MIN_BE, mac.MAX_BE, mac.MAX_BACKOFFS, 1 + mac.MAX_FRAME_RETRIES, mac.UNIT_BACKOFF_S, mac.CCA_S,
    mac.TURNAROUND_S, mac.ACK_S, mac.ACK_WAIT_S,
)  # fmt: skip
NOISE_DBM = mac.noise_dbm(mac.NS3_SENSITIVITY_DBM)
REFERENCE_M = 1.0
"""The path loss of the table is flat up to here."""
BYTE_S = mac.BYTE_US * 1e-6

Row = dict[str, str]


@cache
def _success(interference: float, seconds: float, noise: float) -> float:
    """Chance of a piece of a frame, whose own power is 1."""
    return float(mac.chunk_success_rate(float(linear_to_db(1.0 / (interference + noise))), seconds / BYTE_S))


def _crosstalk(row: Row) -> list[list[float]]:
    """Power between stations on a circle over that between each and its centre."""
    stations, radius_m, exponent = int(row["n_senders"]), float(row["distance_m"]), float(row["exponent"])
    between_m = [2.0 * radius_m * math.sin(math.pi * steps / stations) for steps in range(stations)]
    ratios = [(max(metres, REFERENCE_M) / max(radius_m, REFERENCE_M)) ** -exponent for metres in between_m]
    return [[ratios[abs(one - other)] for other in range(stations)] for one in range(stations)]


def modelled(row: Row) -> Counts:
    """The counts of a row in 25 s: in closed form for one sender, else means of a run."""
    frame_s, acknowledged = float(mac.ppdu_s(int(row["psdu_bytes"]))), row["ack"] == "1"
    pause_s = float(mac.interframe_s(int(row["psdu_bytes"])))
    noise = 10.0 ** ((NOISE_DBM - float(row["rx_dBm"])) / 10.0)
    if int(row["n_senders"]) == 1:
        return _alone(frame_s, pause_s, noise, acknowledged=acknowledged)

    def success(interference: float, seconds: float) -> float:
        return _success(round(interference, 9), round(seconds, 9), noise)

    run = UnslottedRun(int(row["n_senders"]), CSMA, frame_s, pause_s, success, acknowledged=acknowledged,
                       crosstalk=_crosstalk(row))  # fmt: skip
    *counts, latency_s = run.run(RUNS * SECONDS)
    return Counts(*(count / RUNS for count in counts), latency_s=latency_s)


def _alone(frame_s: float, pause_s: float, noise: float, *, acknowledged: bool) -> Counts:
    data, ack = (_success(0.0, seconds, noise) for seconds in (frame_s, mac.ACK_S))
    means = lone_access(CSMA, frame_s, pause_s, data, ack, acknowledged=acknowledged)
    requests = SECONDS / means.frame_s
    success = requests * (1.0 - means.loss)
    return Counts(requests, success, 0, requests - success, requests * means.attempts_per_frame,
                  requests * means.receptions, means.success_s)  # fmt: skip


def quantities(rows: Sequence[Row]) -> list[Quantity]:
    """All quantities of the table."""
    pairs = [(row, modelled(row)) for row in rows]
    known = [(row, ours) for row, ours in pairs if float(row["success"]) >= 30]
    return [
        _quantity("goodput", 0.03, "relative", "kb/s",
                  [_goodput(row, ours) for row, ours in pairs if float(row["delivered"]) >= 300]),
        _quantity("receptions per transmission", 0.015, "absolute", "1", [_received(row, ours) for row, ours in pairs]),
        _quantity("requests", 0.03, "relative", "1",
                  [_point(row, ours.requests, float(row["requests"]), 0.5 * math.sqrt(ours.requests))
                   for row, ours in pairs]),
        _quantity("transmissions per request", 0.03, "relative", "1", [_sent(row, ours) for row, ours in pairs]),
        _quantity("share of requests that succeed", 0.015, "absolute", "1",
                  [_share(row, ours.success, ours, "success") for row, ours in pairs]),
        _quantity("share of channel access failures", 0.015, "absolute", "1",
                  [_share(row, ours.access_failures, ours, "channel_access_failure") for row, ours in pairs]),
        _quantity("share without acknowledgement", 0.015, "absolute", "1",
                  [_share(row, ours.no_ack, ours, "no_ack") for row, ours in pairs]),
        _quantity("latency of successes", 0.05, "relative", "ms",
                  [_point(row, 1e3 * ours.latency_s, float(row["mean_latency_ms"]), _rough(row, "success"))
                   for row, ours in known]),
        _quantity("air time of a frame", 1e-9, "relative", "us",
                  [_point(row, 1e6 * float(mac.ppdu_s(int(row["psdu_bytes"]))), float(row["data_us"]), 0.0)
                   for row in rows]),
    ]  # fmt: skip


def _quantity(name: str, tolerance: float, measure, unit: str, points: list[Point]) -> Quantity:
    return Quantity(f"802.15.4 CSMA/CA: {name}", TABLE, points, tolerance, measure, unit, "received level [dBm]")


def _point(row: Row, ours: float, theirs: float, error: float) -> Point:
    senders = int(row["n_senders"])
    series = f"{senders} senders, {row['msdu_bytes']} B, ACK {row['ack']}"
    return Point(series, float(row["rx_dBm"]), ours, theirs, error)


def _goodput(row: Row, ours: Counts) -> Point:
    bits = 8 * int(row["msdu_bytes"])
    kbps = ours.receptions * bits / SECONDS / 1e3
    # Receptions at the edge of range are drawn one by one.
    lost = max(1.0 - float(row["delivered"]) / max(float(row["phy_tx"]), 1.0), 0.0)
    error = math.sqrt(max(ours.receptions, float(row["delivered"])) * lost) * bits / SECONDS / 1e3
    return _point(row, kbps, float(row["goodput_kbps"]), error)


def _received(row: Row, ours: Counts) -> Point:
    share, sent = ours.receptions / ours.transmissions, float(row["phy_tx"])
    return _point(row, share, float(row["delivered"]) / sent, math.sqrt(max(share * (1.0 - share), 0.0) / sent))


def _sent(row: Row, ours: Counts) -> Point:
    return _point(row, ours.transmissions / ours.requests, float(row["tx_per_request"]), 0.0)


def _share(row: Row, count: float, ours: Counts, column: str) -> Point:
    share = count / ours.requests
    theirs = float(row[column]) / float(row["requests"])
    return _point(row, share, theirs, math.sqrt(share * (1.0 - share) / float(row["requests"])))


def _rough(row: Row, column: str) -> float:
    """Standard error of the difference of two mean latencies, whose values scatter by more than they last."""
    return 2.0 * float(row["mean_latency_ms"]) / math.sqrt(float(row[column]))
