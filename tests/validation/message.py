"""`wifi_message.csv`: whole messages of several senders that start at once, held against the slot process."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from p2p import Row, ofdm_dcf, rate_of, reception
from quantity import Point, Quantity

from radio_models import wifi
from radio_models.dcf import Dcf
from radio_models.simultaneous_messages import Messages, simultaneous_messages

TABLE = "wifi_message.csv"
FRAGMENT_BYTES, OVERHEAD_BYTES = 1472, 28 + 36
REPLICAS = 64


@cache
def _run(stations: int, dcf: Dcf, frame_s: float, last_s: float, fragments: int, error: float) -> Messages:
    return simultaneous_messages(stations, dcf, frame_s, last_s, fragments, error=error, replicas=REPLICAS)


def modelled(row: Row) -> Messages:
    """The slot process for a row."""
    rate = rate_of(row)
    fragments = int(row["fragments"])
    last_bytes = int(row["message_bytes"]) - (fragments - 1) * FRAGMENT_BYTES
    dcf = ofdm_dcf(rate)
    frame_s, last_s = (
        float(wifi.ppdu_s(size + OVERHEAD_BYTES, rate, wifi.OFDM)) for size in (FRAGMENT_BYTES, last_bytes)
    )
    snr_db = float(row["snr_dB"])
    success = reception(frame_s, rate, snr_db).success * reception(dcf.ack_s, wifi.ack_mode(rate), snr_db).success
    return _run(int(row["n_senders"]), dcf, frame_s if fragments > 1 else last_s, last_s, fragments, 1.0 - success)


def quantities(rows: Sequence[Row]) -> list[Quantity]:
    """All quantities of the table."""
    complete = [row for row in rows if float(row["complete_frac"]) > 0.0]
    return [
        Quantity("802.11a messages: completion, mean", TABLE, [_mean(row) for row in complete], 0.02, "relative", "s",
                 "bytes", logarithmic=True,
                 note="Several senders or a lossy link: within 3 sd of the mean."),
        Quantity("802.11a messages: completion of the last", TABLE, [_last(row) for row in complete], 0.02, "relative",
                 "s", "bytes", logarithmic=True, note="Several senders or a lossy link: within 3 sd of the mean."),
        Quantity("802.11a messages: share complete", TABLE, [_complete(row) for row in rows], 0.05, x_label="bytes",
                 logarithmic=True),
        Quantity("802.11a messages: attempts per fragment", TABLE, [_attempts(row) for row in rows], 0.02, "relative",
                 x_label="bytes", logarithmic=True),
    ]  # fmt: skip


def _point(row: Row, ours: float, theirs: float, error: float) -> Point:
    series = f"{row['n_senders']} senders, {row['rate_Mbps']} Mb/s, {float(row['snr_dB']):.4g} dB"
    return Point(series, float(row["message_bytes"]), ours, theirs, error)


def _times(row: Row) -> np.ndarray:
    ours = modelled(row)
    return np.where(ours.lost == 0, ours.end_s, np.nan)


def _mean(row: Row) -> Point:
    times_s = _times(row)
    whole = ~np.isnan(times_s).all(axis=1)
    if not whole.any():
        return _point(row, math.nan, float(row["t_mean_s"]), 0.0)
    per_run_s = np.nanmean(times_s[whole], axis=1)
    error = float(per_run_s.std()) / math.sqrt(_runs(row))
    return _point(row, float(np.nanmean(times_s)), float(row["t_mean_s"]), error)


def _runs(row: Row) -> float:
    """Runs in which a message came through whole, at least about."""
    return max(float(row["runs"]) * min(float(row["complete_frac"]) * float(row["n_senders"]), 1.0), 1.0)


def _last(row: Row) -> Point:
    times_s = _times(row)
    whole = ~np.isnan(times_s).all(axis=1)
    if not whole.any():
        return _point(row, math.nan, float(row["t_last_s"]), 0.0)
    last_s = np.nanmax(times_s[whole], axis=1)
    return _point(row, float(last_s.mean()), float(row["t_last_s"]), float(last_s.std()) / math.sqrt(_runs(row)))


def _complete(row: Row) -> Point:
    share = float((modelled(row).lost == 0).mean())
    messages = float(row["runs"]) * float(row["n_senders"])
    error = math.sqrt(share * (1.0 - share) / messages)
    return _point(row, share, float(row["complete_frac"]), error)


def _attempts(row: Row) -> Point:
    attempts = modelled(row).attempts
    fragments, runs = int(row["fragments"]), float(row["runs"])
    error = float((attempts.mean(axis=1) / fragments).std()) / math.sqrt(runs)
    return _point(row, float(attempts.mean()) / fragments, float(row["attempts_per_fragment"]), error)
