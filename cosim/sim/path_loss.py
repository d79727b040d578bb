"""Path losses that follow the distance: the parts of the section `propagation` beside free space and log-distance."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from cosim.part import NonNegative, Positive, PositivePair, part
from cosim.sim.propagation import Floats, PathLoss
from radio_models import hata, itu_p1411
from radio_models.kun import kun_2600_mhz_db
from radio_models.propagation import slant_m, three_log_distance_db, two_ray_ground_db

Faults = Iterator[tuple[tuple[str, ...], str]]
Three = Annotated[tuple[Positive, Positive, Positive], Field(strict=False)]


def _rising(starts_m: tuple[float, float, float]) -> tuple[float, float, float]:
    if not starts_m[0] <= starts_m[1] <= starts_m[2]:
        raise ValueError(f"the nearest field comes first: {list(sorted(starts_m))}")
    return starts_m


def refusal(checked: Callable[[], object]) -> Faults:
    """What a model says of its own parameters, as a fault of the part."""
    try:
        checked()
    except ValueError as error:
        yield (), f"{str(error).rstrip('.')}; set extrapolate to use the formulas all the same"


@final
@part
class ThreeLogDistance(PathLoss):
    """Log-distance path loss in three fields (see `radio_models.propagation.three_log_distance_db`).

    Attributes:
        exponents: path-loss exponents near, in the middle and far away.
        starts_m: where the fields begin, in rising order; no loss before the first.
        reference_loss_db: loss at the beginning of the first.
    """

    source: ClassVar[str] = "M. Feuerstein et al., IEEE Trans. Veh. Tech. 43(3), 1994, with a third slope as ns-3 (A)"

    exponents: Three = (1.9, 3.8, 3.8)
    starts_m: Annotated[Three, AfterValidator(_rising)] = (1.0, 200.0, 500.0)
    reference_loss_db: NonNegative = 46.6777

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        return three_log_distance_db(distance_m, self.exponents, self.starts_m, self.reference_loss_db)


@final
@part
class TwoRayGround(PathLoss):
    """Flat ground: free space up to the crossover, then the fourth power (see `radio_models.propagation`).

    Attributes:
        frequency_hz: carrier frequency.
        heights_m: heights of the antennas at the two ends.
        nearest_m: no loss up to this distance.
    """

    source: ClassVar[str] = "T. S. Rappaport, Wireless Communications, 2nd ed., 2002, equation (4.52) (A)"

    frequency_hz: Positive
    heights_m: PositivePair = (1.5, 1.5)
    nearest_m: NonNegative = 0.5

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        straight_m = slant_m(distance_m, self.heights_m)
        return two_ray_ground_db(straight_m, self.frequency_hz, self.heights_m, nearest_m=self.nearest_m)


@final
@part
class ItuP1411(PathLoss):
    """Line of sight in street canyons: mean of the bounds of ITU-R P.1411 (see `radio_models.itu_p1411`).

    Attributes:
        frequency_hz: carrier frequency, 300 MHz to 3 GHz.
        heights_m: heights of the antennas at the two ends.
        extrapolate: take any frequency.
    """

    source: ClassVar[str] = "Recommendation ITU-R P.1411, clause 4.1.1, mean of the bounds as ns-3 (A)"

    frequency_hz: Positive
    heights_m: PositivePair = (1.5, 1.5)
    extrapolate: bool = False

    def check(self, scenario: Any) -> Faults:
        """The carrier must be in the range of the Recommendation."""
        arguments = (self.frequency_hz, self.heights_m)
        return refusal(lambda: itu_p1411.bounds_db(1.0, *arguments, extrapolate=self.extrapolate))

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        straight_m = slant_m(distance_m, self.heights_m)
        return itu_p1411.line_of_sight_db(straight_m, self.frequency_hz, self.heights_m, extrapolate=True)


@final
@part
class Kun2600Mhz(PathLoss):
    """Suburbs at 2.6 GHz (see `radio_models.kun`); it has no parameters."""

    source: ClassVar[str] = "Sun Kun et al., ISAPE 2008, constants as in ns-3 (B)"

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        return kun_2600_mhz_db(distance_m)


@final
@part
class OkumuraHata(PathLoss):
    """Macro cells from 150 MHz to 2 GHz: Hata up to 1.5 GHz, COST 231 above (see `radio_models.hata`).

    Attributes:
        frequency_hz: carrier frequency.
        base_height_m: height of the higher antenna, 30 to 200 m.
        terminal_height_m: height of the lower one, 1 to 10 m.
        environment: what lies between; only up to 1.5 GHz.
        city: its size; small and medium are the same.
        extrapolate: take any carrier and heights.
    """

    source: ClassVar[str] = "M. Hata, IEEE Trans. Veh. Tech. 29(3), 1980; COST 231 final report, 4.4.1 (A)"

    frequency_hz: Positive
    base_height_m: Positive = 30.0
    terminal_height_m: Positive = 1.5
    environment: hata.Environment = "urban"
    city: hata.City = "large"
    extrapolate: bool = False

    def check(self, scenario: Any) -> Faults:
        """Carrier and heights must be those of the measurements."""
        return refusal(lambda: self._at_m(hata.DISTANCES_M[0], self.extrapolate))

    @property
    def range_m(self) -> tuple[float, float]:
        """1 to 20 km."""
        return hata.DISTANCES_M

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        straight_m = slant_m(distance_m, (self.base_height_m, self.terminal_height_m))
        return self._at_m(straight_m, True)

    def _at_m(self, straight_m: Floats, extrapolate: bool) -> NDArray[np.float64]:
        heights_m = (self.base_height_m, self.terminal_height_m)
        where = (self.environment, self.city)
        return hata.okumura_hata_db(
            straight_m, self.frequency_hz, *heights_m, environment=where[0], city=where[1], extrapolate=extrapolate
        )


@final
@part
class Cost231Hata(PathLoss):
    """Cities from 1.5 to 2 GHz: COST 231's extension of Hata's model (see `radio_models.hata`).

    Attributes:
        frequency_hz: carrier frequency.
        base_height_m: height of the higher antenna, 30 to 200 m.
        terminal_height_m: height of the lower one, 1 to 10 m.
        metropolitan: in a metropolitan centre, 3 dB more.
        margin_db: a constant added to the loss; ns-3 has 10 dB here.
        extrapolate: take any carrier and heights.
    """

    source: ClassVar[str] = "COST 231 final report, 1999, equations (4.4.2) and (4.4.3) (A)"

    frequency_hz: Positive
    base_height_m: Positive = 50.0
    terminal_height_m: Positive = 3.0
    metropolitan: bool = False
    margin_db: NonNegative = 0.0
    extrapolate: bool = False

    def check(self, scenario: Any) -> Faults:
        """Carrier and heights must be those of the measurements."""
        return refusal(lambda: self._at_m(hata.DISTANCES_M[0], self.extrapolate))

    @property
    def range_m(self) -> tuple[float, float]:
        """1 to 20 km."""
        return hata.DISTANCES_M

    def over_m(self, distance_m: Floats) -> NDArray[np.float64]:
        """Loss by distance [dB]."""
        straight_m = slant_m(distance_m, (self.base_height_m, self.terminal_height_m))
        return self._at_m(straight_m, True)

    def _at_m(self, straight_m: Floats, extrapolate: bool) -> NDArray[np.float64]:
        arguments = (self.frequency_hz, self.base_height_m, self.terminal_height_m)
        return hata.cost231_hata_db(
            straight_m, *arguments, metropolitan=self.metropolitan, margin_db=self.margin_db, extrapolate=extrapolate
        )
