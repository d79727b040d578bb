"""The recipes recorded but not yet executed, in levels of mutual independence."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from sys import getrefcount

from cosim.handle import Handle, Operation, Recipe

Level = dict[Operation, list[Recipe]]


class Lineage:
    """Records recipes. A recipe's level is one above the highest pending recipe it reads.

    Recipes of one level are independent, so those of one operation run as one batch. Executed
    handles have dropped their recipe: lineage never grows with the run.

    Attributes:
        recorded: recipes so far.
        recalled: those that need not be executed: their results, or what they led to, were found in the store.
    """

    def __init__(self) -> None:
        self.levels: list[Level] = []
        self.pending = 0
        self.pending_entries = 0
        self.recorded = 0
        self.recalled = 0
        self._thinned = False
        self._limit = self._step = float("inf")
        self._relieve: Callable[[], None] | None = None

    def relieve_at(self, entries: int, relieve: Callable[[], None]) -> None:
        """Have everything executed whenever the pending results reach this many entries."""
        self._limit = self._step = entries
        self._relieve = relieve

    def record(
        self, operation: Operation, inputs: tuple[Handle, ...] = (), scalars: tuple[float, ...] = ()
    ) -> tuple[Handle, ...]:
        """Record one application of an operation; returns its results."""
        level = 0
        for handle in inputs:
            recipe = handle.recipe
            if recipe is not None and recipe.level >= level:
                level = recipe.level + 1
        recipe = Recipe(operation, inputs, scalars, level)
        if level >= len(self.levels):
            self._deepen(level)
        batch = self.levels[level].get(operation)
        if batch is None:
            self.levels[level][operation] = [recipe]
        else:
            batch.append(recipe)
        self.pending += 1
        self.pending_entries += operation.entries
        self.recorded += 1
        key, shapes = operation.key(inputs, scalars), operation.shapes
        if len(shapes) == 1:
            handle = Handle(key, shapes[0], operation.bits[0], recipe)
            recipe.outputs = (handle,)
            results = (handle,)
        else:
            results = _several(recipe, key)
        if self.pending_entries > self._limit and self._relieve is not None:
            # Asked once per limit: whoever relieves may do so a little later.
            self._limit += self._step
            self._relieve()
        return results

    def _deepen(self, level: int) -> None:
        self.levels += [{} for _ in range(level + 1 - len(self.levels))]

    def _recipes(self) -> Iterator[Recipe]:
        for level in self.levels:
            for recipes in level.values():
                yield from recipes

    # Handing over

    def take(self) -> list[Level]:
        """Hand over everything pending, lowest level first, and start afresh.

        Where some of it was recalled, only that which somebody still needs.
        """
        if self._thinned:
            self.forget_unneeded()
            self.recalled -= sum(recipe.recalled for recipe in self._recipes())
            self._thinned = False
        levels, self.levels = self.levels, []
        self.pending = self.pending_entries = 0
        self._limit = self._step
        return [level for level in levels if level]

    def closure(self, handles: Iterable[Handle]) -> list[Level]:
        """Hand over what these need, lowest level first; the rest stays."""
        levels: dict[int, Level] = {}
        for recipe in _ancestry(handles, lambda recipe: False):
            levels.setdefault(recipe.level, {}).setdefault(recipe.operation, []).append(recipe)
            self.pending -= 1
            self.pending_entries -= recipe.operation.entries
            self.recalled -= recipe.recalled
        self._thinned = True
        return [levels[level] for level in sorted(levels)]

    def recall(self, handles: Iterable[Handle]) -> None:
        """Note that the values of these were found, so that nothing that led to them had to be executed."""
        for recipe in _ancestry(handles, lambda recipe: recipe.recalled):
            recipe.recalled = self._thinned = True
            self.recalled += 1

    # Forgetting

    def forget_unneeded(self) -> None:
        """Forget what was executed, and recipes whose results nobody refers to, the highest level first."""
        for level in reversed(self.levels):
            for operation in list(level):
                kept = [recipe for recipe in level[operation] if self._needs(recipe)]
                if kept:
                    level[operation] = kept
                else:
                    del level[operation]
        while self.levels and not self.levels[-1]:
            del self.levels[-1]

    def _needs(self, recipe: Recipe) -> bool:
        """Whether somebody refers to a result; a recipe that nobody needs lets go of its inputs."""
        outputs = recipe.outputs
        if not outputs:
            return False
        for handle in outputs:
            if handle.recipe is not None and getrefcount(handle) > UNREFERENCED:
                return True
        self.pending -= 1
        self.pending_entries -= recipe.operation.entries
        recipe.inputs = recipe.outputs = ()
        return False

    def live(self) -> list[Handle]:
        """Pending results to which somebody refers who is no recipe."""
        self.forget_unneeded()
        uses = Counter(id(handle) for recipe in self._recipes() for handle in recipe.inputs)
        held: list[Handle] = []
        for recipe in self._recipes():
            for handle in recipe.outputs:
                if handle.recipe is not None and getrefcount(handle) - uses[id(handle)] > UNREFERENCED:
                    held.append(handle)
        return held


def _several(recipe: Recipe, key: bytes) -> tuple[Handle, ...]:
    """Handles of all results of a recipe; in other tuples than its own, for who holds one of those refers to them."""
    shapes, bits = recipe.operation.shapes, recipe.operation.bits
    handles = [Handle(key + bytes((i,)), shapes[i], bits[i], recipe) for i in range(len(shapes))]
    recipe.outputs = tuple(handles)
    return tuple(handles)


def _ancestry(handles: Iterable[Handle], stops: Callable[[Recipe], bool]) -> Iterator[Recipe]:
    """The pending recipes that handles need, each once; not beyond those where it stops."""
    seen: set[Recipe] = set()
    ahead = [handle.recipe for handle in handles]
    while ahead:
        recipe = ahead.pop()
        if recipe is not None and recipe not in seen and not stops(recipe):
            seen.add(recipe)
            ahead += [handle.recipe for handle in recipe.inputs]
            yield recipe


def _unreferenced() -> int:
    """References that are counted for a result that only its recipe holds, as the loops above see it."""
    handle = Handle(b"", (), 0, None)
    recipe = Recipe(Operation("none", {}, (), ()), (), (), 0)
    recipe.outputs = (handle,)
    del handle
    outputs = recipe.outputs
    for handle in outputs:
        return getrefcount(handle)
    raise AssertionError


UNREFERENCED = _unreferenced()
