"""Event by event: saturated IEEE 802.15.4 stations that share one receiver by unslotted CSMA/CA.

All hear each other and arrive at the receiver with equal power; at a station that waits for an acknowledgement others
may be weaker. An assessment finds the channel busy if a signal begins during it or is there at its end, as in
ns-3.37. Whoever finds it idle sends a turnaround later, whatever has begun meanwhile. The receiver follows the frame
that began first; those that overlap it are noise (no code separates them), so that at equal power a frame survives
one other with the probability of a ratio of 0 dB. It hears nothing from the end of a frame it acknowledges to the end
of the acknowledgement.
"""

import heapq
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from radio_models.ranges import within
from radio_models.unslotted_csma import UnslottedCsma, exponents


class Counts(NamedTuple):
    """What all stations together did in a run."""

    requests: int
    """Frames finished: acknowledged (or sent, without acknowledgement), given up, or without channel access."""
    success: int
    access_failures: int
    no_ack: int
    transmissions: int
    receptions: int
    """At the receiver, a frame received twice counted twice."""
    latency_s: float
    """Mean time from a frame's turn to its success."""


class _Frame:
    """One transmission: of a station, or of the receiver's acknowledgement to it."""

    __slots__ = ("answer", "end_s", "heard", "overlaps", "start_s", "station")

    def __init__(self, station: int, start_s: float, end_s: float, *, answer: bool, heard: bool) -> None:
        self.station, self.start_s, self.end_s, self.answer, self.heard = station, start_s, end_s, answer, heard
        self.overlaps: list[_Frame] = []


class _Station:
    __slots__ = ("attempts", "busy", "turn_s")

    def __init__(self) -> None:
        self.turn_s, self.attempts, self.busy = 0.0, 0, 0


class UnslottedRun:
    """Simulates one run; `run` returns its counts."""

    def __init__(
        self,
        stations: int,
        csma: UnslottedCsma,
        frame_s: float,
        pause_s: float,
        success: Callable[[float, float], float],
        *,
        acknowledged: bool,
        crosstalk: Sequence[Sequence[float]] | None = None,
        seed: int = 1,
    ) -> None:
        """All stations begin with a backoff at time 0.

        Args:
            stations: senders, at least 1.
            csma: parameters of the channel access.
            frame_s: air time of a data frame.
            pause_s: interframe space after a frame, or its acknowledgement, that ended well.
            success: chance that a piece of a frame has no error, given the sum of the powers that overlap it over its
                own, and its seconds.
            acknowledged: acknowledgements are asked for.
            crosstalk: power at each station of each other one's signal, over that of the receiver's; 1 if not given.
            seed: of the draws.

        Raises:
            ValueError: an argument is outside its range.
        """
        within(frame_s, "An air time (s)", 0.0, above=True)
        self._csma, self._frame_s, self._pause_s, self._success = csma, frame_s, pause_s, success
        self._acknowledged, self._crosstalk = acknowledged, crosstalk
        self._draws = np.random.Generator(np.random.Philox(seed))
        self._exponents = exponents(csma)
        self._stations = [_Station() for _ in range(int(within(stations, "A number of stations", 1)))]
        self._events: list[tuple[float, int, Callable[[float, int], None], int]] = []
        self._order = 0
        self._air: list[_Frame] = []
        self._deaf_until_s = 0.0
        self._counts = dict.fromkeys(Counts._fields[:-1], 0)
        self._latency_s = 0.0
        for station in range(len(self._stations)):
            self._begin(0.0, station)

    def run(self, seconds: float) -> Counts:
        """What happens from time 0 to so many seconds; asked again for a later time, the run goes on."""
        while self._events[0][0] <= seconds:
            now_s, _, what, station = heapq.heappop(self._events)
            what(now_s, station)
        latency_s = self._latency_s / max(self._counts["success"], 1)
        return Counts(**self._counts, latency_s=latency_s)

    def _at(self, time_s: float, what: Callable[[float, int], None], station: int) -> None:
        self._order += 1
        heapq.heappush(self._events, (time_s, self._order, what, station))

    def _begin(self, now_s: float, station: int) -> None:
        """The next frame's turn."""
        me = self._stations[station]
        me.turn_s, me.attempts = now_s, 0
        self._access(now_s, station)

    def _access(self, now_s: float, station: int) -> None:
        self._stations[station].busy = 0
        self._back_off(now_s, station)

    def _back_off(self, now_s: float, station: int) -> None:
        units = int(self._draws.random() * 2 ** self._exponents[self._stations[station].busy])
        self._at(now_s + units * self._csma.backoff_unit_s + self._csma.cca_s, self._assess, station)

    def _assess(self, now_s: float, station: int) -> None:
        since_s = now_s - self._csma.cca_s
        self._air = [frame for frame in self._air if frame.end_s > since_s]
        if not any(frame.end_s > now_s or frame.start_s > since_s for frame in self._air):
            self._at(now_s + self._csma.turnaround_s, self._send, station)
            return
        me = self._stations[station]
        me.busy += 1
        if me.busy < len(self._exponents):
            self._back_off(now_s, station)
        else:
            self._finish(now_s, station, "access_failures", 0.0)

    def _finish(self, now_s: float, station: int, outcome: str, pause_s: float) -> None:
        self._counts["requests"] += 1
        self._counts[outcome] += 1
        if outcome == "success":
            self._latency_s += now_s + pause_s - self._stations[station].turn_s
        self._at(now_s + pause_s, self._begin, station)

    def _put(self, frame: _Frame) -> None:
        """A signal begins."""
        for other in self._air:
            if other.end_s > frame.start_s:
                other.overlaps.append(frame)
                frame.overlaps.append(other)
        self._air.append(frame)

    def _send(self, now_s: float, station: int) -> None:
        self._counts["transmissions"] += 1
        self._stations[station].attempts += 1
        free = now_s >= self._deaf_until_s
        frame = _Frame(station, now_s, now_s + self._frame_s, answer=False, heard=free)
        if free:
            self._deaf_until_s = frame.end_s
        self._put(frame)
        self._at(frame.end_s, lambda end_s, _: self._sent(end_s, frame), station)

    def _sent(self, now_s: float, frame: _Frame) -> None:
        received = frame.heard and self._draws.random() < self._survival(frame)
        self._counts["receptions"] += received
        if not self._acknowledged:
            self._finish(now_s, frame.station, "success", self._pause_s)
        elif received:
            start_s = now_s + self._csma.turnaround_s
            self._deaf_until_s = start_s + self._csma.ack_s
            self._at(start_s, self._answer, frame.station)
        else:
            self._at(now_s + self._csma.ack_wait_s, self._give_up, frame.station)

    def _answer(self, now_s: float, station: int) -> None:
        frame = _Frame(station, now_s, now_s + self._csma.ack_s, answer=True, heard=True)
        self._put(frame)
        self._at(frame.end_s, lambda end_s, _: self._answered(end_s, frame), station)

    def _answered(self, now_s: float, frame: _Frame) -> None:
        if self._draws.random() < self._survival(frame):
            self._finish(now_s, frame.station, "success", self._pause_s)
        else:
            late_s = self._csma.ack_wait_s - self._csma.turnaround_s - self._csma.ack_s
            self._at(now_s + late_s, self._give_up, frame.station)

    def _give_up(self, now_s: float, station: int) -> None:
        """No acknowledgement came."""
        if self._stations[station].attempts < self._csma.max_attempts:
            self._access(now_s, station)
        else:
            self._finish(now_s, station, "no_ack", 0.0)

    def _survival(self, frame: _Frame) -> float:
        """Probability that no piece of a frame has an error: pieces begin where an overlap begins or ends."""
        if not frame.overlaps:
            return self._success(0.0, frame.end_s - frame.start_s)
        cuts = {frame.start_s, frame.end_s}
        for other in frame.overlaps:
            cuts.update(time_s for time_s in (other.start_s, other.end_s) if frame.start_s < time_s < frame.end_s)
        edges = sorted(cuts)
        survival = 1.0
        for start_s, end_s in pairwise(edges):
            middle_s = (start_s + end_s) / 2.0
            others = [other for other in frame.overlaps if other.start_s <= middle_s < other.end_s]
            survival *= self._success(sum(self._power(frame, other) for other in others), end_s - start_s)
        return survival

    def _power(self, frame: _Frame, other: _Frame) -> float:
        """Power of another signal over that of a frame, where the frame is meant to be heard."""
        if not frame.answer or self._crosstalk is None or other.station == frame.station:
            return 1.0
        return self._crosstalk[frame.station][other.station]
