"""How IEEE 802.15.4 stations without a coordinator share the air, at transfer fidelity.

Stations that notice each other are taken for as many saturated stations that all hear each other
(`radio_models.shared_access`): what they get, how often they find no idle channel, and how often frames overlap because
both looked within a turnaround. Exact where neighbours are a clique with frames of one length; elsewhere a station
counts those it notices, and forgets that these may send at the same time (a reconstruction, B).
"""

import math
from collections.abc import Iterable
from typing import NamedTuple, final

from cosim.sim.ieee802154 import Ieee802154
from cosim.sim.overlap import Overlap, unheard
from cosim.sim.sharing import Claimant, Sharing
from radio_models import ieee802154
from radio_models.shared_access import SharedAccess, shared_access
from radio_models.unslotted_csma import exponents

STEPS = 20
"""Probabilities are rounded to such parts of 1 before a run of the model is looked up."""
MOST_ERROR = 0.95


class Access(NamedTuple):
    """A station among so many: requests it finishes in a second, refusals per attempt, chance to overlap a rival's."""

    requests_per_s: float
    refusal: float
    meets: float


@final
class UnslottedSharing(Sharing):
    """Unslotted CSMA/CA."""

    label = "medium: unslotted_csma (fluid shares of saturated stations)"
    refuses = True
    late = 0.5

    def __init__(self, radio: Ieee802154) -> None:
        self._csma = csma = radio.unslotted
        self._pause_s = float(ieee802154.interframe_s(radio.psdu_bytes))
        units = [(2**exponent - 1) / 2.0 for exponent in exponents(csma)]
        self._access_s = units[0] * csma.backoff_unit_s + csma.cca_s + csma.turnaround_s
        self._refusal_s = sum(units) * csma.backoff_unit_s + len(units) * csma.cca_s
        self._known: dict[tuple[int, float, bool, float, float], Access] = {}

    @property
    def refusal_s(self) -> float:
        """See Sharing: all backoffs and looks, without the pause after a frame."""
        return self._refusal_s

    def begins_s(self, sender: int, now_s: float, ended_s: float) -> float:
        """See Sharing: the pause between frames."""
        return max(now_s, ended_s + self._pause_s)

    def attempts_s(self, frame_s: float, acknowledged: bool, last: bool) -> list[float]:
        """See Sharing: backoffs begin with the smallest exponent at each attempt."""
        csma, pause_s = self._csma, 0.0 if last else self._pause_s
        sent_s = self._access_s + frame_s
        if not acknowledged:
            return [0.0, sent_s + pause_s]
        answered_s = sent_s + csma.turnaround_s + csma.ack_s + pause_s
        again_s = sent_s + csma.ack_wait_s
        return [0.0, *(failed * again_s + answered_s for failed in range(csma.max_attempts))]

    def unheard(self, station: Claimant, other: Claimant) -> Overlap:
        """See Sharing."""
        gap_s = (1.0 - other.on) / other.attempts_per_s if other.attempts_per_s > 0.0 else math.inf
        return unheard(station.frame_s, other.on, gap_s)

    def share(self, stations: Iterable[Claimant]) -> None:
        """See Sharing."""
        for station in stations:
            access = self._access(station)
            station.meets, station.spread = access.meets, 1.0
            attempts, _ = self._request(station, access, 1.0 - (1.0 - station.error) * self._clear(station))
            station.attempts_per_s = station.weight * access.requests_per_s * attempts

    def speed(self, station: Claimant, failure: float) -> float:
        """See Sharing: requests finished in a second, times the mean work of one."""
        access = self._access(station)
        _, work_s = self._request(station, access, failure)
        return station.weight * access.requests_per_s * work_s

    def refusal(self, station: Claimant) -> float:
        """See Sharing."""
        return self._access(station).refusal

    def _clear(self, station: Claimant) -> float:
        """Chance of a frame not to be lost to a rival's."""
        harm = self.late + (1.0 - self.late) * (1.0 - station.survival)
        return (1.0 - station.meets * harm) ** _rivals(station)

    def _request(self, station: Claimant, access: Access, failure: float) -> tuple[float, float]:
        """Mean attempts at a frame, and mean seconds of work on it."""
        costs_s = self.attempts_s(station.frame_s, station.acknowledged, False)
        most, granted = len(costs_s) - 1, 1.0 - access.refusal
        attempts = work_s = 0.0
        reached = 1.0
        for made in range(most):
            # So many attempts have failed, and another one is due.
            work_s += reached * access.refusal * (costs_s[made] + self._refusal_s)
            ends = 1.0 if made + 1 == most else 1.0 - failure
            attempts += reached * granted
            work_s += reached * granted * ends * costs_s[made + 1]
            reached *= granted * (1.0 - ends)
        return attempts, work_s

    def _access(self, station: Claimant) -> Access:
        rivals = _rivals(station)
        error = survival = 0.0
        if station.acknowledged:
            error, survival = (round(STEPS * each) / STEPS for each in (station.error, station.survival))
        key = rivals, station.frame_s, station.acknowledged, min(error, MOST_ERROR), survival
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._look(*key)
        return known

    def _look(self, rivals: int, frame_s: float, acknowledged: bool, error: float, survival: float) -> Access:
        mean: SharedAccess = shared_access(
            1 + rivals, self._csma, frame_s, self._pause_s, acknowledged=acknowledged, survival=survival, error=error
        )
        meets = 0.0
        if rivals:
            # A frame is lost to another one that began before it, or by chance to one that began after it.
            harm = self.late + (1.0 - self.late) * (1.0 - survival)
            clear = min(mean.reception / (1.0 - error), 1.0)
            meets = min((1.0 - clear ** (1.0 / rivals)) / harm, 1.0)
        asked = mean.attempts + mean.access_failure
        return Access(mean.requests_per_s / (1 + rivals), mean.access_failure / asked, meets)


def _rivals(station: Claimant) -> int:
    return sum([len(circle) for circle in station.circles])
