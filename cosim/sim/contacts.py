"""A medium of recorded contacts: peers hear each other while their people were seen face to face.

Contact lists have lines `t i j`, with anything behind; the two were in contact during the window that ends at t. So do
those of SocioPatterns, with windows of 20 s: C. Cattuto et al., "Dynamics of person-to-person interactions from
distributed RFID sensor networks", PLoS ONE 5(7), 2010. Contacts are mutual. Windows that touch are one contact.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, Literal, NamedTuple, final

import numpy as np

from cosim.part import NonNegative, Positive, part
from cosim.sim.budget import Floats, Ids, Peers
from cosim.sim.medium import Medium
from cosim.sim.recorded_links import INFINITE_S, NO_LINK
from cosim.sim.trace_file import TraceError, lines, number_of, version_of


class Seen(NamedTuple):
    """The contacts of a file: who (numbers in `people`), from when to when [s]; by pair and time."""

    people: tuple[str, ...]
    first: Peers
    second: Peers
    begin_s: Floats
    end_s: Floats


@final
@part
class Contacts:
    """Links while people were in contact, at the rate, the loss and the watts of the radio; without contention.

    A broadcast goes to those in contact. A contact that ends cuts what is under way on it: the sender goes on without
    answers, and fragments that had arrived stay arrived.

    Attributes:
        file: lines `t i j`, also gzipped or zipped; looked for in the working directory, below COSIM_DATA, and among
            the scenarios that come with cosim.
        window_s: a line tells of the window of this length that ends at its time.
        start_s: time of the list at which the scenario begins; null for the beginning of its first contact.
        speedup: seconds of the list that pass in a simulated second.
        pick: whom peers follow: people by number, or those first who were in contact longest.
    """

    source: ClassVar[str] = "contact lists: Cattuto et al., PLoS ONE 5(7), 2010; measured contacts stand for links (C)"
    own_links: ClassVar[bool] = True

    file: str
    window_s: Positive = 20.0
    start_s: NonNegative | None = None
    speedup: Positive = 1.0
    pick: Literal["first", "busiest"] = "first"
    fidelity: Literal["transfer"] = "transfer"

    def check(self, scenario: Any) -> Iterator[tuple[str, str]]:
        """The file must be readable and have somebody for each peer; distances are not known."""
        if scenario.radio.adapts_power:
            yield "radio", "this radio adapts its power to distances, which a list of contacts does not tell"
        try:
            people = len(_read(self.file, self.window_s, version_of(self.file)).people)
        except TraceError as error:
            yield "file", str(error)
            return
        if scenario.peer_count > people:
            yield "file", f"the list tells of {people} people, for {scenario.peer_count} peers"

    def record(self, peers: int) -> "ContactRecord":
        """The contacts among the first peers."""
        seen = _read(self.file, self.window_s, version_of(self.file))
        order = np.arange(len(seen.people))
        if self.pick == "busiest":
            length_s = seen.end_s - seen.begin_s
            total_s = sum(np.bincount(who, length_s, len(order)) for who in (seen.first, seen.second))
            order = np.argsort(-np.asarray(total_s), kind="stable")
        peer_of = np.full(len(order), -1, dtype=np.int64)
        peer_of[order[:peers]] = np.arange(peers)
        first, second = peer_of[seen.first], peer_of[seen.second]
        start_s = float(seen.begin_s.min()) if self.start_s is None else self.start_s
        begin_s, end_s = ((times_s - start_s) / self.speedup for times_s in (seen.begin_s, seen.end_s))
        some = (first >= 0) & (second >= 0) & (end_s > 0.0)
        return ContactRecord(first[some], second[some], np.maximum(begin_s[some], 0.0), end_s[some])

    def medium(self, **world: Any) -> Medium:
        """The medium at work in a simulated world."""
        from cosim.sim.contact_medium import ContactMedium

        return ContactMedium(**world)


@lru_cache(maxsize=8)
def _read(file: str, window_s: float, version: object) -> Seen:
    times, pairs = list[float](), list[tuple[str, str]]()
    for line, text in lines(file):
        words = text.split()
        if len(words) < 3:
            raise TraceError(file, line, f"a contact has a time and two people, not {len(words)} words")
        if words[1] == words[2]:
            raise TraceError(file, line, f"{words[1]} cannot be in contact with itself")
        times.append(number_of(words[0], "the time", file, line))
        pairs.append((words[1], words[2]))
    if not times:
        raise TraceError(file, None, "there are no contacts in it")
    people = list(dict.fromkeys(name for pair in pairs for name in pair))
    people.sort(key=lambda name: (0, int(name), "") if name.isdecimal() else (1, 0, name))
    number = {name: i for i, name in enumerate(people)}
    who = np.sort(np.array([(number[a], number[b]) for a, b in pairs]), axis=1)
    return Seen(tuple(people), *_joined(who, np.array(times), window_s))


def _joined(who: Peers, times_s: Floats, window_s: float) -> tuple[Peers, Peers, Floats, Floats]:
    """Windows of one pair that touch, as one contact."""
    order = np.lexsort((times_s, who[:, 1], who[:, 0]))
    who, times_s = who[order], times_s[order]
    begins = np.ones(len(times_s), dtype=np.bool_)
    begins[1:] = (who[1:] != who[:-1]).any(axis=1) | (np.diff(times_s) > window_s * (1.0 + 1e-12))
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(times_s)) - 1
    return who[first, 0], who[first, 1], times_s[first] - window_s, times_s[last]


@final
class ContactRecord:
    """Who is in contact when; see Record."""

    changing = True
    by_size = False

    def __init__(self, first: Peers, second: Peers, begin_s: Floats, end_s: Floats) -> None:
        """Contacts by pair and time, those of one pair apart from each other."""
        self._first, self._second, self._begin_s, self._end_s = first, second, begin_s, end_s
        self._changes_s: list[float] = np.unique(np.concatenate((begin_s, end_s))).tolist()
        self._of: dict[tuple[int, int], tuple[list[float], list[float]]] = {}
        for a, b, begin, end in zip(first.tolist(), second.tolist(), begin_s.tolist(), end_s.tolist(), strict=True):
            begins, ends = self._of.setdefault((min(a, b), max(a, b)), ([], []))
            begins.append(begin)
            ends.append(end)

    def until_s(self, a: int, b: int, time_s: float) -> float:
        """When the contact ends that two have at a time; that time where they have none."""
        begins, ends = self._of.get((min(a, b), max(a, b)), ([], []))
        place = bisect_right(begins, time_s) - 1
        return max(ends[place], time_s) if place >= 0 else time_s

    def quality(self, sender: int, hearers: Ids, time_s: float) -> Floats:
        """0 in contact; see Record."""
        return np.array([0.0 if self.until_s(sender, hearer, time_s) > time_s else NO_LINK for hearer in hearers])

    def pairs(self, time_s: float) -> tuple[Peers, Peers]:
        """Both ways of all contacts at a time."""
        here = (self._begin_s <= time_s) & (time_s < self._end_s)
        first, second = self._first[here], self._second[here]
        return np.concatenate((first, second)), np.concatenate((second, first))

    def next_change_s(self, time_s: float) -> float:
        """When the next contact begins or ends."""
        place = bisect_right(self._changes_s, time_s)
        return self._changes_s[place] if place < len(self._changes_s) else INFINITE_S
