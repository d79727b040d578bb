"""The draws that decide whether frames arrive: a pure function of (seed, link, message, fragment).

Fragment i of the sender's message n on link a to b has its own draw, whatever else happens: another
listener, another transmit power or a longer message moves no luck. Draws are made in blocks: the first
8 fragments of a message lie in one stream, the next 64 in another, the next 512 in a third, and so on, so
that few generators serve a message of any length and the position of a draw does not depend on its length.
"""

import numpy as np
from numpy.typing import NDArray

from cosim.rng import philox_key, uniforms

CHUNK = 8
"""Fragments in the first stream of a link; each further stream holds eight times as many."""
AHEAD = 64
"""Messages drawn at once where a sender meets the same hearers again and again."""


class Draws:
    """Draws of the first CHUNK fragments of coming messages from one sender to certain hearers."""

    __slots__ = ("_lows", "ahead", "first", "hearers", "values")

    def __init__(self, hearers: tuple[int, ...], first: int, values: NDArray[np.float64]) -> None:
        self.hearers = hearers
        self.first = first
        self.ahead = len(values)
        self.values = values
        self._lows: dict[int, list[list[float]]] = {}

    def lowest(self, message: int, count: int) -> list[float]:
        """The lowest draw among the first `count` fragments of a message, at each hearer."""
        lows = self._lows.get(count)
        if lows is None:
            lows = self._lows[count] = self.values[:, :, :count].min(axis=2).tolist()
        return lows[message - self.first]

    def of(self, message: int, hearer: int, count: int) -> list[float]:
        """The draws of a message at the hearer in one position."""
        draws: list[float] = self.values[message - self.first, hearer, :count].tolist()
        return draws


class LinkLuck:
    """Uniform draws per fragment, for one purpose."""

    def __init__(self, seed: int, *purpose: str | int) -> None:
        self._seed = seed
        self._purpose = purpose
        self._coming: dict[int, Draws] = {}

    def short(self, source: int, hearers: tuple[int, ...], message: int) -> Draws:
        """The draws of the first CHUNK fragments of a message at several hearers.

        How many messages are drawn ahead changes no draw, only the cost: it doubles while the hearers stay.
        """
        coming = self._coming.get(source)
        if coming is None or coming.hearers != hearers:
            return self._draw(source, hearers, message, 1)
        if not coming.first <= message < coming.first + coming.ahead:
            return self._draw(source, hearers, message, min(2 * coming.ahead, AHEAD))
        return coming

    def _draw(self, source: int, hearers: tuple[int, ...], message: int, ahead: int) -> Draws:
        values = np.empty((ahead, len(hearers), CHUNK))
        for i, hearer in enumerate(hearers):
            key = philox_key(self._seed, *self._purpose, source, hearer, 0)
            values[:, i] = uniforms(key, message * CHUNK, ahead * CHUNK).reshape(ahead, CHUNK)
        draws = self._coming[source] = Draws(hearers, message, values)
        return draws

    def draws(self, source: int, destination: int, message: int, count: int) -> NDArray[np.float64]:
        """The draws of the first `count` fragments of a message."""
        parts: list[NDArray[np.float64]] = []
        first, level, stride = 0, 0, CHUNK
        while first < count:
            key = philox_key(self._seed, *self._purpose, source, destination, level)
            parts.append(uniforms(key, message * stride, min(stride, count - first)))
            first, level, stride = first + stride, level + 1, stride * CHUNK
        return np.concatenate(parts)
