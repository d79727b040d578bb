"""A medium of measured links: a table of the share of packets that pass from each node to each other one.

Tables have lines `sender receiver p`. The best known is that of the 54 motes in the Intel Berkeley Research Lab
(S. Madden et al., db.csail.mit.edu/labdata, 2004), averaged over the whole deployment. A line without a share is a pair
that nobody measured; pairs that are not there have no link.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, Literal, final

import numpy as np

from cosim.part import Count, Index, part
from cosim.sim.budget import Floats, Ids, Peers
from cosim.sim.medium import Medium
from cosim.sim.recorded_links import INFINITE_S
from cosim.sim.trace_file import TraceError, lines, number_of, version_of

Table = dict[tuple[str, str], float]


@final
@part
class LinkTable:
    """Links with measured shares of delivery, at the rate and the watts of the radio; without contention.

    Losses are independent from frame to frame: a table of means knows nothing of bursts.

    Attributes:
        file: lines `sender receiver p`, also gzipped; looked for in the working directory, below COSIM_DATA, and among
            the scenarios that come with cosim.
        skip: nodes left out at the beginning; peers are those that follow, by number.
        reference_bytes: size of the packets that were measured, headers included: a frame of n bytes then passes with
            p^(n / reference_bytes). Null where p holds for frames of any size.
    """

    source: ClassVar[str] = "link table: measured delivery ratios (A); independent losses, and scaling by size (C)"
    own_links: ClassVar[bool] = True

    file: str
    skip: Index = 0
    reference_bytes: Count | None = None
    fidelity: Literal["transfer"] = "transfer"

    def check(self, scenario: Any) -> Iterator[tuple[str, str]]:
        """The file must be readable and have a node for each peer; distances are not known."""
        if scenario.radio.adapts_power:
            yield "radio", "this radio adapts its power to distances, which a table of links does not tell"
        try:
            nodes = len(_nodes(_read(self.file, version_of(self.file)))) - self.skip
        except TraceError as error:
            yield "file", str(error)
            return
        if scenario.peer_count > nodes:
            yield "file", f"the table has {nodes} nodes behind those skipped, for {scenario.peer_count} peers"

    def record(self, peers: int) -> "LinkRecord":
        """The links among the first peers."""
        table = _read(self.file, version_of(self.file))
        number = {name: i for i, name in enumerate(_nodes(table)[self.skip : self.skip + peers])}
        shares = np.zeros((peers, peers))
        for (sender, receiver), share in table.items():
            if sender in number and receiver in number and sender != receiver:
                shares[number[sender], number[receiver]] = share
        return LinkRecord(shares, self.reference_bytes)

    def medium(self, **world: Any) -> Medium:
        """The medium at work in a simulated world."""
        from cosim.sim.scheduled import ScheduledMedium

        medium = ScheduledMedium(**world)
        medium.label = "medium: measured link table (no contention, no bursts of losses; optimistic)"
        return medium


@lru_cache(maxsize=8)
def _read(file: str, version: object) -> Table:
    table: Table = {}
    for line, text in lines(file):
        words = _words(text, file, line)
        if len(words) == 2:
            continue
        share = number_of(words[2], "the share", file, line)
        if not 0.0 <= share <= 1.0:
            raise TraceError(file, line, f"the share of packets that pass lies between 0 and 1, not at {share:g}")
        if (words[0], words[1]) in table:
            raise TraceError(file, line, f"the link from {words[0]} to {words[1]} is there twice")
        table[words[0], words[1]] = share
    if not table:
        raise TraceError(file, None, "there are no links in it")
    return table


def _words(text: str, file: str, line: int) -> list[str]:
    """Sender, receiver and, unless nobody measured it, share."""
    words = text.split()
    if len(words) not in (2, 3):
        raise TraceError(file, line, f"a link has a sender, a receiver and a share, not {len(words)} words")
    for word in words[:2]:
        if not word.isdecimal():
            raise TraceError(file, line, f"nodes have numbers, not {word[:40]!r}")
    return words


def _nodes(table: Table) -> list[str]:
    return sorted({name for pair in table for name in pair}, key=int)


@final
class LinkRecord:
    """Shares of delivery; see Record."""

    changing = False

    def __init__(self, shares: Floats, reference_bytes: int | None) -> None:
        """Take shares by sender and receiver."""
        self.by_size = reference_bytes is not None
        with np.errstate(divide="ignore"):
            self._quality = np.log(shares) / (1 if reference_bytes is None else 8 * reference_bytes)
        self._pairs = np.nonzero(shares)

    def quality(self, sender: int, hearers: Ids, time_s: float) -> Floats:
        """See Record."""
        return self._quality[sender, list(hearers)]

    def pairs(self, time_s: float) -> tuple[Peers, Peers]:
        """See Record."""
        return self._pairs[0], self._pairs[1]

    def next_change_s(self, time_s: float) -> float:
        """Never."""
        return INFINITE_S
