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

AT, SINCE, RECEIVED, SENT, RECEIVING, SENDING = range(6)
"""Rows: when seconds were last added up, when they were last booked, seconds to be booked, and shares of time."""
NOTHING = 1e-12
"""Seconds, and shares of time, left over by rounding."""


class AirTime:
    """Shares and seconds of all stations."""

    def __init__(self, stations: Sequence[Station], ledger: Ledger) -> None:
        self._stations = stations
        self._ledger = ledger
        self._state = np.zeros((6, len(stations)))
        self._watts = np.zeros((2, len(stations)))
        for station in stations:
            self._watts[:, station.id] = station.receive_w, station.transmit_w
        self.crowded = False
        """Somebody may have been given more than all of its time."""
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
            self.change(np.array([peer]), np.zeros((2, 1)), now_s, book=True)
            self._watts[1, peer] = transmit_w

    def transmit_w(self, ids: Ids) -> Floats:
        """What sending takes."""
        return self._watts[1, ids]

    def change(self, ids: Ids, shares: Floats, now_s: float, book: bool = False) -> None:
        """Add to the shares of receiving and of sending, shape (2, ids), of stations; and book what they did."""
        block = self._state[:, ids]
        block[RECEIVED : SENT + 1] += block[RECEIVING:] * (now_s - block[AT])
        block[AT] = now_s
        if book:
            self._book(block, ids, now_s)
        else:
            unbooked = block[RECEIVED] + block[SENT]
            block[SINCE, unbooked <= 0.0] = now_s
        block[RECEIVING:] += shares
        if book:
            block[RECEIVING:][np.abs(block[RECEIVING:]) < NOTHING] = 0.0
        elif block[RECEIVING:].sum(axis=0).max() > 1.0:
            self.crowded = True
        self._state[:, ids] = block
        if self._supplied:
            self._draw(ids, block)

    def excess(self, ids: Ids) -> Floats:
        """By how much the shares of stations are more than all of their time."""
        return np.maximum(self._state[RECEIVING:, ids].sum(axis=0) - 1.0, 0.0)

    def _book(self, block: Floats, ids: Ids, now_s: float) -> None:
        """Write intervals, as long as what is to be booked fits into the time there was."""
        elapsed_s = now_s - block[SINCE]
        sent_s = np.minimum(block[SENT], elapsed_s)
        received_s = np.minimum(block[RECEIVED], elapsed_s - sent_s)
        code = ids * len(PARTS) + RADIO
        count = len(ids)
        rows = np.empty((2 * count, 5))
        rows[:count, 0], rows[count:, 0] = code, code
        rows[:count, 1], rows[count:, 1] = RECEIVE, TRANSMIT
        rows[:count, 3] = rows[count:, 2] = now_s - sent_s
        rows[:count, 2] = np.maximum(rows[:count, 3] - received_s, block[SINCE])
        rows[count:, 3] = now_s
        rows[:count, 4], rows[count:, 4] = self._watts[:, ids]
        self._pending.append(rows)
        self._numbers += rows.size
        block[RECEIVED] -= received_s
        block[SENT] -= sent_s
        block[RECEIVED : SENT + 1][block[RECEIVED : SENT + 1] < NOTHING] = 0.0
        block[SINCE] = now_s

    def _draw(self, ids: Ids, block: Floats) -> None:
        """Batteries give the mean power of the shares."""
        for peer, receiving, sending in zip(ids.tolist(), *block[RECEIVING:].tolist(), strict=True):
            station = self._stations[peer]
            if station.supply is not None and station.listening:
                idle_w = station.idle_w
                more_w = receiving * (station.receive_w - idle_w) + sending * (station.transmit_w - idle_w)
                station.supply.rest(RADIO, idle_w + more_w)

    def post(self) -> None:
        """Write to the ledger what was booked."""
        if self._pending:
            rows = np.concatenate(self._pending)
            self._pending, self._numbers = [], 0
            self._ledger.post(rows[rows[:, 3] > rows[:, 2]])
