"""Quantities of Wi-Fi frames: what `wifi_airtime` and `wifi_error_rates` compare, as curves."""

from collections.abc import Callable, Sequence

import wifi_airtime
import wifi_error_rates
from quantity import Point, Quantity
from wifi_airtime import Compared, Row

from radio_models import error_rate_table

ROUNDED_US = 1e-9
"""Our air times are seconds, rounded in the last digit of a double."""

FAMILIES = (
    ("802.11a", "Ofdm"), ("802.11g", "ErpOfdm"), ("802.11b", "Dsss"), ("802.11n", "Ht"), ("802.11ac", "Vht"),
    ("802.11ax", "He"),
)  # fmt: skip
"""Name of an amendment, and how ns-3's names of its modes begin."""


def air_times(rows: Sequence[Row]) -> list[Quantity]:
    """All quantities of `airtime_wifi.csv`, one per amendment."""
    of_family = [(name, [row for row in rows if row["mode"].startswith(prefix)]) for name, prefix in FAMILIES]
    known = sum(len(some) for _, some in of_family)
    if known != len(rows):
        raise ValueError(f"{len(rows) - known} rows are of no mode that is known")
    return [_air_times(name, some) for name, some in of_family if some]


def _air_times(family: str, rows: Sequence[Row]) -> Quantity:
    points = [
        Point(f"{row['mode']} {row['width_MHz']} MHz {row['gi_ns']} ns {row['preamble']} {row['band']}",
              float(row["psdu_bytes"]), ours, theirs)
        for row, (_, ours, theirs) in zip(rows, wifi_airtime.air_times(rows), strict=True)
    ]  # fmt: skip
    return Quantity(f"air time, {family}", "airtime_wifi.csv", points, ROUNDED_US, unit="us", x_label="PSDU in bytes")


def success_of_ofdm(rows: Sequence[Row]) -> list[Quantity]:
    """All quantities of `per_wifi.csv`, one per model; of one model, short frames apart."""
    short = [row for row in rows if float(row["bytes"]) < error_rate_table.SMALL_BYTES]
    usual = [row for row in rows if float(row["bytes"]) >= error_rate_table.SMALL_BYTES]
    found = [
        _success("NIST model", "per_wifi.csv", rows, wifi_error_rates.nist, wifi_error_rates.NIST_TOLERANCE),
        _success("Yans model", "per_wifi.csv", rows, wifi_error_rates.yans, wifi_error_rates.YANS_TOLERANCE),
        _success(
            "table-based model", "per_wifi.csv", usual, wifi_error_rates.table, wifi_error_rates.TABLE_TOLERANCE,
            "Curves fitted to points that were measured with ns-3.37: a reconstruction.",
        ),
        _success(
            "table-based model, short frames", "per_wifi.csv", short, wifi_error_rates.table,
            wifi_error_rates.SHORT_TABLE_TOLERANCE,
            "Shorter than the smaller reference frame: ns-3.37 extrapolates what was simulated of some thousand.",
        ),
    ]  # fmt: skip
    return [quantity for quantity in found if quantity.points]


def success_of_dsss(rows: Sequence[Row]) -> list[Quantity]:
    """The quantity of `per_dsss.csv`."""
    return [
        _success(
            "DSSS and CCK", "per_dsss.csv", rows, wifi_error_rates.spread_spectrum, wifi_error_rates.DSSS_TOLERANCE
        )
    ]


def _success(
    name: str,
    table: str,
    rows: Sequence[Row],
    model: Callable[[Sequence[Row]], list[Compared]],
    tolerance: float,
    note: str = "",
) -> Quantity:
    points = [
        Point(f"{row['mode']}, {row['bytes']} B", float(row["snr_dB"]), ours, theirs)
        for row, (_, ours, theirs) in zip(rows, model(rows), strict=True)
    ]
    return Quantity(f"frame success, {name}", table, points, tolerance, x_label="SNR in dB", note=note)
