"""Why computations had to be made again: what differed first, in sentences."""

from collections.abc import Iterator, Sequence
from itertools import islice

from cosim.differences import Difference
from cosim.whatif.computations import Computations
from cosim.whatif.looks import Looks
from cosim.whatif.receptions import Receptions

MOST_CAUSES = 6
"""Kinds of differing receptions that are listed; what is left is summed up."""


def reasons(
    changes: Sequence[Difference],
    executed: int,
    computed: Computations | None,
    received: Receptions | None,
    looked: Looks | None,
) -> list[str]:
    """Sentences, the first cause first.

    Args:
        changes: the keys that differ.
        executed: how many tasks were executed.
        computed: how the computations differ; None where not recorded.
        received: how the receptions differ; None where not recorded.
        looked: how the readings differ; None where not recorded.
    """
    by_key = [f"{change.key} decides what is learnt" for change in changes if change.effect == "learning"]
    by_key += [f"{change.key} decides what is scored" for change in changes if change.effect == "evaluation"]
    if computed is None:
        missing = "recording.level is summary: which messages arrived, and which computations differ, was not kept"
        return [*by_key, missing, *_of_looks(looked)]
    if computed.first is None and not by_key:
        return [_nothing_differs(executed)]
    found = sorted([*_timed_looks(looked), *_timed_receptions(received)])
    sentences = [*by_key, *(sentence for _, sentence in found)]
    if not sentences:
        sentences = ["the same messages arrived, but at other times, so that others were at hand when peers went on"]
    return [*sentences, *_of_computations(computed)]


def causes(received: Receptions) -> Iterator[tuple[str, int]]:
    """The commonest kinds of difference with their numbers, and the sum of the others."""
    counts = list(received.causes.items())
    yield from islice(counts, MOST_CAUSES)
    if len(counts) > MOST_CAUSES:
        yield "others", sum(count for _, count in counts[MOST_CAUSES:])


def _nothing_differs(executed: int) -> str:
    same = "every computation is one that the run had made already"
    return same if executed == 0 else f"{same}; what was executed is what no store remembered"


def _timed_receptions(received: Receptions | None) -> Iterator[tuple[float, str]]:
    if received is not None and received.first is not None:
        yield received.first_s, f"first reception that differs: {received.first}"


def _timed_looks(looked: Looks | None) -> Iterator[tuple[float, str]]:
    if looked is not None and looked.first is not None:
        yield looked.first_s, f"first reading that differs: {looked.first}"


def _of_looks(looked: Looks | None) -> list[str]:
    return [sentence for _, sentence in _timed_looks(looked)]


def _of_computations(computed: Computations) -> list[str]:
    return [] if computed.first is None else [f"first computation that differs: {computed.first}"]
