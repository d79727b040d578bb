"""Air times of Wi-Fi PPDUs against ns-3's, whatever rows the table holds."""

import re
from collections.abc import Sequence

from radio_models import dsss, wifi
from radio_models.dsss import DsssMode
from radio_models.wifi_modes import Format, Mode, mode_of

Row = dict[str, str]
Compared = tuple[str, float, float]
"""What is compared; ours; theirs."""

_LEGACY = re.compile(r"(Dsss|Ofdm|ErpOfdm)Rate(\d+(?:_\d+)?)Mbps(?:BW(\d+)MHz)?")
_BY_MCS = re.compile(r"(Ht|Vht|He)Mcs(\d+)")


def mode_named(name: str, width_mhz: float = 20, guard_ns: int = 800) -> Mode | DsssMode:
    """The mode that ns-3 calls so.

    Raises:
        ValueError: no such name.
    """
    legacy, by_mcs = _LEGACY.fullmatch(name), _BY_MCS.fullmatch(name)
    if legacy is not None:
        bit_per_s = 1e6 * float(legacy[2].replace("_", "."))
        if legacy[1] == "Dsss":
            return dsss.dsss_rate(bit_per_s)
        narrow = int(legacy[3] or 20)
        return wifi.ofdm_rate(bit_per_s * 20 / narrow)._replace(width_mhz=narrow)
    if by_mcs is None:
        raise ValueError(f"No mode of Wi-Fi is called {name}.")
    return mode_of(Format[by_mcs[1].upper()], int(by_mcs[2]), int(width_mhz), guard_ns)


def air_times(rows: Sequence[Row]) -> list[Compared]:
    """Microseconds on air of each row of `airtime_wifi.csv`."""
    return [_air_time(row) for row in rows]


def _air_time(row: Row) -> Compared:
    mode = mode_named(row["mode"], float(row["width_MHz"]), int(row["gi_ns"]))
    size = int(row["psdu_bytes"])
    if isinstance(mode, DsssMode):
        seconds = dsss.ppdu_s(size, mode, short_preamble=row["preamble"] == "SHORT")
    else:
        timing = wifi.ERP_OFDM if row["band"].startswith("2.4") else wifi.OFDM
        seconds = wifi.ppdu_s(size, mode, timing)
    label = " ".join((row["mode"], row["band"], f"{row['width_MHz']} MHz", f"{row['gi_ns']} ns", row["preamble"]))
    return f"{label}, {size} B", round(1e6 * float(seconds), 6), float(row["duration_us"])
