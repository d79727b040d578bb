"""Named, indexed random numbers: no draw depends on how many draws others made.

A stream is a name, hashed into the key of a counter-based generator (Philox 4x64-10; Salmon, Moraes,
Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11). Draw number i of a stream is a pure
function of (seed, name, i), so one part of a simulation cannot shift the luck of another, and two
settings can be compared under common random numbers.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNIT_52 = 2.0**-52
"""Spacing of hashed draws, which lie in the middle between two multiples of it."""
LEAST_HASHED = 0.5 * UNIT_52
"""The smallest hashed draw."""

Name = str | int


def philox_key(seed: int, *name: Name) -> NDArray[np.uint64]:
    """The 128-bit Philox key of a named stream, as two 64-bit words."""
    return _key_of(_hasher(seed, *name))


def _hasher(seed: int, *name: Name) -> blake2b:
    text = "\x1f".join((str(seed), *(f"{type(part).__name__[0]}{part}" for part in name)))
    return blake2b(text.encode(), digest_size=16)


def _key_of(hasher: blake2b) -> NDArray[np.uint64]:
    return np.frombuffer(hasher.digest(), dtype=np.uint64)


class Family:
    """Streams whose names begin alike and end with numbers: the common part is hashed once."""

    __slots__ = ("_begun",)

    def __init__(self, seed: int, *name: Name) -> None:
        self._begun = _hasher(seed, *name)

    def key(self, *numbers: int) -> NDArray[np.uint64]:
        """The key of one of them: what `philox_key` gives for the whole name."""
        hasher = self._begun.copy()
        hasher.update(b"".join([b"\x1fi%d" % number for number in numbers]))
        return _key_of(hasher)


def stream(seed: int, *name: Name) -> np.random.Generator:
    """A generator over the named stream, from its first draw on."""
    return np.random.Generator(np.random.Philox(key=philox_key(seed, *name)))


def streams(seed: int, *name: Name, numbers: Iterable[int]) -> Iterator[np.random.Generator]:
    """The streams of a name followed by each of these numbers, one after the other.

    It is one generator, set to the beginning of each: use it before asking for the next. Making as many would take
    ten times as long.
    """
    bits = np.random.Philox(key=0)
    generator = np.random.Generator(bits)
    for number in numbers:
        bits.state = _state(philox_key(seed, *name, number), 0)
        yield generator


def _state(key: NDArray[np.uint64], block: int) -> Any:
    """A Philox generator at the beginning of one of its blocks of four words."""
    return {
        "bit_generator": "Philox",
        "state": {"counter": (block, 0, 0, 0), "key": key},
        "buffer": (0, 0, 0, 0),
        "buffer_pos": 4,
        "has_uint32": 0,
        "uinteger": 0,
    }


def uniforms(key: NDArray[np.uint64], first: int, count: int) -> NDArray[np.float64]:
    """Draws `first` to `first + count - 1` of a stream, uniform on [0, 1)."""
    block, skipped = divmod(first, 4)
    # One generator set to the place: making a new one would ask the system for entropy each time.
    _PHILOX.state = _state(key, block)
    return _DRAWN.random(count + skipped)[skipped:]


_PHILOX = np.random.Philox(key=0)
_DRAWN = np.random.Generator(_PHILOX)
_MULTIPLY = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


def philox_words(key: NDArray[np.uint64], counters: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Philox 4x32-10 over an array of counters (Salmon et al. 2011, section 3.3 and table 2).

    Args:
        key: two words; the low 32 bits of each are used.
        counters: shape (..., 4), each below 2^32.

    Returns:
        Four 32-bit random words per counter, shape (..., 4).
    """
    c0, c1, c2, c3 = (counters[..., i].astype(np.uint64) for i in range(4))
    k0, k1 = key[0] & _LOW, key[1] & _LOW
    for _ in range(10):
        product0, product1 = c0 * _MULTIPLY[0], c2 * _MULTIPLY[1]
        c0, c2 = (product1 >> _SHIFT) ^ c1 ^ k0, (product0 >> _SHIFT) ^ c3 ^ k1
        c1, c3 = product1 & _LOW, product0 & _LOW
        k0, k1 = (k0 + _WEYL[0]) & _LOW, (k1 + _WEYL[1]) & _LOW
    return np.stack((c0, c1, c2, c3), axis=-1)


def hashed_uniforms(key: NDArray[np.uint64], counters: NDArray[np.uint64]) -> NDArray[np.float64]:
    """One uniform on (0, 1) per counter row (four words below 2^32): random access by name of any shape."""
    words = philox_words(key, counters)
    # 52 bits, so that the half in the middle of each step is exact and neither 0 nor 1 can come out.
    bits = (words[..., 0] << np.uint64(20)) + (words[..., 1] >> np.uint64(12))
    return np.multiply(np.add(bits, 0.5, dtype=np.float64), UNIT_52, dtype=np.float64)
