"""The journal: one line per broadcast that went undisturbed, one crowd of bystanders, posted when the books are read.

As a bookkeeper does: what happens is jotted down in the order of time, with no more than is needed to know it, and
carried over to the accounts in one go. A line names its course, which knows sender, hearers and sizes; the rows of
sender and hearers, and their intervals in the ledger, follow from the times.
"""

from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from cosim.sim.account import HEARD, LOST, TrafficAccount
from cosim.sim.bystanders import Bystanders, Crowd, crowd_of
from cosim.sim.course import Course
from cosim.sim.energy import PARTS, RADIO, RECEIVE, TRANSMIT, Ledger
from cosim.sim.fates import Fragments
from cosim.sim.transfer import BROADCAST, Transfer

COLUMNS = 7
PACK = Struct(f"{COLUMNS}d").pack
"""Numbers of a line: course, transfer, tag, start [s], data from [s], data to [s], power of sending [W]."""
MOST_COURSES = 4096
"""Courses, or transmissions with bystanders, that wait for the journal to be posted."""

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Journal:
    """Lines still to be posted."""

    def __init__(self, account: TrafficAccount, ledger: Ledger, receive_w: float) -> None:
        self._account = account
        self._ledger = ledger
        self._receive_w = receive_w
        self._lines = array("d")
        self._write = self._lines.frombytes
        self._count = 0
        self._courses: list[Course] = []
        self._damage: list[tuple[int, dict[int, Fragments]]] = []
        self._crowds: list[Crowd] = []
        ledger.journal = self

    def __len__(self) -> int:
        """About how many numbers posting will add to the ledger."""
        return 3 * len(self._lines) + 100 * len(self._crowds)

    def enter(self, transfer: Transfer, course: Course, damage: dict[int, Fragments]) -> None:
        """Jot down a broadcast at its end, and what arrived of it where that was not everything."""
        if course.number < 0:
            if len(self._courses) >= MOST_COURSES:
                self.post()
            course.number = len(self._courses)
            self._courses.append(course)
        if damage:
            self._damage.append((self._count, damage))
        self._count += 1
        self._write(PACK(
            course.number, transfer.number, transfer.content.tag, transfer.start_s, transfer.data_at_s,
            transfer.end_s, transfer.transmit_w,
        ))  # fmt: skip

    def enter_bystanders(self, transfer: Transfer, heard: Numbers, unlogged: Sequence[bool]) -> None:
        """Jot down who overheard a transmission, at its end; see Crowd."""
        if len(self._crowds) >= MOST_COURSES:
            self.post()
        self._crowds.append(crowd_of(transfer, heard, unlogged))
        self._account.rows += len(unlogged)

    def post(self) -> None:
        """Carry everything over to the ledger and to the account of traffic."""
        ledger, account = self._ledger, self._account
        if self._count:
            lines = np.array(self._lines).reshape(-1, COLUMNS)
            broadcasts = Posting(lines, self._courses, self._receive_w)
            ledger.post(broadcasts.intervals())
            if account.keep:
                account.transmissions.frombytes(broadcasts.transmissions().tobytes())
                account.receptions.frombytes(broadcasts.receptions(self._damage).tobytes())
            for course in self._courses:
                course.number = -1
            self._count, self._courses, self._damage = 0, [], []
            del self._lines[:]
        if self._crowds:
            bystanders = Bystanders(self._crowds, self._receive_w)
            ledger.post(bystanders.intervals())
            if account.keep:
                account.receptions.frombytes(bystanders.receptions().tobytes())
            self._crowds = []


class Posting:
    """Lines of the journal as rows of the books: one per line for its sender, one per line and hearer."""

    def __init__(self, lines: Floats, courses: list[Course], receive_w: float) -> None:
        self._of = lines[:, 0].astype(np.int64)
        self._number, self._tag, self._start_s, self._data_at_s, self._end_s, self._transmit_w = lines[:, 1:].T
        self._courses = courses
        self._receive_w = receive_w
        intended = np.asarray([course.intended for course in courses])
        hearers = intended[self._of]
        self._firsts = np.cumsum(hearers) - hearers
        self._line = np.repeat(np.arange(len(lines)), hearers)
        # Hearers of all courses stand one behind the other; `place` is where there a row finds its own.
        offset = (np.cumsum(intended) - intended)[self._of] - self._firsts
        self._place = np.arange(len(self._line)) + offset[self._line]
        self._ids = self._of_hearers(lambda course: course.reach.ids).astype(np.int64)

    def _of_courses(self, what: Callable[[Course], float]) -> Floats:
        """A number of each line's course."""
        return np.asarray([what(course) for course in self._courses])[self._of]

    def _of_hearers(self, what: Callable[[Course], Sequence[float]]) -> Floats:
        """A number of each line's hearers."""
        courses = self._courses
        return np.asarray([*chain.from_iterable(what(course)[: course.intended] for course in courses)])[self._place]

    def intervals(self) -> Floats:
        """Entries of the ledger: the sender transmits, the hearers receive."""
        line, senders = self._line, self._of_courses(lambda course: course.sender)
        rows = np.empty((len(self._of) + len(line), 5))
        sent, heard = rows[: len(senders)], rows[len(senders) :]
        sent[:, 0], heard[:, 0] = senders * len(PARTS) + RADIO, self._ids * len(PARTS) + RADIO
        sent[:, 1], heard[:, 1] = TRANSMIT, RECEIVE
        sent[:, 2], heard[:, 2] = self._data_at_s, self._data_at_s[line]
        sent[:, 3], heard[:, 3] = self._end_s, self._end_s[line]
        sent[:, 4], heard[:, 4] = self._transmit_w, self._receive_w
        return rows[rows[:, 3] > rows[:, 2]]

    def transmissions(self) -> Floats:
        """Rows of the table."""
        air_s, nothing = self._end_s - self._data_at_s, np.zeros(len(self._of))
        return np.column_stack([
            self._number, self._start_s, self._end_s, self._of_courses(lambda course: course.sender),
            nothing + BROADCAST, self._tag, self._of_courses(lambda course: course.bits),
            self._of_courses(lambda course: course.bits_on_air), self._of_courses(lambda course: course.frames.count),
            air_s, nothing, air_s * self._transmit_w, nothing,
        ])  # fmt: skip

    def receptions(self, damage: list[tuple[int, dict[int, Fragments]]]) -> Floats:
        """Rows of the table, given what arrived incompletely at which line's hearers."""
        line = self._line
        fragments = self._of_courses(lambda course: float(course.frames.count))[line]
        heard, outcome, nothing = fragments.copy(), np.full(len(line), float(HEARD)), np.zeros(len(line))
        for number, pieces in damage:
            for i, arrived in pieces.items():
                heard[self._firsts[number] + i] = sum(arrived)
                outcome[self._firsts[number] + i] = LOST
        receive_s = (self._end_s - self._data_at_s)[line]
        distance_m = self._of_hearers(lambda course: course.reach.distance_m)
        snr_db = self._of_hearers(lambda course: course.reach.snr_db)
        return np.column_stack([
            self._number[line], self._ids + nothing, nothing + 1.0, distance_m, snr_db, fragments, heard, outcome,
            receive_s, nothing, receive_s * self._receive_w,
        ])  # fmt: skip
