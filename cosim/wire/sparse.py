"""The codec that sends the largest entries of a vector: top-k."""

from collections.abc import Iterator
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from cosim.part import PositiveFraction, part
from cosim.wire.bits import bytes_needed, floats_of, index_width, packed, rounded, unpacked, word_bits, words_of

ROUNDING = 1e-12
"""Relative excess allowed for the product of size and fraction: 0.29 of 100 entries are 29, though the doubles
multiply to 28.999999999999996. Far above the error of one product (2^-53), far below one entry in 10^11."""


@final
@part
class TopK:
    """The entries of largest magnitude, with their places.

    A stream is, in this order: the values of all blocks, in ascending order of their indices; then for each
    block its places, either as indices of ceil(log2 n) bits relative to the block, or as a bitmap of n bits.
    Bits go most significant first, and the message is padded to a whole byte once, at its very end. A receiver
    that knows the tensor sizes and this part knows the number of entries and the form of every block, so there
    is no header.

    Attributes:
        fraction: share of the entries that is kept.
        scope: a block is each tensor ("layer") or the whole flat vector ("global").
        value_bits: format of a value on the wire; 64 is for runs in double precision.
        index: form of the places; "cheapest" takes the shorter one in each block, indices where both are equal.
    """

    fraction: PositiveFraction
    scope: Literal["layer", "global"] = "layer"
    value_bits: Literal[64, 32, 16] = 32
    index: Literal["raw", "bitmap", "cheapest"] = "cheapest"

    def blocks(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Entries of each block among which the largest are chosen."""
        return sizes if self.scope == "layer" else (sum(sizes),)

    def kept(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Entries kept of each block: max(1, floor(n * fraction)), the product taken as a decimal one."""
        return tuple(kept_entries(entries, self.fraction) for entries in self.blocks(sizes))

    def bits(self, sizes: tuple[int, ...], precision_bits: int = 32) -> int:
        """Exact length of the encoded stream, before it is padded to a byte [bit].

        Args:
            sizes: entries of each tensor.
            precision_bits: precision of the run; plays no part, `value_bits` decides.
        """
        blocks = zip(self.blocks(sizes), self.kept(sizes), strict=True)
        return sum(kept * self.value_bits + self.place_bits(entries, kept) for entries, kept in blocks)

    def encoded_bytes(self, sizes: tuple[int, ...], precision_bits: int = 32) -> int:
        """Length of `encode`'s answer [byte]: `bits`, rounded up once."""
        return bytes_needed(self.bits(sizes, precision_bits))

    def place_bits(self, entries: int, kept: int) -> int:
        """Bits that say which entries of one block are sent."""
        return entries if self.uses_bitmap(entries, kept) else kept * index_width(entries)

    def uses_bitmap(self, entries: int, kept: int) -> bool:
        """Whether the places of a block are a bitmap; both ends decide it from the same two numbers."""
        return self.index == "bitmap" or (self.index == "cheapest" and entries < kept * index_width(entries))

    def select(self, vector: NDArray[np.floating], sizes: tuple[int, ...]) -> NDArray[np.int64]:
        """Indices of the entries that are sent, ascending; of equal magnitudes the lower index wins."""
        chosen = [start + largest(vector[start : start + n], kept) for start, n, kept in self._layout(sizes)]
        return np.concatenate(chosen)

    def dequantised(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """What both ends keep of the values: their rounding to the wire's format, in the type that was given."""
        return rounded(values, self.value_bits).astype(values.dtype)

    def encode(self, values: NDArray[np.floating], indices: NDArray[np.int64], sizes: tuple[int, ...]) -> bytes:
        """Write a message; numbers beyond the range of 16-bit values (65504) become infinite.

        Args:
            values: the entries to send.
            indices: their places in the flat vector, strictly ascending, `kept` of each block.
            sizes: entries of each tensor.

        Raises:
            ValueError: if number or order of the entries do not fit.
        """
        if not len(values) == len(indices) == sum(self.kept(sizes)):
            raise ValueError(f"a message holds {sum(self.kept(sizes))} entries, not {len(values)} at {len(indices)}")
        places = [self._place_row(place, entries) for place, entries in self._split(indices, sizes)]
        return rounded(values, self.value_bits).tobytes() + packed(np.concatenate(places))

    def decode(self, message: bytes, sizes: tuple[int, ...]) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        """Values (float64 for 64-bit values, else float32) and their ascending indices in the flat vector.

        Raises:
            ValueError: if the message is not one that `encode` writes for these sizes.
        """
        value_bytes = sum(self.kept(sizes)) * self.value_bits // 8
        row = unpacked(message[value_bytes:], self.bits(sizes) - 8 * value_bytes)
        values = floats_of(message[:value_bytes], self.value_bits)
        return values.astype(np.float64 if self.value_bits == 64 else np.float32), self._places(row, sizes)

    def _layout(self, sizes: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
        """First index, number of entries and number of kept entries of each block."""
        start = 0
        for entries, kept in zip(self.blocks(sizes), self.kept(sizes), strict=True):
            yield start, entries, kept
            start += entries

    def _split(self, indices: NDArray[np.int64], sizes: tuple[int, ...]) -> Iterator[tuple[NDArray[np.int64], int]]:
        """Places relative to their block, and its number of entries."""
        first = 0
        for start, entries, kept in self._layout(sizes):
            yield indices[first : first + kept] - start, entries
            first += kept

    def _place_row(self, places: NDArray[np.int64], entries: int) -> NDArray[np.uint8]:
        _require_ascending(places, entries)
        if not self.uses_bitmap(entries, len(places)):
            return word_bits(places, index_width(entries))
        row = np.zeros(entries, np.uint8)
        row[places] = 1
        return row

    def _places(self, row: NDArray[np.uint8], sizes: tuple[int, ...]) -> NDArray[np.int64]:
        found: list[NDArray[np.int64]] = []
        for start, entries, kept in self._layout(sizes):
            section, row = np.split(row, [self.place_bits(entries, kept)])
            bitmap = self.uses_bitmap(entries, kept)
            places = np.flatnonzero(section) if bitmap else words_of(section, kept, index_width(entries))
            if len(places) != kept:
                raise ValueError(f"a bitmap names {len(places)} entries instead of {kept}")
            _require_ascending(places, entries)
            found.append(start + places)
        return np.concatenate(found)


def kept_entries(entries: int, fraction: float) -> int:
    """Entries kept of a block: max(1, floor(entries * fraction)), a product within 1e-12 of a whole number counted so.

    The rule of the public code of the authors of Sparse-Push (github.com/aparna-aketi/Low_Precision_DL,
    `sparsify_layerwise`), with its ratio = 1 - fraction.
    """
    return max(1, min(entries, int(entries * fraction * (1 + ROUNDING))))


def largest(vector: NDArray[np.floating], kept: int) -> NDArray[np.int64]:
    """Ascending indices of the `kept` entries of largest magnitude; ties go to the lower index, a NaN is largest."""
    magnitudes = np.where(np.isnan(vector), np.inf, np.abs(vector))
    threshold = np.partition(magnitudes, len(vector) - kept)[len(vector) - kept]
    above = np.flatnonzero(magnitudes > threshold)
    ties = np.flatnonzero(magnitudes == threshold)[: kept - len(above)]
    return np.sort(np.concatenate((above, ties)))


def author_bytes(kept: int) -> int:
    """Size of a sparse message in the accounting of the authors of Sparse-Push, 6 k + 3 [byte].

    A 32-bit value and a 16-bit index for each of k entries, plus half of each for one more
    (github.com/aparna-aketi/Low_Precision_DL: 4 (2 k + 1) / 2 + (2 k + 1)). Sixteen bits cannot address a tensor
    of more than 65,536 entries, so this is a number to compare with theirs, not the size of a real message.
    """
    return 6 * kept + 3


def author_dense_bytes(entries: int) -> int:
    """Size of an uncompressed message in the same accounting: 32 bits for each parameter and the weight [byte]."""
    return 4 * (entries + 1)


def _require_ascending(places: NDArray[np.int64], entries: int) -> None:
    if places[0] < 0 or places[-1] >= entries or (np.diff(places) <= 0).any():
        raise ValueError(f"places must ascend within a block of {entries} entries")
