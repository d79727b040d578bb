"""`bianchi_expected_ns3.csv`: saturation throughput by an analytical model, held against the slot process.

The model is Bianchi's with the anomalous slot, as the authors of ns-3 tabulate it: frames are retried until they
arrive, and after a collision all stations wait as long, DIFS or EIFS. So does the slot process here.
"""

from collections.abc import Sequence
from functools import cache

from quantity import Point, Quantity
from wifi_airtime import mode_named

from radio_models import dsss, wifi
from radio_models.dcf import Dcf
from radio_models.dsss import DsssMode
from radio_models.slot_model import Backoff, saturated
from radio_models.wifi_modes import Format

TABLE = "bianchi_expected_ns3.csv"
PAYLOAD_BYTES, MPDU_BYTES = 1500, 1536
WITHOUT_END = 40
"""Attempts after which hardly a frame is left."""
CW_MAX = 1023

Row = dict[str, str]


def modelled(row: Row) -> float:
    """Throughput in Mb/s by the slot process."""
    dcf, frame_s = timing(row["mode"])
    idle_slots, lone = _counted(int(row["n_stations"]), dcf.cw_min)
    collided = 1.0 - lone
    whole_s = dcf.difs_s + idle_slots * dcf.slot_s + frame_s + lone * (dcf.sifs_s + dcf.ack_s)
    if row["defer_after_collision"] == "EIFS":
        whole_s += collided * (dcf.sifs_s + dcf.ack_s)
    return lone * 8 * PAYLOAD_BYTES / whole_s / 1e6


def timing(name: str) -> tuple[Dcf, float]:
    """DCF and air time of a data frame."""
    plain, _, width = name.partition("_")
    mode = mode_named(plain, float(width.removesuffix("MHz") or 20))
    if isinstance(mode, DsssMode):
        # Acknowledged at most at 2 Mb/s, as in 802.11 before 802.11b: a reconstruction from the throughput at 11 Mb/s.
        answer = max(mode, dsss.dsss_rate(2e6), key=lambda each: float(dsss.ppdu_s(100, each)))
        dcf = Dcf(20e-6, 10e-6, 50e-6, 31, CW_MAX, WITHOUT_END, dsss.ack_s(answer, False), 0.0)
        return dcf, float(dsss.ppdu_s(MPDU_BYTES, mode))
    legacy = mode.format is Format.OFDM
    # 802.11ax stations send QoS data, two bytes longer, in the access category of best effort: one slot more.
    dcf = Dcf(9e-6, 16e-6, 34e-6 if legacy else 43e-6, 15, CW_MAX, WITHOUT_END, wifi.ack_s(mode, wifi.OFDM), 0.0)
    return dcf, float(wifi.ppdu_s(MPDU_BYTES if legacy else MPDU_BYTES + 2, mode, wifi.OFDM))


@cache
def _counted(stations: int, cw_min: int) -> tuple[float, float]:
    """Idle slots before a busy period, and the share of those that hold one frame."""
    rules = Backoff(cw_min, CW_MAX, WITHOUT_END, 0, acknowledged=True)
    replicas, periods = max(512 // stations, 16), 3000
    counts = saturated(stations, rules, replicas=replicas, periods=periods, warm_up=1000, seed=2)
    whole = replicas * periods
    return float(counts.idle_slots.sum()) / whole, float(counts.lone.sum()) / whole


def quantities(rows: Sequence[Row]) -> list[Quantity]:
    """The one quantity of the table."""
    points = [
        Point(f"{row['mode']}, {row['defer_after_collision']}", float(row["n_stations"]), modelled(row),
              float(row["throughput_Mbps"])) for row in rows
    ]  # fmt: skip
    return [
        Quantity(
            "802.11 saturation throughput, analytical",
            TABLE,
            points,
            0.035,
            "relative",
            "Mb/s",
            "stations",
            note="Legacy and DSSS modes agree within 2 %, HE MCS 0 of 40 and more stations within 3 %.",
        )
    ]
