"""Between what is asked for and what is computed: answers from the store where it can.

A run asks for few numbers: scores, and what programs force. Those that the store has are recalled, and then nothing
of what led to them is computed. As soon as one is missing, everything that it needs is. So that lineage does not
grow with the run, there are *cuts*: what somebody still holds is brought from the store, or computed, and kept
there, and the recipes that led to it are forgotten. Cuts follow the rounds and never the clock: they come at the
same places of equal runs, hence a run that was interrupted goes on from its last one.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, Self

import numpy as np

from cosim.handle import Handle
from cosim.lineage import Level, Lineage
from cosim.store.store import Store

Array = np.ndarray[Any, Any]

MOST_PENDING = 1_000_000
"""Recipes that may wait for being recalled; each takes about 1 kB."""


class Computes(Protocol):
    """Who turns recipes into numbers."""

    def execute(self, levels: list[Level]) -> None:
        """Execute recipes, lowest level first."""
        ...

    def read(self, handles: Sequence[Handle]) -> list[Array]:
        """The numbers behind executed handles."""
        ...

    def place(self, handles: Sequence[Handle], values: Array) -> None:
        """Take numbers for the results of handles."""
        ...

    def held(self) -> Iterator[tuple[list[bytes], Array]]:
        """All values that somebody holds, in stacks of one shape, with their keys."""
        ...


class Memo:
    """Resolves handles through a store, or without one."""

    def __init__(self, lineage: Lineage, executor: Computes, store: Store | None) -> None:
        self.lineage = lineage
        self.executor = executor
        self.store = store
        self._may_recall = store is not None and not store.empty
        self._recalling = self._may_recall
        """Whether everything asked for so far was there: then nothing is computed before it must be."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.store is not None:
            self.store.close()

    def values(self, handles: Sequence[Handle]) -> list[Array]:
        """The numbers behind handles, recalled or computed."""
        pending = [handle for handle in handles if handle.recipe is not None]
        known = self._recalled(pending)
        missing = [handle for handle in pending if handle.key not in known]
        if missing:
            self._compute(missing, everything=len(missing) == len(pending))
        if known:
            self.lineage.recall([handle for handle in pending if handle.key in known])
        computed = [handle for handle in handles if handle.recipe is None]
        numbers = {handle.key: value for handle, value in zip(computed, self.executor.read(computed), strict=True)}
        if self.store is not None and numbers:
            self.store.remember(numbers)
        numbers.update(known)
        return [numbers[handle.key] for handle in handles]

    def _recalled(self, pending: list[Handle]) -> dict[bytes, Array]:
        """What the store has."""
        if self.store is None or not self._may_recall:
            return {}
        return self.store.recall([handle.key for handle in pending])

    def _compute(self, missing: list[Handle], *, everything: bool) -> None:
        """What is missing, with all else that is pending if nothing of it was there."""
        self._recalling = False
        self.executor.execute(self.lineage.take() if everything else self.lineage.closure(missing))

    def relieve(self) -> None:
        """Too much is pending: compute it, unless it will probably be recalled."""
        if not self._recalling:
            self.executor.execute(self.lineage.take())

    def cut(self) -> None:
        """Bring all that somebody holds from the store, or compute it, and keep it there; forget what led to it."""
        if self.store is None:
            return
        if self._may_recall:
            gc.collect()  # what only a cycle of garbage refers to, nobody holds
            self._bring(self.lineage.live())
        if not self._recalling or self.lineage.pending > MOST_PENDING:
            # What is not there while all is recalled has been evicted: perhaps nobody will need it.
            self._recalling = False
            self.executor.execute(self.lineage.take())
        self._keep()

    def _bring(self, live: Iterable[Handle]) -> None:
        """Place what the store has."""
        assert self.store is not None
        wanted: dict[bytes, list[Handle]] = {}
        for handle in live:
            wanted.setdefault(handle.key, []).append(handle)
        for keys, values in self.store.load(list(wanted)):
            # Two peers that did the same have two handles of one key.
            rows = [row for row, key in enumerate(keys) for _ in wanted[key]]
            handles = [handle for key in keys for handle in wanted[key]]
            self.lineage.recall(handles)
            self.executor.place(handles, values[rows])
        self.lineage.forget_unneeded()

    def _keep(self) -> None:
        """Keep what is held and not in the store."""
        assert self.store is not None
        stacks: list[tuple[list[bytes], Array]] = []
        for keys, values in self.executor.held():
            there = self.store.pinned(keys)
            new = [row for row, key in enumerate(keys) if key not in there]
            if new:
                stacks.append(([keys[row] for row in new], values if len(new) == len(keys) else values[new]))
        self.store.pin(stacks)
