"""The draws that decide whether frames arrive: a pure function of (seed, link, message, fragment).

Fragment i of the sender's message n on link a to b has its own draw, whatever else happens: another
listener, another transmit power or a longer message moves no luck. Draws are made in blocks: the first
8 fragments of a message lie in one stream, the next 64 in another, the next 512 in a third, and so on, so
that few generators serve a message of any length and the position of a draw does not depend on its length.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cosim.rng import Family, uniforms

Floats = NDArray[np.float64]

CHUNK = 8
"""Fragments in the first stream of a link; each further stream holds eight times as many."""
AHEAD = 32
"""Messages drawn at once: setting a generator to its place costs as much as drawing 500 numbers."""


class Met:
    """Draws of the first CHUNK fragments of a sender's coming messages, for all hearers met meanwhile."""

    __slots__ = ("column", "first", "values")

    def __init__(self, first: int) -> None:
        self.first = first
        self.column: dict[int, int] = {}
        self.values = np.zeros((AHEAD, 0, CHUNK))

    def add(self, hearers: Sequence[int], values: Floats) -> None:
        """Hearers met for the first time."""
        for hearer in hearers:
            self.column[hearer] = len(self.column)
        self.values = np.concatenate([self.values, values], axis=1)


class LinkLuck:
    """Uniform draws per fragment, for one purpose. How many are drawn at once changes no draw, only the cost."""

    def __init__(self, seed: int, *purpose: str | int) -> None:
        self._streams = Family(seed, *purpose)
        self._met: dict[int, Met] = {}

    def ahead(self, source: int, hearers: Sequence[int], message: int, messages: int, count: int) -> Floats:
        """The draws of the first fragments of some messages; shape (messages, hearers, count)."""
        values = np.empty((messages, len(hearers), count))
        for i, hearer in enumerate(hearers):
            first, level, stride = 0, 0, CHUNK
            while first < count:
                taken = min(stride, count - first)
                width = taken if messages == 1 else stride
                drawn = uniforms(self._streams.key(source, hearer, level), message * stride, messages * width)
                values[:, i, first : first + taken] = drawn.reshape(messages, width)[:, :taken]
                first, level, stride = first + stride, level + 1, stride * CHUNK
        return values

    def draws(self, source: int, destination: int, message: int, count: int) -> Floats:
        """The draws of the first `count` fragments of a message at one hearer."""
        return self.ahead(source, (destination,), message, 1, count)[0, 0]

    def short(self, source: int, hearers: Sequence[int], message: int, count: int) -> Floats:
        """The draws of a message of at most CHUNK fragments at hearers that come and go; shape (hearers, count)."""
        met = self._met.get(source)
        if met is None or not met.first <= message < met.first + AHEAD:
            met = self._met[source] = Met(message)
        column = met.column
        new = [hearer for hearer in hearers if hearer not in column]
        if new:
            met.add(new, self.ahead(source, new, met.first, AHEAD, CHUNK))
        return met.values[message - met.first, [column[hearer] for hearer in hearers], :count]
