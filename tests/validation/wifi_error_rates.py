"""Error rates of Wi-Fi against ns-3's, whatever modes, sizes and ratios the tables hold."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from wifi_airtime import Compared, Row, mode_named

from radio_models import dsss, error_rate, error_rate_table, error_rate_yans
from radio_models.dsss import DsssMode

Floats = NDArray[np.float64]
Model = Callable[[Floats, str, Floats], Floats]
"""Error rate by ratio in dB, name of the mode, and bits."""

NIST_TOLERANCE = YANS_TOLERANCE = DSSS_TOLERANCE = 1e-8
TABLE_TOLERANCE = error_rate_table.TOLERANCE
SHORT_TABLE_TOLERANCE = error_rate_table.SHORT_TOLERANCE


def _mode(name: str, *, spread: bool):
    mode = mode_named(name)
    if isinstance(mode, DsssMode) is not spread:
        raise ValueError(f"{name} does not belong into this table.")
    return mode


def _nist(snr_db: Floats, name: str, bits: Floats) -> Floats:
    mode = _mode(name, spread=False)
    return error_rate.chunk_error_rate(snr_db, mode.constellation, mode.code_numerator, bits)


def _yans(snr_db: Floats, name: str, bits: Floats) -> Floats:
    return error_rate_yans.chunk_error_rate(snr_db, _mode(name, spread=False), bits)


def _table(snr_db: Floats, name: str, bits: Floats) -> Floats:
    # The order of sizes is the radio's, not ns-3's.
    return error_rate_table.chunk_error_rate(snr_db, _mode(name, spread=False), bits, ordered=False)


def _dsss(snr_db: Floats, name: str, bits: Floats) -> Floats:
    return dsss.chunk_error_rate(snr_db, _mode(name, spread=True), bits)


def nist(rows: Sequence[Row]) -> list[Compared]:
    """Success of each row of `per_wifi.csv` by the NIST model."""
    return _successes(rows, "success_nist", _nist)


def yans(rows: Sequence[Row]) -> list[Compared]:
    """Success of each row of `per_wifi.csv` by the Yans model."""
    return _successes(rows, "success_yans", _yans)


def table(rows: Sequence[Row]) -> list[Compared]:
    """Success of each row of `per_wifi.csv` by the reconstructed tables."""
    return _successes(rows, "success_table", _table)


def spread_spectrum(rows: Sequence[Row]) -> list[Compared]:
    """Success of each row of `per_dsss.csv`."""
    return _successes(rows, "success", _dsss)


def _successes(rows: Sequence[Row], column: str, model: Model) -> list[Compared]:
    """One call a mode, results in the order of the rows."""
    snr_db, bits, theirs = (np.array([float(row[name]) for row in rows]) for name in ("snr_dB", "bytes", column))
    names = np.array([row["mode"] for row in rows])
    ours = np.empty(len(rows))
    for name in dict.fromkeys(names.tolist()):
        mine = names == name
        ours[mine] = 1.0 - model(snr_db[mine], name, 8.0 * bits[mine])
    labels = [f"{row['mode']}, {row['bytes']} B, {row['snr_dB']} dB" for row in rows]
    return list(zip(labels, ours.tolist(), theirs.tolist(), strict=True))
