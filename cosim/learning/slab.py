"""Where values live: the rows of one tensor per shape."""

from collections.abc import Sequence

import numpy as np
import torch

from cosim.handle import Handle, Shape
from cosim.learning.upload import upload

FIRST_ROWS = 64


class Slab:
    """Values of one shape, one per row. A row is free again when the last reference to its handle goes."""

    def __init__(self, shape: Shape, dtype: torch.dtype, device: torch.device) -> None:
        self.values = torch.zeros((FIRST_ROWS, *shape), dtype=dtype, device=device)
        self.free = list(range(FIRST_ROWS - 1, -1, -1))
        self.keys = [b""] * FIRST_ROWS

    def place(self, handles: Sequence[Handle], *batches: torch.Tensor) -> None:
        """Store one value per handle; the batches hold them in order, the last one perhaps with padding behind."""
        rows = self._take(len(handles))
        contiguous = rows[-1] - rows[0] == len(rows) - 1
        first = 0
        for values in batches:
            chosen = rows[first : first + len(values)]
            if contiguous:
                self.values[chosen[0] : chosen[-1] + 1].copy_(values[: len(chosen)])
            else:
                self.values.index_copy_(0, upload(np.array(chosen), self.values.device), values[: len(chosen)])
            first += len(values)
        keys = self.keys
        for handle, row in zip(handles, rows, strict=True):
            if handle.slab is not None:
                self.free.append(handle.row)  # one of several results of a recipe had been there already
            handle.slab = self
            handle.row = row
            handle.recipe = None
            keys[row] = handle.key

    def _take(self, count: int) -> list[int]:
        """Free rows in rising order: those freed last, often a whole former batch, and then side by side."""
        while len(self.free) < count:
            self._grow()
        rows = self.free[-count:]
        del self.free[-count:]
        rows.sort()
        return rows

    def _grow(self) -> None:
        rows = len(self.values)
        self.values = torch.cat([self.values, torch.zeros_like(self.values)])
        self.free = [*range(2 * rows - 1, rows - 1, -1), *self.free]
        self.keys += [b""] * rows

    def held(self) -> tuple[list[bytes], torch.Tensor]:
        """Keys and values of all rows in use."""
        free = set(self.free)
        rows = [row for row in range(len(self.keys)) if row not in free]
        values = self.values.index_select(0, upload(np.array(rows, dtype=np.int64), self.values.device))
        return [self.keys[row] for row in rows], values

    def gather(self, handles: Sequence[Handle], width: int) -> torch.Tensor:
        """Values of handles as one new tensor, the last repeated up to the width."""
        rows = [handle.row for handle in handles]
        rows += rows[-1:] * (width - len(rows))
        return self.values.index_select(0, upload(np.array(rows), self.values.device))
