"""Valid ranges: a model fails on input outside its range instead of extrapolating in silence."""

import math
import sys

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST = sys.float_info.max
"""The largest finite double: the default upper end, which refuses infinity."""


def within(
    values: ArrayLike, name: str, low: float, high: float = LARGEST, *, above: bool = False
) -> NDArray[np.float64]:
    """The values as float64, once all are known to lie in a range.

    Args:
        values: numbers to check; a NaN lies in no range.
        name: what the numbers are, with their unit, for the message.
        low: smallest allowed value.
        high: largest allowed value, itself allowed.
        above: `low` itself is refused.

    Returns:
        The values as a float64 array.

    Raises:
        ValueError: a value lies outside; the sentence says what is allowed and shows the first offender.
    """
    array = np.asarray(values, dtype=np.float64)
    inside = ((array > low) if above else (array >= low)) & (array <= high)
    if not inside.all():
        raise ValueError(f"{name} must be {_words(low, high, above)}; got {array[~inside].flat[0]!s}.")
    return array


def _words(low: float, high: float, above: bool) -> str:
    """The range in words, e.g. "above 0 and finite" or "at least 1 and at most 4095"."""
    lower = "a number" if low == -math.inf else f"{'above' if above else 'at least'} {low:g}"
    upper = {math.inf: "", LARGEST: " and finite"}.get(high, f" and at most {high:g}")
    return lower + upper
