"""Path loss from 0.5 to 100 GHz: 3GPP TR 38.901 V16.1.0, clause 7.4.1.

Four scenarios, each with and without line of sight (LOS, NLOS): urban micro cells in street canyons (UMi), urban macro
cells (UMa), indoor offices (InH), and rural macro cells (RMa). Distances are planar (d2D); the straight distance
d3D follows from the heights. The speed of light is 3e8 m/s in the breakpoint, as the report has it.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within

Scenario = Literal["umi_street_canyon", "uma", "inh_office", "rma"]
Floats = NDArray[np.float64]

SPEED_OF_LIGHT_M_PER_S = 3e8
"""As in note 1 of table 7.4.1-1."""


class Validity(NamedTuple):
    """Ranges in which the formulas of a scenario hold (table 7.4.1-1, right column and notes)."""

    frequency_hz: tuple[float, float]
    base_height_m: tuple[float, float]
    terminal_height_m: tuple[float, float]
    distance_m: tuple[float, float]


VALIDITY: dict[Scenario, Validity] = {
    "umi_street_canyon": Validity((0.5e9, 100e9), (10.0, 10.0), (1.5, 22.5), (10.0, 5e3)),
    "uma": Validity((0.5e9, 100e9), (25.0, 25.0), (1.5, 22.5), (10.0, 5e3)),
    "inh_office": Validity((0.5e9, 100e9), (0.0, math.inf), (0.0, math.inf), (0.0, 150.0)),
    "rma": Validity((0.5e9, 30e9), (10.0, 150.0), (1.0, 10.0), (10.0, 10e3)),
}
"""Distances are planar; InH has 1 to 150 m of straight distance and names no heights. NLOS of RMa ends at 5 km."""
FARTHEST_RMA_NLOS_M = 5e3
BUILDING_HEIGHT_M, STREET_WIDTH_M = 5.0, 20.0
"""Defaults of RMa: 5 <= h <= 50 m, 5 <= W <= 50 m."""
SHADOWING_DB = {
    "umi_street_canyon": (4.0, 7.82),
    "uma": (4.0, 6.0),
    "inh_office": (3.0, 8.03),
    "rma": (4.0, 8.0),
}
"""Standard deviation of shadowing with and without line of sight (table 7.4.1-1); RMa has 6 beyond the breakpoint."""
CORRELATION_M = {
    "umi_street_canyon": (10.0, 13.0),
    "uma": (37.0, 50.0),
    "inh_office": (10.0, 6.0),
    "rma": (37.0, 120.0),
}
"""Correlation distance of shadowing with and without line of sight (table 7.5-6)."""


class Site(NamedTuple):
    """What a loss depends on beside the distance.

    Attributes:
        frequency_hz: carrier frequency.
        base_height_m: height of the base station's antenna, hBS.
        terminal_height_m: height of the terminal's antenna, hUT.
        environment_height_m: effective height hE of what reflects, for the breakpoint. In UMi 1 m; in UMa 1 m up to
            terminals of 13 m, and drawn at random above (note 1 of table 7.4.1-1), which is left to the caller.
        building_height_m: average height of buildings h, for RMa.
        street_width_m: average width of streets W, for RMa.
    """

    frequency_hz: float
    base_height_m: float
    terminal_height_m: float
    environment_height_m: float = 1.0
    building_height_m: float = BUILDING_HEIGHT_M
    street_width_m: float = STREET_WIDTH_M


def path_loss_db(
    distance_m: ArrayLike, scenario: Scenario, site: Site, *, line_of_sight: bool, extrapolate: bool = False
) -> Floats:
    """Loss in dB without shadowing, never below 0 (table 7.4.1-1).

    Args:
        distance_m: planar distance d2D, within the range of the scenario.
        scenario: which formulas.
        site: carrier, heights, and surroundings.
        line_of_sight: LOS or NLOS.
        extrapolate: take arguments outside the scenario's ranges, as ns-3 does with `EnforceParameterRanges` off.

    Raises:
        ValueError: an argument is outside its range, or a height is not above that of the environment.
    """
    if not extrapolate:
        check_site(scenario, site)
    _check_heights(scenario, site)
    distance = _checked_m(distance_m, scenario, site, line_of_sight, extrapolate)
    straight = np.hypot(distance, site.base_height_m - site.terminal_height_m)
    # Antennas at one point: the floor of 0 dB is what is left.
    straight = np.maximum(straight, 1e-9)
    loss_db = _LINE_OF_SIGHT[scenario](distance, straight, site)
    if not line_of_sight:
        loss_db = np.maximum(loss_db, _WITHOUT[scenario](straight, site))
    return np.maximum(loss_db, 0.0)


def breakpoint_m(scenario: Scenario, site: Site) -> float:
    """Planar distance from which a line of sight loses with the fourth power; inf indoors (notes 1 and 5) [m]."""
    if scenario == "inh_office":
        return math.inf
    if scenario == "rma":
        product_m2 = 2.0 * math.pi * site.base_height_m * site.terminal_height_m
    else:
        ground_m = site.environment_height_m
        product_m2 = 4.0 * (site.base_height_m - ground_m) * (site.terminal_height_m - ground_m)
    return product_m2 * site.frequency_hz / SPEED_OF_LIGHT_M_PER_S


def check_site(scenario: Scenario, site: Site) -> None:
    """Whether carrier and heights are those the scenario was measured for.

    Raises:
        ValueError: one is not; the sentence says which, and what is allowed.
    """
    validity = VALIDITY[scenario]
    within(site.frequency_hz, f"A frequency for {scenario} (Hz)", *validity.frequency_hz)
    within(site.base_height_m, f"The height of a base station for {scenario} (m)", *validity.base_height_m)
    within(site.terminal_height_m, f"The height of a terminal for {scenario} (m)", *validity.terminal_height_m)
    if scenario == "rma":
        within(site.building_height_m, "The height of buildings for rma (m)", 5.0, 50.0)
        within(site.street_width_m, "The width of streets for rma (m)", 5.0, 50.0)


def _check_heights(scenario: Scenario, site: Site) -> None:
    """What the formulas cannot do without: a positive breakpoint."""
    within(site.frequency_hz, "A frequency (Hz)", 0.0, above=True)
    if scenario != "inh_office":
        lowest_m = 0.0 if scenario == "rma" else site.environment_height_m
        within((site.base_height_m, site.terminal_height_m), "The height of an antenna (m)", lowest_m, above=True)


def _checked_m(distance_m: ArrayLike, scenario: Scenario, site: Site, line_of_sight: bool, extrapolate: bool) -> Floats:
    if extrapolate:
        return within(distance_m, "A distance (m)", 0.0)
    low_m, high_m = VALIDITY[scenario].distance_m
    if scenario == "rma" and not line_of_sight:
        high_m = FARTHEST_RMA_NLOS_M
    distance = within(distance_m, f"A distance for {scenario} (m)", low_m, high_m)
    if scenario == "inh_office":
        within(np.hypot(distance, site.base_height_m - site.terminal_height_m), "A distance for inh_office (m)", 1, 150)
    return distance


def _umi_db(planar: Floats, straight: Floats, site: Site) -> Floats:
    near_db = 32.4 + 21.0 * np.log10(straight)
    far_db = 32.4 + 40.0 * np.log10(straight) - 9.5 * _squared_db("umi_street_canyon", site)
    return _broken_db("umi_street_canyon", planar, near_db, far_db, site)


def _uma_db(planar: Floats, straight: Floats, site: Site) -> Floats:
    near_db = 28.0 + 22.0 * np.log10(straight)
    far_db = 28.0 + 40.0 * np.log10(straight) - 9.0 * _squared_db("uma", site)
    return _broken_db("uma", planar, near_db, far_db, site)


def _squared_db(scenario: Scenario, site: Site) -> float:
    """log10 of the squared straight distance at the breakpoint."""
    return math.log10(breakpoint_m(scenario, site) ** 2 + (site.base_height_m - site.terminal_height_m) ** 2)


def _broken_db(scenario: Scenario, planar: Floats, near_db: Floats, far_db: Floats, site: Site) -> Floats:
    loss_db = np.where(planar <= breakpoint_m(scenario, site), near_db, far_db)
    return loss_db + 20.0 * math.log10(site.frequency_hz / 1e9)


def _inh_db(planar: Floats, straight: Floats, site: Site) -> Floats:
    return 32.4 + 17.3 * np.log10(straight) + 20.0 * math.log10(site.frequency_hz / 1e9)


def _rma_near_db(straight: Floats, site: Site) -> Floats:
    height = site.building_height_m**1.72
    free_db = 20.0 * np.log10(40.0 * math.pi * straight * site.frequency_hz / 1e9 / 3.0)
    clutter_db = min(0.03 * height, 10.0) * np.log10(straight) - min(0.044 * height, 14.77)
    return free_db + clutter_db + 0.002 * math.log10(site.building_height_m) * straight


def _rma_db(planar: Floats, straight: Floats, site: Site) -> Floats:
    end_m = breakpoint_m("rma", site)
    far_db = _rma_near_db(np.asarray(end_m), site) + 40.0 * np.log10(straight / end_m)
    return np.where(planar <= end_m, _rma_near_db(straight, site), far_db)


def _umi_nlos_db(straight: Floats, site: Site) -> Floats:
    carrier_db = 22.4 + 21.3 * math.log10(site.frequency_hz / 1e9)
    return carrier_db + 35.3 * np.log10(straight) - 0.3 * (site.terminal_height_m - 1.5)


def _uma_nlos_db(straight: Floats, site: Site) -> Floats:
    carrier_db = 13.54 + 20.0 * math.log10(site.frequency_hz / 1e9)
    return carrier_db + 39.08 * np.log10(straight) - 0.6 * (site.terminal_height_m - 1.5)


def _inh_nlos_db(straight: Floats, site: Site) -> Floats:
    return 17.3 + 38.3 * np.log10(straight) + 24.9 * math.log10(site.frequency_hz / 1e9)


def _rma_nlos_db(straight: Floats, site: Site) -> Floats:
    log_base = math.log10(site.base_height_m)
    roofs = 24.37 - 3.7 * (site.building_height_m / site.base_height_m) ** 2
    surroundings_db = 161.04 - 7.1 * math.log10(site.street_width_m) + 7.5 * math.log10(site.building_height_m)
    terminal_db = 3.2 * math.log10(11.75 * site.terminal_height_m) ** 2 - 4.97
    carrier_db = 20.0 * math.log10(site.frequency_hz / 1e9)
    by_distance_db = (43.42 - 3.1 * log_base) * (np.log10(straight) - 3.0)
    return surroundings_db - roofs * log_base + by_distance_db + carrier_db - terminal_db


_LINE_OF_SIGHT = {"umi_street_canyon": _umi_db, "uma": _uma_db, "inh_office": _inh_db, "rma": _rma_db}
_WITHOUT = {"umi_street_canyon": _umi_nlos_db, "uma": _uma_nlos_db, "inh_office": _inh_nlos_db, "rma": _rma_nlos_db}
