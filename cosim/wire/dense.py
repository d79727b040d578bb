"""The codec that sends every parameter as it is."""

from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.part import part
from cosim.wire.bits import FLOAT_FORMATS, bytes_needed, floats_of, rounded


@final
@part
class Dense:
    """Every parameter, uncompressed, in the precision of the run.

    The stream is the numbers in the order of the flat vector, IEEE 754 in network byte order. Scalars that
    travel with a model (a push-sum weight, a sequence number) are charged by whoever sends them.
    """

    def kept(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Entries kept of each tensor: all of them."""
        return sizes

    def bits(self, sizes: tuple[int, ...], precision_bits: int = 32) -> int:
        """Length of the encoded stream [bit]: precision_bits times the number of parameters."""
        return precision_bits * sum(sizes)

    def encoded_bytes(self, sizes: tuple[int, ...], precision_bits: int = 32) -> int:
        """Length of `encode`'s answer [byte]."""
        return bytes_needed(self.bits(sizes, precision_bits))

    def select(self, vector: NDArray[np.floating], sizes: tuple[int, ...]) -> NDArray[np.int64]:
        """Indices of the entries that are sent: all."""
        return np.arange(sum(sizes), dtype=np.int64)

    def dequantised(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """What both ends keep of the values: the values themselves."""
        return values

    def encode(self, values: NDArray[np.floating], indices: NDArray[np.int64], sizes: tuple[int, ...]) -> bytes:
        """Write a model; the type of the values (float16, float32, float64) is the precision.

        Raises:
            ValueError: if the indices are not those of all entries.
        """
        if values.size != sum(sizes) or not np.array_equal(indices, np.arange(sum(sizes))):
            raise ValueError(f"a dense message holds all {sum(sizes)} entries, in order")
        return rounded(values, 8 * values.dtype.itemsize).tobytes()

    def decode(self, message: bytes, sizes: tuple[int, ...]) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        """Values and indices; the precision follows from the length of the message.

        Raises:
            ValueError: if the length fits no precision.
        """
        entries = sum(sizes)
        for precision_bits in FLOAT_FORMATS:
            if len(message) == self.encoded_bytes(sizes, precision_bits):
                return floats_of(message, precision_bits), np.arange(entries, dtype=np.int64)
        raise ValueError(f"{len(message)} bytes are no dense message of {entries} entries")
