"""How IEEE 802.15.4 stations without a coordinator share the air, at transfer fidelity.

Stations that notice each other are taken for as many saturated stations that all hear each other
(`radio_models.shared_access`): what they get, how often they find no idle channel, and how often frames overlap because
both looked within a turnaround. Exact where neighbours are a clique with frames of one length; elsewhere a station
counts those it notices, and forgets that these may send at the same time (a reconstruction, B).
"""

import math
from collections.abc import Iterable
from typing import NamedTuple, final

import numpy as np

from cosim.sim.ieee802154 import Ieee802154
from cosim.sim.overlap import Overlap, unheard
from cosim.sim.sharing import Claimant, Sharing
from radio_models import ieee802154
from radio_models.shared_access import SharedAccess, shared_access
from radio_models.unslotted_csma import exponents

ERRORS = 5
"""The model is run for multiples of such a part of 1 as probability of errors."""
MOST_ERROR = 0.999 - 1.0 / ERRORS
"""From here on stations are taken to send as often as they do here."""

SPREAD = 0.3
"""Variance of what a station gets over the binomial one, of frames without losses: as at packet fidelity (C)."""


class Access(NamedTuple):
    """A station among so many: requests it finishes in a second, refusals per attempt, chance to overlap a rival's."""

    requests_per_s: float
    refusal: float
    meets: float


ALONE = Access(0.0, 0.0, 0.0)


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
        self._backoff_s = units[0] * csma.backoff_unit_s
        self._access_s = units[0] * csma.backoff_unit_s + csma.cca_s + csma.turnaround_s
        self._refusal_s = sum(units) * csma.backoff_unit_s + len(units) * csma.cca_s

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
        """See Sharing: a station that nobody holds up leaves gaps of its backoff, in which hardly a frame fits."""
        gap_s = (1.0 - other.on) / other.attempts_per_s if other.attempts_per_s > 0.0 else math.inf
        if other.circles or gap_s == math.inf:
            return unheard(station.frame_s, other.on, gap_s)
        least_s, most_s = gap_s - self._backoff_s, gap_s + self._backoff_s
        left_s = max(most_s - station.frame_s, 0.0) ** 2 - max(least_s - station.frame_s, 0.0) ** 2
        chance = 1.0 - (1.0 - other.on) * left_s / (4.0 * self._backoff_s * gap_s)
        mean = min(other.on / chance, 1.0)
        return Overlap(chance, max(0.0, 2.0 * mean - 1.0), min(1.0, 2.0 * mean))

    def share(self, stations: Iterable[Claimant]) -> None:
        """See Sharing."""
        for station in stations:
            access = self._access(station)
            failure = 1.0 - (1.0 - station.error) * self._clear(station, access)
            station.meets, station.spread = access.meets, SPREAD + failure * station.acknowledged
            attempts, _ = self._request(station, access, failure)
            station.attempts_per_s = station.weight * access.requests_per_s * attempts

    def speed(self, station: Claimant, failure: float) -> float:
        """See Sharing: requests finished in a second, times the mean work of one."""
        access = self._access(station)
        _, work_s = self._request(station, access, failure)
        return station.weight * access.requests_per_s * work_s

    def refusal(self, station: Claimant) -> float:
        """See Sharing."""
        return self._access(station).refusal

    def _clear(self, station: Claimant, access: Access) -> float:
        """Chance of a frame not to be lost to a rival's."""
        harm = self.late + (1.0 - self.late) * (1.0 - station.survival)
        return (1.0 - access.meets * harm) ** _rivals(station)

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
        """Between what the model says of no and of certain survival, and of probabilities of errors next to each other.

        Receptions are linear in the survival where nothing is repeated, and nearly so elsewhere.
        """
        rivals = _rivals(station)
        if not rivals:
            return Access(1.0 / self._alone_s(station), 0.0, 0.0)
        error = min(station.error, MOST_ERROR) * ERRORS if station.acknowledged else 0.0
        below, survival = int(error), station.survival
        means = np.zeros(len(SharedAccess._fields))
        for step, share in ((below, 1.0 - error + below), (below + 1, error - below)):
            for survives, weight in ((0.0, 1.0 - survival), (1.0, survival)):
                if share * weight > 0.0:
                    means += share * weight * np.asarray(self._means(rivals, station, step / ERRORS, survives))
        return self._access_of(SharedAccess(*means.tolist()), rivals, error / ERRORS, survival)

    def _access_of(self, mean: SharedAccess, rivals: int, error: float, survival: float) -> Access:
        # A frame is lost to another one that began before it, or by chance to one that began after it.
        harm = self.late + (1.0 - self.late) * (1.0 - survival)
        clear = min(mean.reception / (1.0 - error), 1.0)
        meets = min((1.0 - clear ** (1.0 / rivals)) / harm, 1.0)
        asked = mean.attempts + mean.access_failure
        return Access(mean.requests_per_s / (1 + rivals), mean.access_failure / asked, meets)

    def _means(self, rivals: int, station: Claimant, error: float, survival: float) -> SharedAccess:
        return shared_access(
            1 + rivals, self._csma, station.frame_s, self._pause_s,
            acknowledged=station.acknowledged, survival=survival, error=error,
        )  # fmt: skip

    def _alone_s(self, station: Claimant) -> float:
        """Mean seconds of a request without rivals."""
        failure = station.error if station.acknowledged else 0.0
        return self._request(station, ALONE, failure)[1]


def _rivals(station: Claimant) -> int:
    return sum([len(circle) for circle in station.circles])
