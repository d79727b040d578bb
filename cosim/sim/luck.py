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
AHEAD = 16
"""Messages drawn at once in the first stream of a link."""


class LinkLuck:
    """Uniform draws per fragment, for one purpose."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._seed = seed
        self._purpose = purpose
        self._blocks: dict[tuple[int, int], tuple[int, list[list[float]]]] = {}

    def short(self, source: int, destination: int, message: int) -> list[float]:
        """The draws of the first CHUNK fragments of a message."""
        block = message // AHEAD
        known = self._blocks.get((source, destination))
        if known is None or known[0] != block:
            key = philox_key(self._seed, self._purpose, source, destination, 0)
            drawn = uniforms(key, block * AHEAD * CHUNK, AHEAD * CHUNK).reshape(AHEAD, CHUNK)
            known = self._blocks[source, destination] = (block, drawn.tolist())
        return known[1][message - block * AHEAD]

    def draws(self, source: int, destination: int, message: int, count: int) -> NDArray[np.float64]:
        """The draws of the first `count` fragments of a message."""
        parts = [np.asarray(self.short(source, destination, message))]
        first, level, stride = CHUNK, 1, CHUNK * CHUNK
        while first < count:
            key = philox_key(self._seed, self._purpose, source, destination, level)
            parts.append(uniforms(key, message * stride, min(stride, count - first)))
            first, level, stride = first + stride, level + 1, stride * CHUNK
        return np.concatenate(parts)[:count]
