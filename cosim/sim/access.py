"""How stations come by the channel: what the packet medium asks of an access strategy.

A strategy is one object for all stations, with arrays by station: a frame that ends lets dozens of them count on. It
never looks at the air itself; the medium tells it what stations sense, if it `senses`, and asks `next_s` when a station
will begin next.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cosim.rng import Family, uniforms
from cosim.sim.air import Air

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]

NEVER_S = float("inf")
DRAWN = 64
"""Draws of a station made at once."""


class Answer(NamedTuple):
    """Times of acknowledgements: from a frame's end to their beginning; until its sender gives up waiting."""

    gap_s: float
    timeout_s: float


class Due(NamedTuple):
    """Stations that send now, and those whose frame the strategy gives up."""

    sending: list[int]
    failed: list[int]


class Access(Protocol):
    """Decides when stations send the frame at the head of their queue."""

    label: str
    detection_s: float
    senses: bool
    busy_dbm: float
    answer: Answer | None

    def request(self, peer: int, now_s: float, busy: bool) -> None:
        """A station that had nothing to send has a frame, and senses the channel."""
        ...

    def proceed(self, peer: int, now_s: float, busy: bool) -> None:
        """A station has another frame to send, the same one again or the next, after one that was `finished`."""
        ...

    def finished(self, peer: int, now_s: float, ok: bool, again: bool) -> None:
        """A frame, or the wait for its acknowledgement, is over; `again` says that it is to be repeated."""
        ...

    def transmitted(self, peer: int, begin_s: float, end_s: float) -> None:
        """A station has sent from one time to another."""
        ...

    def withdraw(self, peer: int) -> None:
        """A station has nothing to send any more."""
        ...

    def became_busy(self, peers: Peers, now_s: float) -> None:
        """These stations sense that the channel is busy from now on."""
        ...

    def became_idle(self, peers: Peers, now_s: float) -> None:
        """These stations sense that the channel is idle."""
        ...

    def heard(self, peers: Peers, came: NDArray[np.bool_], now_s: float, reserved_s: float) -> None:
        """These stations have followed a frame to its end, `came` says who could decode it.

        The frame reserves the channel for what answers it for so long. Told before what they sense then.
        """
        ...

    def next_s(self) -> float:
        """When the next station is due."""
        ...

    def due(self, now_s: float, air: Air) -> Due:
        """Stations whose time has come, some of which may look at the channel."""
        ...


class Draws:
    """Uniform draws of stations, numbered: the k-th of a station is the same whatever others do."""

    def __init__(self, seed: int, purpose: str, stations: int) -> None:
        self._streams = Family(seed, purpose)
        self._taken = [0] * stations
        self._drawn: list[list[float]] = [[]] * stations

    def next(self, peer: int) -> float:
        """The station's next draw in [0, 1)."""
        taken = self._taken[peer]
        place = taken % DRAWN
        if not place:
            self._drawn[peer] = uniforms(self._streams.key(peer), taken, DRAWN).tolist()
        self._taken[peer] = taken + 1
        return self._drawn[peer][place]

    def of(self, peer: int, number: int) -> float:
        """A draw by its number."""
        return float(uniforms(self._streams.key(peer), number, 1)[0])
