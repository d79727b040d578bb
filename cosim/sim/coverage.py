"""What messages of one size from a sender have in common: whom they reach, how well, and with which draws."""

from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from cosim.results.tables import RECEPTIONS
from cosim.sim.budget import Reach
from cosim.sim.course import adapted
from cosim.sim.luck import LinkLuck
from cosim.sim.radio import Frames, Radio, overheard_s

if TYPE_CHECKING:
    from cosim.sim.overlap import Clash, Exposure

Floats = NDArray[np.float64]

MOST_DRAWS = 1 << 13
"""Draws made at once for coming messages: setting a generator to its place costs as much as 500 of them."""
MOST_AHEAD = 8


@final
class Coverage:
    """Whom the messages cover, as long as nobody moves or tunes; the first `intended` of them are meant.

    Attributes:
        ids: hearers.
        everybody: the sender, then the hearers.
        noticed: those of the hearers who notice the sender, for membership tests.
        detects: the same as an array, and `here` as numbers.
        place: of each hearer among the ids.
        lost: probability that a full frame, and that the last one, is lost at each without interference.
        heeded: for which share of frames each hearer receives: all, or up to the header where it is not meant.
        radio: at the rate of these messages.
        frame_bytes: payload of the frames that most of the message is sent in.
        frame_s: their air time.
        exposure: what makes its frames sensitive to those of others, as far as that was asked for.
        clashes: what others do to such messages, by their reach, as far as that is known.
    """

    __slots__ = (
        "_draws", "_first", "_luck", "bits_on_air", "clashes", "detects", "everybody", "exposure", "frame_bytes",
        "frame_s", "frames", "heeded", "here", "ids", "intended", "lost", "noticed", "place", "radio",
        "reach", "rows", "sender", "whole",
    )  # fmt: skip

    def __init__(self, sender: int, intended: int, bits: int, reach: Reach, radio: Radio, luck: LinkLuck) -> None:
        self.sender = sender
        self.intended = intended
        self.reach = reach
        self.radio = radio = adapted(radio, reach, intended)
        self.frames: Frames = radio.frames(bits)
        frames = self.frames
        self.bits_on_air = (frames.count - 1) * frames.full_bits + frames.last_bits
        self.ids = np.asarray(reach.ids, dtype=np.int64)
        self.everybody = np.concatenate([[sender], self.ids])
        self.detects = np.asarray(reach.detects, dtype=np.bool_)
        self.here = self.detects.astype(np.float64)
        self.noticed = frozenset(self.ids[self.detects].tolist())
        self.place = {peer: i for i, peer in enumerate(reach.ids)}
        self.lost = np.asarray(reach.losses(radio, frames))
        single = frames.count == 1
        self.frame_bytes = frames.last_bytes if single else frames.full_bytes
        self.frame_s = frames.last_airtime_s if single else frames.full_airtime_s
        self.whole = (True,) * frames.count
        self.heeded = np.ones(len(self.ids))
        self.heeded[intended:] = self._overheard()
        self.rows = self._template()
        self.exposure: Exposure | None = None
        self.clashes: dict[Reach, Clash | None] = {}
        self._luck = luck
        self._first = -1
        self._draws: Floats = np.zeros((0, len(self.ids), frames.count))

    def _overheard(self) -> float:
        """The share of bystanders."""
        frames, alike = self.frames, self.frames.count - 1
        full_s, last_s = (overheard_s(self.radio, air_s) for air_s in (frames.full_airtime_s, frames.last_airtime_s))
        return (alike * full_s + last_s) / (alike * frames.full_airtime_s + frames.last_airtime_s)

    def _template(self) -> Floats:
        """Rows of the table of receptions, as far as they are always the same."""
        names, reach = RECEPTIONS.column_names(), self.reach
        rows = np.zeros((len(self.ids), len(names)))
        rows[:, names.index("peer")] = self.ids
        rows[: self.intended, names.index("intended")] = 1.0
        rows[:, names.index("distance_m")] = reach.distance_m
        rows[:, names.index("snr_db")] = reach.snr_db
        rows[:, names.index("fragments")] = self.frames.count
        return rows

    def draws(self, message: int, hearers: int) -> Floats:
        """The draws of a message at the first hearers, shape (hearers, fragments): more are made at once than asked."""
        if not (self._first <= message < self._first + len(self._draws) and self._draws.shape[1] == hearers):
            count = self.frames.count
            ahead = 1 if self._first < 0 else min(MOST_AHEAD, max(MOST_DRAWS // (count * max(hearers, 1)), 1))
            self._draws = self._luck.ahead(self.sender, self.ids[:hearers].tolist(), message, ahead, count)
            self._first = message
        return self._draws[message - self._first]
