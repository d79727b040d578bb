"""Macro cells: the Okumura-Hata model and its extension by COST 231.

M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE Trans. Vehicular Technology
29(3), 1980; E. Damosso, L. M. Correia (eds.), "COST Action 231: Digital mobile radio towards future generation
systems, final report", European Commission, 1999, section 4.4.1, equations (4.4.1) to (4.4.3).

ns-3 departs from both in some constants; where it does, the constant is an argument whose default is the document's.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within

Environment = Literal["urban", "suburban", "open"]
City = Literal["small", "medium", "large"]

HIGHEST_HATA_HZ = 1.5e9
"""Up to here Hata's formula holds, above that of COST 231."""
FREQUENCIES_HZ = (150e6, 2e9)
BASE_HEIGHTS_M = (30.0, 200.0)
TERMINAL_HEIGHTS_M = (1.0, 10.0)
DISTANCES_M = (1e3, 20e3)
"""Valid ranges of Hata 1980, with the frequencies of COST 231 (section 4.4.1)."""
OPEN_QUADRATIC = 4.78
"""Factor of (log10 f)^2 in the correction for open areas (Hata 1980, equation (17))."""
NS3_OPEN_QUADRATIC = 4.70
"""The same in ns-3.37: 0.7 dB more loss at 900 MHz."""
TERMINAL_SLOPE = 1.1
"""Factor of log10 f in the terminal's height correction (COST 231, equation (4.4.2))."""
NS3_COST231_TERMINAL_SLOPE = 1.11
"""The same in ns-3.37's `Cost231PropagationLossModel`: 0.1 dB less loss at 2 GHz and 3 m."""


def okumura_hata_db(
    distance_m: ArrayLike,
    frequency_hz: float,
    base_height_m: float,
    terminal_height_m: float,
    *,
    environment: Environment = "urban",
    city: City = "large",
    open_quadratic: float = OPEN_QUADRATIC,
    extrapolate: bool = False,
) -> NDArray[np.float64]:
    """Median loss in dB, never below 0: Hata up to 1.5 GHz, COST 231 above.

    Hata: 69.55 + 26.16 log f - 13.82 log hb + (44.9 - 6.55 log hb) log d - a(hm), f in MHz and d in km, less a
    correction in suburban and open areas. COST 231: 46.3 + 33.9 log f - 13.82 log hb + (44.9 - 6.55 log hb) log d -
    a(hm) + C, with C = 3 dB in large cities, else 0, whatever the environment. In large cities a(hm) =
    3.2 (log 11.75 hm)^2 - 4.97 up to 1.5 GHz, and above, as in ns-3's `OkumuraHataPropagationLossModel`, the same
    without the 4.97 (the report has the small city's correction there: up to 5 dB more).

    Args:
        distance_m: straight distance d between the antennas, 1 to 20 km.
        frequency_hz: carrier frequency f, 150 MHz to 2 GHz.
        base_height_m: height hb of the higher antenna, 30 to 200 m.
        terminal_height_m: height hm of the lower one, 1 to 10 m.
        environment: what lies between; only up to 1.5 GHz.
        city: size of the city; small and medium are the same.
        open_quadratic: factor of (log10 f)^2 in open areas.
        extrapolate: take arguments outside these ranges, as long as they are positive.

    Raises:
        ValueError: an argument is outside its range.
    """
    _in_range(frequency_hz, base_height_m, terminal_height_m, extrapolate)
    log_f = math.log10(frequency_hz / 1e6)
    if frequency_hz > HIGHEST_HATA_HZ:
        large_db = 3.2 * math.log10(11.75 * terminal_height_m) ** 2
        constant_db = _COST231_DB + _COST231_SLOPE_DB * log_f + (3.0 if city == "large" else 0.0)
    else:
        large_db = _large_city_db(frequency_hz, terminal_height_m)
        constant_db = 69.55 + 26.16 * log_f - _relief_db(frequency_hz, environment, open_quadratic)
    terminal_db = large_db if city == "large" else _small_city_db(log_f, terminal_height_m, TERMINAL_SLOPE)
    return _by_distance_db(distance_m, constant_db - terminal_db, base_height_m, extrapolate)


def cost231_hata_db(
    distance_m: ArrayLike,
    frequency_hz: float,
    base_height_m: float,
    terminal_height_m: float,
    *,
    metropolitan: bool = False,
    margin_db: float = 0.0,
    terminal_slope: float = TERMINAL_SLOPE,
    nearest_m: float = 0.0,
    extrapolate: bool = False,
) -> NDArray[np.float64]:
    """Median loss in dB in cities, never below 0: COST 231, equation (4.4.3) with (4.4.2).

    Args:
        distance_m: straight distance between the antennas, 1 to 20 km.
        frequency_hz: carrier frequency, 1.5 to 2 GHz.
        base_height_m: height of the higher antenna, 30 to 200 m.
        terminal_height_m: height of the lower one, 1 to 10 m.
        metropolitan: in a metropolitan centre, C = 3 dB; else 0 dB for medium cities and suburbs.
        margin_db: constant added to the loss; ns-3 adds 10 dB and calls it shadowing.
        terminal_slope: factor of log10 f in the terminal's height correction.
        nearest_m: no loss up to this distance (ns-3 `MinDistance`), at least 0 m.
        extrapolate: take arguments outside these ranges, as long as they are positive.

    Raises:
        ValueError: an argument is outside its range.
    """
    _in_range(frequency_hz, base_height_m, terminal_height_m, extrapolate, lowest_hz=HIGHEST_HATA_HZ)
    log_f = math.log10(frequency_hz / 1e6)
    constant_db = _COST231_DB + _COST231_SLOPE_DB * log_f + (3.0 if metropolitan else 0.0) + margin_db
    constant_db -= _small_city_db(log_f, terminal_height_m, terminal_slope)
    loss_db = _by_distance_db(distance_m, constant_db, base_height_m, extrapolate)
    within(nearest_m, "A nearest distance (m)", 0.0)
    return np.where(np.asarray(distance_m) <= nearest_m, 0.0, loss_db) if nearest_m else loss_db


_COST231_DB, _COST231_SLOPE_DB = 46.3, 33.9
"""The frequency terms of COST 231, equation (4.4.3)."""


def _in_range(
    frequency_hz: float, base_m: float, terminal_m: float, extrapolate: bool, lowest_hz: float = FREQUENCIES_HZ[0]
) -> None:
    asked = (
        (frequency_hz, "A frequency for Hata's model (Hz)", (lowest_hz, FREQUENCIES_HZ[1])),
        (base_m, "The height of a base station (m)", BASE_HEIGHTS_M),
        (terminal_m, "The height of a terminal (m)", TERMINAL_HEIGHTS_M),
    )
    for value, name, (low, high) in asked:
        if extrapolate:
            within(value, name, 0.0, above=True)
        else:
            within(value, name, low, high)


def _large_city_db(frequency_hz: float, terminal_m: float) -> float:
    """Height correction a(hm) of large cities (Hata 1980, equations (13) and (14)) [dB].

    The paper has the first up to 200 MHz and the second from 400 MHz on; that the second begins at 200 MHz is ns-3's
    choice (0.1 dB at 1.5 m and 300 MHz).
    """
    if frequency_hz < 200e6:
        return 8.29 * math.log10(1.54 * terminal_m) ** 2 - 1.1
    return 3.2 * math.log10(11.75 * terminal_m) ** 2 - 4.97


def _small_city_db(log_f: float, terminal_m: float, slope: float) -> float:
    """Height correction a(hm) of small and medium cities (COST 231, equation (4.4.2)) [dB]."""
    return (slope * log_f - 0.7) * terminal_m - (1.56 * log_f - 0.8)


def _relief_db(frequency_hz: float, environment: Environment, open_quadratic: float) -> float:
    """What suburbs and open areas lose less than cities (Hata 1980, equations (16) and (17)) [dB]."""
    log_f = math.log10(frequency_hz / 1e6)
    if environment == "suburban":
        return 2.0 * math.log10(frequency_hz / 28e6) ** 2 + 5.4
    return open_quadratic * log_f**2 - 18.33 * log_f + 40.94 if environment == "open" else 0.0


def _by_distance_db(distance_m: ArrayLike, constant_db: float, base_m: float, extrapolate: bool) -> NDArray[np.float64]:
    low_m, high_m = (0.0, np.inf) if extrapolate else DISTANCES_M
    distance = within(distance_m, "A distance for Hata's model (m)", low_m, high_m)
    log_base = math.log10(base_m)
    with np.errstate(divide="ignore"):
        slope_db = (44.9 - 6.55 * log_base) * np.log10(distance / 1e3)
    return np.maximum(constant_db - 13.82 * log_base + slope_db, 0.0)
