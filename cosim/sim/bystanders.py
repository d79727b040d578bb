"""Those who received what was not meant for them: what it cost, and what they heard of it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim.sim.budget import Reach
from cosim.sim.energy import PARTS, RADIO, RECEIVE
from cosim.sim.station import HEARD, LOST
from cosim.sim.transfer import Transfer

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Crowd(NamedTuple):
    """The bystanders of one transmission.

    Attributes:
        number: the transmission.
        reach: whom it met; the first `intended` of them are no bystanders.
        intended: how many it was meant for.
        fragments: of the message.
        start_s: when its data begin.
        end_s: until when each bystander listened; earlier than the start for those who did not at all.
        outcome: HEARD for those who listened to the end, else what kept them from it.
        heard: fragments that would arrive at each; of those who listened to the end they did.
        unlogged: whose listening is not in the ledger yet.
    """

    number: int
    reach: Reach
    intended: int
    fragments: int
    start_s: float
    end_s: Floats
    outcome: NDArray[np.int8]
    heard: Numbers
    unlogged: NDArray[np.bool_]


def crowd_of(transfer: Transfer, heard: Numbers, unlogged: Sequence[bool]) -> Crowd:
    """The bystanders of a transmission at its end."""
    overhearers = transfer.overhearers
    return Crowd(
        transfer.number,
        transfer.reach,
        len(transfer.recipients),
        transfer.frames.count,
        transfer.data_at_s,
        np.array([overhearing.end_s for overhearing in overhearers]),
        np.array([overhearing.outcome for overhearing in overhearers], dtype=np.int8),
        heard,
        np.array(unlogged),
    )


class Bystanders:
    """Rows of the books for the bystanders of many transmissions."""

    def __init__(self, crowds: Sequence[Crowd], receive_w: float) -> None:
        self._crowds = crowds
        self._receive_w = receive_w
        self._line = np.repeat(np.arange(len(crowds)), [len(crowd.end_s) for crowd in crowds])
        self._start_s = np.asarray([crowd.start_s for crowd in crowds])[self._line]
        self._end_s = np.concatenate([crowd.end_s for crowd in crowds])
        self._listened = self._end_s > self._start_s
        columns = {crowd.reach: np.asarray([crowd.reach.ids, crowd.reach.distance_m, crowd.reach.snr_db])
                   for crowd in crowds}  # fmt: skip
        self._ids, self._distance_m, self._snr_db = np.concatenate(
            [columns[crowd.reach][:, crowd.intended :] for crowd in crowds], axis=1
        )

    def intervals(self) -> Floats:
        """Entries of the ledger, of those that are not there yet."""
        chosen = np.concatenate([crowd.unlogged for crowd in self._crowds]) & self._listened
        rows = np.empty((int(chosen.sum()), 5))
        rows[:, 0] = self._ids[chosen] * len(PARTS) + RADIO
        rows[:, 1] = RECEIVE
        rows[:, 2] = self._start_s[chosen]
        rows[:, 3] = self._end_s[chosen]
        rows[:, 4] = self._receive_w
        return rows

    def receptions(self) -> Floats:
        """Rows of the table."""
        line, crowds, nothing = self._line, self._crowds, np.zeros(len(self._line))
        fragments = np.asarray([float(crowd.fragments) for crowd in crowds])[line]
        outcome = np.concatenate([crowd.outcome for crowd in crowds]).astype(np.float64)
        heard = np.where(outcome == HEARD, np.concatenate([crowd.heard for crowd in crowds]), nothing)
        outcome[(outcome == HEARD) & (heard < fragments)] = LOST
        receive_s = np.where(self._listened, self._end_s - self._start_s, nothing)
        return np.column_stack([
            np.asarray([float(crowd.number) for crowd in crowds])[line], self._ids, nothing, self._distance_m,
            self._snr_db, fragments, heard, outcome, receive_s, nothing, receive_s * self._receive_w,
        ])  # fmt: skip
