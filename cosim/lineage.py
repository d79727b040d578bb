"""The recipes recorded but not yet executed, in levels of mutual independence."""

from collections.abc import Callable

from cosim.handle import Handle, Operation, Recipe

Level = dict[Operation, list[Recipe]]


class Lineage:
    """Records recipes. A recipe's level is one above the highest pending recipe it reads.

    Recipes of one level are independent, so those of one operation run as one batch. Executed
    handles have dropped their recipe: lineage never grows with the run.
    """

    def __init__(self) -> None:
        self.levels: list[Level] = []
        self.pending = 0
        self.pending_entries = 0
        self.recorded = 0
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
        key = operation.key(inputs, scalars)
        shapes = operation.shapes
        if len(shapes) == 1:
            outputs: tuple[Handle, ...] = (Handle(key, shapes[0], operation.bits[0], recipe),)
        else:
            outputs = tuple(
                [Handle(key + bytes((i,)), shapes[i], operation.bits[i], recipe) for i in range(len(shapes))]
            )
        recipe.outputs = outputs
        if level == len(self.levels):
            self.levels.append({})
        self.levels[level].setdefault(operation, []).append(recipe)
        self.pending += 1
        self.pending_entries += operation.entries
        self.recorded += 1
        if self.pending_entries > self._limit and self._relieve is not None:
            # Asked once per limit: whoever relieves may do so a little later.
            self._limit += self._step
            self._relieve()
        return outputs

    def take(self) -> list[Level]:
        """Hand over everything pending, lowest level first, and start afresh."""
        levels, self.levels = self.levels, []
        self.pending = self.pending_entries = 0
        self._limit = self._step
        return levels
