"""How much of their time stations spend receiving and sending, while frames of several stations take turns.

A station of the fluid is in several states by share. Shares change when a transfer in earshot begins, ends or is slowed
down; between changes seconds add up in proportion. They are booked when a transmission in earshot ends, when the
station falls silent, and at the end of the run: first the idle seconds of the interval, then the received, then the
sent ones. That order is a convention; sums per state are exact.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cosim.sim.energy import PARTS, RADIO, RECEIVE, TRANSMIT, Ledger
from cosim.sim.station import Station

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

RECEIVED, SENT = range(2)
NOTHING = 1e-12
"""Seconds, and shares of time, left over by rounding."""


class AirTime:
    """Shares and seconds of all stations."""

    def __init__(self, stations: Sequence[Station], ledger: Ledger) -> None:
        self._stations = stations
        self._ledger = ledger
        self._at_s = 0.0
        self._shares = np.zeros((2, len(stations)))
        self._seconds = np.zeros((2, len(stations)))
        self._since_s = np.zeros(len(stations))
        self._watts = np.zeros((2, len(stations)))
        for station in stations:
            self._watts[:, station.id] = station.receive_w, station.transmit_w
        self._pending: list[Floats] = []
        self._numbers = 0
        self._supplied = any(station.supply is not None for station in stations)
        ledger.journal = self

    def __len__(self) -> int:
        """Numbers that posting will add to the ledger."""
        return self._numbers

    def tuned(self, peer: int, transmit_w: float, now_s: float) -> None:
        """What a station's sending takes is this from now on."""
        if self._watts[1, peer] != transmit_w:
            self.book(np.array([peer]), now_s)
            self._watts[1, peer] = transmit_w

    def transmit_w(self, ids: Ids) -> Floats:
        """What sending takes."""
        return self._watts[1, ids]

    def pass_time(self, now_s: float) -> None:
        """Everybody goes on with what it does until now."""
        if now_s > self._at_s:
            self._seconds += self._shares * (now_s - self._at_s)
            self._at_s = now_s

    def change(self, ids: Ids, shares: Floats, now_s: float) -> None:
        """Add to the shares of receiving and of sending, shape (2, ids), of stations, which may occur repeatedly."""
        self.pass_time(now_s)
        unbooked = ids[self._seconds[:, ids].sum(axis=0) <= 0.0]
        self._since_s[unbooked] = now_s
        for of_state, more in zip(self._shares, shares, strict=True):
            np.add.at(of_state, ids, more)
        if self._supplied:
            self._draw(ids)

    def crowded(self, ids: Ids) -> list[int]:
        """Which of some stations have been given more than all of their time."""
        too_much = self._shares[RECEIVED, ids] + self._shares[SENT, ids] > 1.0
        return ids[too_much].tolist() if too_much.any() else []

    def excess(self, ids: Ids) -> Floats:
        """By how much the shares of stations are more than all of their time."""
        return np.maximum(self._shares[:, ids].sum(axis=0) - 1.0, 0.0)

    def book(self, ids: Ids, now_s: float) -> None:
        """Write intervals of stations, as long as what is to be booked fits into the time there was."""
        self.pass_time(now_s)
        since_s, seconds = self._since_s[ids], self._seconds[:, ids]
        sent_s = np.minimum(seconds[SENT], now_s - since_s)
        received_s = np.minimum(seconds[RECEIVED], now_s - since_s - sent_s)
        count = len(ids)
        rows = np.empty((2 * count, 5))
        rows[:count, 0] = rows[count:, 0] = ids * len(PARTS) + RADIO
        rows[:count, 1], rows[count:, 1] = RECEIVE, TRANSMIT
        # Who has sent all the time began no earlier than that: rounding must not count an instant twice.
        rows[:count, 3] = rows[count:, 2] = np.maximum(now_s - sent_s, since_s)
        rows[:count, 2] = np.maximum(now_s - sent_s - received_s, since_s)
        rows[count:, 3] = now_s
        rows[:count, 4], rows[count:, 4] = self._watts[:, ids]
        self._pending.append(rows)
        self._numbers += rows.size
        seconds[RECEIVED] -= received_s
        seconds[SENT] -= sent_s
        seconds[seconds < NOTHING] = 0.0
        self._seconds[:, ids] = seconds
        self._since_s[ids] = now_s
        shares = self._shares[:, ids]
        shares[np.abs(shares) < NOTHING] = 0.0
        self._shares[:, ids] = shares

    def _draw(self, ids: Ids) -> None:
        """Batteries give the mean power of the shares."""
        for peer in np.unique(ids).tolist():
            station = self._stations[peer]
            if station.supply is not None and station.awake:
                receiving, sending = self._shares[:, peer].tolist()
                idle_w = station.idle_w
                more_w = receiving * (station.receive_w - idle_w) + sending * (self._watts[1, peer] - idle_w)
                station.supply.rest(RADIO, idle_w + more_w)

    def post(self) -> None:
        """Write to the ledger what was booked."""
        if self._pending:
            rows = np.concatenate(self._pending)
            self._pending, self._numbers = [], 0
            self._ledger.post(rows[rows[:, 3] > rows[:, 2]])
