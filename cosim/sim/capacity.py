"""Recorded capacity of a link over time, in packets: of packet-delivery traces and of logs of bit rates.

A capacity counts what could have passed. `count` tells how many packets before a time, `when_s` at which time a count
is reached; traces are repeated when they end.

Packet-delivery traces are those of mahimahi (R. Netravali et al., "Mahimahi: accurate record-and-replay for HTTP",
USENIX ATC 2015; recorded by the Saturator of K. Winstein, A. Sivaraman, H. Balakrishnan, NSDI 2013): one whole number
of milliseconds per line, at which one packet of 1500 bytes can pass; the last one is the length of the trace (A).

Logs are those published by D. Raca et al., "Beyond throughput, the next generation: a 5G dataset with channel and
context metrics", ACM MMSys 2020: columns Timestamp (YYYY.MM.DD_hh.mm.ss), DL_bitrate and UL_bitrate [kbit/s]. A rate
holds until the next row, the last one for a second (A for the columns, C for that rule). It is what applications used,
not what the link could have carried.
"""

import csv
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Literal, Protocol, final

import numpy as np

from cosim.sim.legs import FloatArray
from cosim.sim.trace_file import TraceError, lines, number_of, version_of
from radio_models.units import BITS_PER_BYTE

PACKET_BYTES = 1500
"""Of one opportunity, and of the packets in which logs are counted."""
PACKET_BITS = BITS_PER_BYTE * PACKET_BYTES
MOST_BACK_S = 2.0
"""Clocks of phones are set back by a second now and then: rows so little late count as simultaneous."""

Way = Literal["up", "down"]
RATE_COLUMNS = {"up": "UL_bitrate", "down": "DL_bitrate"}


class Capacity(Protocol):
    """What a link can carry over time."""

    def count(self, time_s: float) -> float:
        """Packets that could pass before a time; at least 0 s."""
        ...

    def when_s(self, counts: FloatArray) -> FloatArray:
        """When so many packets have passed; more than 0."""
        ...

    def cost(self, frame_bits: FloatArray) -> FloatArray:
        """Packets that a frame takes the place of."""
        ...


@final
class PacketCapacity:
    """Opportunities at known times, each for one frame, however short."""

    def __init__(self, times_s: FloatArray) -> None:
        """Rising times, the last of them later than 0; the trace lasts until then."""
        self._times_s = times_s
        self._period_s = float(times_s[-1])

    def count(self, time_s: float) -> float:
        """See Capacity."""
        turns = int(time_s // self._period_s)
        rest_s = time_s - turns * self._period_s
        passed = turns * len(self._times_s) + int(np.searchsorted(self._times_s, rest_s, "left"))
        if turns and rest_s == 0.0:  # Those at the very end of the turn before are not before this time.
            passed -= len(self._times_s) - int(np.searchsorted(self._times_s, self._period_s, "left"))
        return float(passed)

    def when_s(self, counts: FloatArray) -> FloatArray:
        """See Capacity; whole counts."""
        turns, place = np.divmod(counts.astype(np.int64) - 1, len(self._times_s))
        return turns * self._period_s + self._times_s[place]

    def cost(self, frame_bits: FloatArray) -> FloatArray:
        """One opportunity per frame."""
        return np.ones_like(frame_bits)


@final
class RateCapacity:
    """Bit rates that hold for a while each."""

    def __init__(self, times_s: FloatArray, rates_bit_per_s: FloatArray) -> None:
        """Rates from each time to the next one, so one less than times, not all of them 0."""
        self._times_s = times_s - times_s[0]
        self._period_s = float(self._times_s[-1])
        packets = rates_bit_per_s * np.diff(self._times_s) / PACKET_BITS
        self._passed = np.concatenate(([0.0], np.cumsum(packets)))

    def count(self, time_s: float) -> float:
        """See Capacity."""
        turns = time_s // self._period_s
        rest = float(np.interp(time_s - turns * self._period_s, self._times_s, self._passed))
        return float(turns * self._passed[-1] + rest)

    def when_s(self, counts: FloatArray) -> FloatArray:
        """See Capacity; the earliest such time, where nothing passes for a while."""
        whole = self._passed[-1]
        turns = np.ceil(counts / whole) - 1.0
        rest = np.clip(counts - turns * whole, 0.0, whole)
        after = np.clip(np.searchsorted(self._passed, rest, "left"), 1, len(self._passed) - 1)
        span = self._passed[after] - self._passed[after - 1]
        share = np.where(span > 0.0, (rest - self._passed[after - 1]) / np.where(span > 0.0, span, 1.0), 0.0)
        begin_s, end_s = self._times_s[after - 1], self._times_s[after]
        return turns * self._period_s + begin_s + share * (end_s - begin_s)

    def cost(self, frame_bits: FloatArray) -> FloatArray:
        """Its bits."""
        return frame_bits / PACKET_BITS


def capacity_of(file: str, way: Way) -> Capacity:
    """The capacity in a file, or in FILE!MEMBER of a zip archive (the end of a member's name will do).

    Raises:
        TraceError: it cannot be read.
    """
    place, _, member = file.partition("!")
    return _read(place, member or None, way, version_of(place))


@lru_cache(maxsize=256)
def _read(file: str, member: str | None, way: Way, version: object) -> Capacity:
    numbered = lines(file, member)
    first = next(numbered, None)
    if first is None:
        raise TraceError(file, None, "there is nothing in it")
    if first[1].startswith("Timestamp,"):
        return _log(file, list(chain([first], numbered)), RATE_COLUMNS[way])
    return _packets(file, list(chain([first], numbered)))


def _packets(file: str, rows: list[tuple[int, str]]) -> PacketCapacity:
    times_ms = list[int]()
    for line, text in rows:
        if not text.isdecimal():
            raise TraceError(
                file, line, f"a packet-delivery trace has a whole number of ms per line, not {text[:40]!r}"
            )
        times_ms.append(int(text))
        if len(times_ms) > 1 and times_ms[-1] < times_ms[-2]:
            raise TraceError(file, line, f"times must not fall: {times_ms[-1]} ms after {times_ms[-2]} ms")
    if times_ms[-1] == 0:
        raise TraceError(file, rows[-1][0], "the trace must last longer than 0 ms")
    return PacketCapacity(np.array(times_ms) / 1000.0)


def _log(file: str, rows: list[tuple[int, str]], column: str) -> RateCapacity:
    header = next(csv.reader([rows[0][1]]))
    if column not in header:
        raise TraceError(file, rows[0][0], f"a log has the columns Timestamp and {column}")
    times_s, rates = list[float](), list[float]()
    for line, text in rows[1:]:
        entries = next(csv.reader([text]))
        if len(entries) != len(header):
            raise TraceError(file, line, f"a row has {len(header)} entries, not {len(entries)}")
        time_s = _stamp_s(entries[0], file, line)
        if times_s and time_s < times_s[-1] - MOST_BACK_S:
            raise TraceError(file, line, f"times must not fall: {entries[0]}")
        times_s.append(max(time_s, times_s[-1]) if times_s else time_s)
        text = entries[header.index(column)]
        rates.append(0.0 if text == "-" else 1000.0 * number_of(text, column, file, line))
        if rates[-1] < 0.0:
            raise TraceError(file, line, f"{column} cannot be negative")
    if not times_s:
        raise TraceError(file, rows[0][0], "there are no rows in it")
    capacity = RateCapacity(np.array([*times_s, times_s[-1] + 1.0]), np.array(rates))
    if capacity.count(0.999999 * (times_s[-1] + 1.0 - times_s[0])) <= 0.0:
        raise TraceError(file, None, f"nothing ever passes: {column} is 0 in all rows")
    return capacity


def _stamp_s(text: str, file: str, line: int) -> float:
    try:
        return (datetime.strptime(text, "%Y.%m.%d_%H.%M.%S") - datetime(1970, 1, 1)).total_seconds()
    except ValueError as error:
        raise TraceError(file, line, f"a time is written YYYY.MM.DD_hh.mm.ss, not {text[:40]!r}") from error
