"""What becomes of coming broadcasts: which fragments arrive at which hearers."""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

Fragments = tuple[bool, ...]
UNHARMED: dict[int, Fragments] = {}
"""All hearers that a message was meant for get all of it."""


@final
class Fates:
    """Fragments that arrive, of consecutive messages from one sender to the same hearers.

    The first `intended` of the hearers are those that the messages are meant for.
    """

    __slots__ = ("_arrived", "_whole", "end", "first")

    def __init__(self, first: int, arrived: NDArray[np.bool_], intended: int) -> None:
        """Fates of messages from a number on; `arrived` has the shape (messages, hearers, fragments)."""
        self.first = first
        self.end = first + len(arrived)
        self._arrived = arrived
        self._whole: Any = arrived[:, :intended].all(axis=(1, 2)).tolist()

    def damage(self, message: int, intended: int) -> dict[int, Fragments]:
        """What arrives at those it is meant for who do not get all of it, by their position."""
        if self._whole[message - self.first]:
            return UNHARMED
        rows: list[list[bool]] = self._arrived[message - self.first, :intended].tolist()
        return {i: tuple(row) for i, row in enumerate(rows) if False in row}

    def counts(self, message: int) -> NDArray[np.int64]:
        """Number of fragments that arrive at each hearer."""
        return self._arrived[message - self.first].sum(axis=1)
