"""The draws that decide whether frames arrive: a pure function of (seed, link, message, fragment).

Fragment i of the sender's message n on link a to b has its own draw, whatever else happens: another
listener, another transmit power or a longer message moves no luck. Draws are made in blocks: fragments
0 to 7 of a message lie in one stream, 8 to 63 in the next, and so on, so that few generators serve a
message of any length and the position of a draw does not depend on the message's length.
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

    __slots__ = ("ahead", "count", "first", "hearers", "lows", "values")

    def __init__(self, hearers: tuple[int, ...], first: int, ahead: int, count: int, values: NDArray[np.float64]) -> None:
        self.hearers = hearers
        self.first = first
        self.ahead = ahead
        self.count = count
        self.values = values
        self.lows: list[list[float]] = values[:, :, :count].min(axis=2).tolist()


class LinkLuck:
    """Uniform draws per fragment, for one purpose."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._seed = seed
        self._purpose = purpose
        self._coming: dict[int, Draws] = {}

    def short(self, source: int, hearers: tuple[int, ...], message: int, count: int) -> tuple[list[float], Draws]:
        """The lowest draw among the first `count` <= CHUNK fragments at each hearer, and all of them.

        How many messages are drawn ahead changes no draw, only the cost: it doubles while the hearers stay.
        """
        coming = self._coming.get(source)
        if coming is None or coming.hearers != hearers or coming.count != count:
            coming = self._draw(source, hearers, message, count, 1)
        elif not coming.first <= message < coming.first + coming.ahead:
            coming = self._draw(source, hearers, message, count, min(2 * coming.ahead, AHEAD))
        return coming.lows[message - coming.first], coming

    def _draw(self, source: int, hearers: tuple[int, ...], message: int, count: int, ahead: int) -> Draws:
        values = np.empty((ahead, len(hearers), CHUNK))
        for i, hearer in enumerate(hearers):
            key = philox_key(self._seed, self._purpose, source, hearer, 0)
            values[:, i] = uniforms(key, message * CHUNK, ahead * CHUNK).reshape(ahead, CHUNK)
        draws = self._coming[source] = Draws(hearers, message, ahead, count, values)
        return draws

    def draws(self, source: int, destination: int, message: int, count: int) -> NDArray[np.float64]:
        """The draws of the first `count` fragments of a message."""
        parts: list[NDArray[np.float64]] = []
        first, level, stride = 0, 0, CHUNK
        while first < count:
            key = philox_key(self._seed, self._purpose, source, destination, level)
            parts.append(uniforms(key, message * stride, min(stride, count - first)))
            first, level, stride = first + stride, level + 1, stride * CHUNK
        return np.concatenate(parts)
