"""Unslotted CSMA/CA of IEEE 802.15.4, station by station.

IEEE Std 802.15.4-2006, 7.5.1.4: wait 0 to 2^BE - 1 backoff units, look at the channel for 8 symbols, and send after the
turnaround if it was clear at the end of the look and no frame was being received; else BE grows by one, up to macMaxBE,
and after macMaxCSMABackoffs such failures the frame is given up. Nobody listens meanwhile, so two stations that look
within one turnaround of each other both send.

The channel is judged as ns-3.37 does it: it is busy if its power is above the threshold at the end of the look.
"""

from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.access import NEVER_S, Answer, Draws, Due, Peers
from cosim.sim.air import Air
from cosim.sim.ieee802154 import Ieee802154
from radio_models import ieee802154
from radio_models.ieee802154 import CCA_S, TURNAROUND_S, UNIT_BACKOFF_S

LOOK, SEND = 0, 1
"""What a station does next."""


@final
class UnslottedAccess:
    """All stations under unslotted CSMA/CA."""

    label = "unslotted_csma (802.15.4 CSMA/CA)"
    detection_s = 0.0
    senses = False

    def __init__(self, radio: Ieee802154, stations: int, seed: int) -> None:
        """Begin with nothing to send."""
        self.busy_dbm = radio.carrier_sense_dbm
        self.answer: Answer | None = Answer(TURNAROUND_S, ieee802154.ACK_WAIT_S)
        self._pause_s = float(ieee802154.interframe_s(radio.psdu_bytes))
        self._draws = Draws(seed, "backoff", stations)
        self._exponent = [ieee802154.MIN_BE] * stations
        self._failures = [0] * stations
        self._step = [LOOK] * stations
        self._free_s = [0.0] * stations
        self._planned_s = np.full(stations, NEVER_S)

    def request(self, peer: int, now_s: float, busy: bool) -> None:
        """See Access."""
        self._exponent[peer] = ieee802154.MIN_BE
        self._failures[peer] = 0
        self._back_off(peer, max(now_s, self._free_s[peer]))

    proceed = request

    def _back_off(self, peer: int, from_s: float) -> None:
        units = int(self._draws.next(peer) * (1 << self._exponent[peer]))
        self._step[peer] = LOOK
        self._planned_s[peer] = from_s + units * UNIT_BACKOFF_S + CCA_S

    def finished(self, peer: int, now_s: float, ok: bool, again: bool) -> None:
        """See Access."""
        # A pause between frames lets the receiver work; a frame that is repeated needs none.
        self._free_s[peer] = now_s if again else now_s + self._pause_s

    def transmitted(self, peer: int, begin_s: float, end_s: float) -> None:
        """Only the channel limits who may send."""

    def withdraw(self, peer: int) -> None:
        """See Access."""
        self._planned_s[peer] = NEVER_S

    def became_busy(self, peers: Peers, now_s: float) -> None:
        """Nobody listens while backing off."""

    def became_idle(self, peers: Peers, now_s: float) -> None:
        """Nobody listens while backing off."""

    def heard(self, peers: Peers, came: NDArray[np.bool_], now_s: float, reserved_s: float) -> None:
        """Nobody listens while backing off."""

    def next_s(self) -> float:
        """See Access."""
        return float(self._planned_s.min())

    def due(self, now_s: float, air: Air) -> Due:
        """See Access."""
        (ringing,) = np.nonzero(self._planned_s <= now_s)
        due = Due([], [])
        for peer, busy in zip(ringing.tolist(), air.busy(ringing).tolist(), strict=True):
            self._planned_s[peer] = NEVER_S
            if self._step[peer] == SEND:
                due.sending.append(peer)
            elif busy:
                self._find_busy(peer, now_s, due)
            else:
                self._step[peer] = SEND
                self._planned_s[peer] = now_s + TURNAROUND_S
        return due

    def _find_busy(self, peer: int, now_s: float, due: Due) -> None:
        self._failures[peer] += 1
        if self._failures[peer] > ieee802154.MAX_BACKOFFS:
            due.failed.append(peer)
            return
        self._exponent[peer] = min(self._exponent[peer] + 1, ieee802154.MAX_BE)
        self._back_off(peer, now_s)
