"""Cells and offices from 0.5 to 100 GHz: 3GPP TR 38.901."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray

from cosim.part import Positive, part
from cosim.sim.path_loss import refusal
from cosim.sim.propagation import Floats, PathLoss, Peers, link_uniforms
from radio_models.line_of_sight import HIGHEST_TERMINAL_M, Surroundings, line_of_sight_probability
from radio_models.tr38901 import (
    BUILDING_HEIGHT_M,
    FARTHEST_RMA_NLOS_M,
    STREET_WIDTH_M,
    VALIDITY,
    Scenario,
    Site,
    check_site,
    path_loss_db,
)

HEIGHTS_M: dict[str, tuple[float, float]] = {
    "umi_street_canyon": (10.0, 1.5),
    "uma": (25.0, 1.5),
    "inh_office": (3.0, 1.0),
    "rma": (35.0, 1.5),
}
"""Antennas of base station and terminal in the evaluations of the report (clause 7.2)."""


@final
@part
class Tr38901(PathLoss):
    """Path loss of a scenario of 3GPP TR 38.901 (see `radio_models.tr38901` and `radio_models.line_of_sight`).

    With `line_of_sight: drawn` each link has one draw for the whole run, the same both ways, and there is a line of
    sight while the probability at its distance is above the draw; motion may change it. Draws of links are independent.
    The report's shadowing is a part of its own: `radio_models.tr38901` has its deviations and correlation distances.

    Attributes:
        scenario: umi_street_canyon, uma, inh_office or rma.
        frequency_hz: carrier frequency, 0.5 to 100 GHz; to 30 GHz in rma.
        base_height_m: height of the higher antenna; null for 10, 25, 3 or 35 m.
        terminal_height_m: height of the lower antenna; null for 1.5 m, in offices 1 m. Above 13 m the report draws the
            height of what reflects in uma at random; it is 1 m here.
        line_of_sight: always, never, or drawn by its probability.
        office: whose probability of a line of sight holds in inh_office.
        building_height_m: average height of buildings, for rma.
        street_width_m: average width of streets, for rma.
        extrapolate: take any carrier and heights, such as two terminals in the street.
    """

    source: ClassVar[str] = "3GPP TR 38.901 V16.1.0, tables 7.4.1-1 and 7.4.2-1 (A)"

    scenario: Scenario
    frequency_hz: Positive
    base_height_m: Positive | None = None
    terminal_height_m: Positive | None = None
    line_of_sight: Literal["always", "never", "drawn"] = "drawn"
    office: Literal["mixed", "open"] = "mixed"
    building_height_m: Positive = BUILDING_HEIGHT_M
    street_width_m: Positive = STREET_WIDTH_M
    extrapolate: bool = False

    @property
    def site(self) -> Site:
        """Carrier, heights and surroundings."""
        base_m, terminal_m = HEIGHTS_M[self.scenario]
        return Site(
            self.frequency_hz,
            base_m if self.base_height_m is None else self.base_height_m,
            terminal_m if self.terminal_height_m is None else self.terminal_height_m,
            building_height_m=self.building_height_m,
            street_width_m=self.street_width_m,
        )

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """Carrier and heights must be those of the report, and the formulas must be defined for them."""
        if not self.extrapolate:
            yield from refusal(lambda: check_site(self.scenario, self.site))
            return
        try:
            self._loss_db(1.0, True)
        except ValueError as error:
            yield (), str(error)

    @property
    def range_m(self) -> tuple[float, float]:
        """Of the scenario; shorter where there is no line of sight in rma."""
        low_m, high_m = VALIDITY[self.scenario].distance_m
        return low_m, FARTHEST_RMA_NLOS_M if self.scenario == "rma" and self.line_of_sight != "always" else high_m

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss with a line of sight, or without if there never is one [dB]."""
        return self._loss_db(distance_m, self.line_of_sight != "never")

    def loss_db(self, distance_m: Floats, senders: Peers, receivers: Peers, seed: int) -> NDArray[np.float64]:
        """Loss by distance, and by the draw of the link [dB]."""
        if self.line_of_sight != "drawn":
            return self.over_m(distance_m)
        draws = link_uniforms(seed, "line of sight", distance_m, senders, receivers, True)
        terminal_m = min(self.site.terminal_height_m, HIGHEST_TERMINAL_M)
        sees = draws < line_of_sight_probability(distance_m, self._surroundings, terminal_m)
        return np.where(sees, self._loss_db(distance_m, True), self._loss_db(distance_m, False))

    def _loss_db(self, distance_m: Floats, sees: bool) -> NDArray[np.float64]:
        return path_loss_db(distance_m, self.scenario, self.site, line_of_sight=sees, extrapolate=True)

    @property
    def _surroundings(self) -> Surroundings:
        if self.scenario != "inh_office":
            return self.scenario
        return "inh_mixed_office" if self.office == "mixed" else "inh_open_office"
