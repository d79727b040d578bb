"""How likely frames are to be decoded, tabulated over the ratio of signal to interference and noise.

A frame whose ratio changes on the way survives with the geometric mixture of what it would be at each ratio:
ln S = sum of f_i ln S(SINR_i) over shares f_i of its time, exact where errors of bits are independent. A medium asks
for many such terms at once, so ln S is read from a table: steps of 0.01 dB, linear between. At the steepest place of
the 802.11 curves, a decade of losses per dB, that is off by at most 7e-5 of ln S; a receiver with a sharp edge, as
LoRa's sensitivity is one, has it within 0.01 dB of its place.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cosim.sim.radio import Radio

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

LOW_DB, HIGH_DB, STEP_DB = -30.0, 60.0, 0.01
"""Ratios outside are taken as the nearest one inside: below nothing is decoded, above there are no errors."""
PER_DB = 1.0 / STEP_DB
WIDTH = round((HIGH_DB - LOW_DB) / STEP_DB) + 1
CERTAIN_LOSS = -745.0
"""ln S of a frame that cannot be decoded: the logarithm of the smallest positive double."""
ACKNOWLEDGEMENT = -1
"""Stands for the size of an acknowledgement."""


class SuccessTable:
    """Rows of ln S by size of frame, 72 kB each, filled when a size is first asked for."""

    def __init__(self) -> None:
        """A table without rows."""
        self._ratios_db: Floats = LOW_DB + STEP_DB * np.arange(WIDTH, dtype=np.float64)
        self._rows: dict[tuple[int, int], int] = {}
        # Radios are known by their identity, which is theirs alone only as long as they are kept.
        self._radios: list[Radio] = []
        self._values = np.zeros(8 * WIDTH)

    def row(self, radio: Radio, payload_bytes: int) -> int:
        """The row of a radio's frames with so many payload bytes, or of its acknowledgements."""
        key = id(radio), payload_bytes
        known = self._rows.get(key)
        if known is None:
            self._radios.append(radio)
            known = self._rows[key] = len(self._rows)
            self._fill(known, self._error_rate(radio, payload_bytes))
        return known

    @staticmethod
    def _error_rate(radio: Radio, payload_bytes: int) -> Callable[[Floats], Floats]:
        if payload_bytes == ACKNOWLEDGEMENT:
            return radio.ack_error_rate
        return lambda ratios_db: radio.frame_error_rate(ratios_db, payload_bytes)

    def _fill(self, row: int, error_rate: Callable[[Floats], Floats]) -> None:
        first = row * WIDTH
        if first >= len(self._values):
            self._values = np.concatenate([self._values, np.zeros(len(self._values))])
        losses = np.broadcast_to(error_rate(self._ratios_db), self._ratios_db.shape)
        with np.errstate(divide="ignore"):
            self._values[first : first + WIDTH] = np.maximum(np.log1p(-losses), CERTAIN_LOSS)

    def log_success(self, rows: Rows | int, ratio: Floats) -> Floats:
        """Ln S of whole frames, given the row of each and its ratio of signal to interference and noise (not in dB)."""
        place = np.log10(ratio)
        place *= 10.0 * PER_DB
        place -= LOW_DB * PER_DB
        np.maximum(place, 0.0, out=place)
        np.minimum(place, WIDTH - 1.001, out=place)
        left = place.astype(np.int64)
        place -= left
        left += rows * WIDTH
        values = self._values
        low = values[left]
        left += 1
        high = values[left]
        high -= low
        high *= place
        high += low
        return high
