"""ALOHA, pure and slotted: send when there is something to send, and again, after a random time, what was lost.

N. Abramson, "The ALOHA system", AFIPS FJCC 1970; L. G. Roberts, "ALOHA packet system with and without slots and
capture", ACM CCR 5(2), 1975. Under a duty cycle d a station is silent for T (1 / d - 1) after a frame of length T.
"""

from math import ceil
from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.access import NEVER_S, Answer, Draws, Due, Peers
from cosim.sim.air import Air
from cosim.sim.duty_cycle import DutyCycle

EARLY = 1e-9
"""A time within this share of a slot after its beginning still belongs to it: times are sums of rounded numbers."""
DEAF_DBM = float("inf")
"""No level makes a channel busy for those who do not look."""


@final
class AlohaAccess:
    """All stations under ALOHA."""

    senses = False
    keeps_duty_cycle = True
    busy_dbm = DEAF_DBM

    def __init__(
        self, *, slot_s: float | None, backoff_s: float, duty_cycle: float, detection_s: float, answer: Answer | None,
        stations: int, seed: int,
    ) -> None:  # fmt: skip
        """Begin with nothing to send.

        Args:
            slot_s: length of a slot; None for pure ALOHA.
            backoff_s: a frame is repeated after a time that is uniform up to this.
            duty_cycle: largest share of time that a station may send.
            detection_s: from the beginning of a frame until receivers lock on it.
            answer: times of acknowledgements; None where there are none.
            stations: number of stations.
            seed: of the random times.
        """
        self.label = f"aloha ({'pure' if slot_s is None else 'slotted'})"
        self.detection_s = detection_s
        self.answer = answer
        self._slot_s = slot_s
        self._backoff_s = backoff_s
        self._draws = Draws(seed, "aloha", stations)
        self._limits = [DutyCycle(duty_cycle) for _ in range(stations)] if duty_cycle < 1.0 else []
        self._begun_s = [0.0] * stations
        self._free_s = [0.0] * stations
        self._planned_s = np.full(stations, NEVER_S)

    def request(self, peer: int, now_s: float, busy: bool) -> None:
        """See Access."""
        begin_s = max(now_s, self._free_s[peer])
        if self._slot_s is not None:
            begin_s = ceil(begin_s / self._slot_s - EARLY) * self._slot_s
        self._planned_s[peer] = max(begin_s, now_s)

    proceed = request

    def transmitted(self, peer: int, begin_s: float, end_s: float) -> None:
        """See Access."""
        if self._limits:
            limit = self._limits[peer]
            limit.sent(end_s, end_s - begin_s)
            self._free_s[peer] = max(self._free_s[peer], limit.next_start_s(end_s, 0.0))

    def finished(self, peer: int, now_s: float, ok: bool, again: bool) -> None:
        """See Access."""
        if again:
            self._free_s[peer] = max(self._free_s[peer], now_s + self._draws.next(peer) * self._backoff_s)

    def withdraw(self, peer: int) -> None:
        """See Access."""
        self._planned_s[peer] = NEVER_S

    def became_busy(self, peers: Peers, now_s: float) -> None:
        """Nobody listens before sending."""

    def became_idle(self, peers: Peers, now_s: float) -> None:
        """Nobody listens before sending."""

    def heard(self, peers: Peers, came: NDArray[np.bool_], now_s: float, reserved_s: float) -> None:
        """Nobody listens before sending."""

    def next_s(self) -> float:
        """See Access."""
        return float(self._planned_s.min())

    def due(self, now_s: float, air: Air) -> Due:
        """See Access."""
        (sending,) = np.nonzero(self._planned_s <= now_s)
        self._planned_s[sending] = NEVER_S
        return Due(sending.tolist(), [])
