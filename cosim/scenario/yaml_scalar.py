"""Scalars of YAML: which plain text means a number, a truth value or nothing.

The core schema of YAML 1.2.2, section 10.3.2: `868e6` is a number, `yes` is a text, `1:30` is a text and
`010` is ten. Infinity and not-a-number are refused: no quantity of a scenario may have these values.
"""

import re

from cosim.fault import shown

LARGEST_INTEGER = 2**63 - 1

INTEGER = re.compile(r"[-+]?[0-9]+")
OCTAL = re.compile(r"0o[0-7]+")
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def scalar(text: str) -> str | int | float | bool | None:
    """The value of a plain (unquoted) scalar.

    Raises:
        ValueError: for what is a number but not a usable one; the message is a sentence.
    """
    if text in _WORDS:
        return _WORDS[text]
    for pattern, radix in ((INTEGER, 10), (OCTAL, 8), (HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            return _integer(text, radix)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"must be a finite number, not {text}")
    if FLOAT.fullmatch(text):
        return _float(text)
    return text


def _integer(text: str, radix: int) -> int:
    # Python refuses to read very long numbers, in time quadratic in their length.
    value = int(text if radix == 10 else text[2:], radix) if len(text) < 64 else LARGEST_INTEGER + 1
    if abs(value) > LARGEST_INTEGER:
        raise ValueError(f"must be a whole number below 2^63, not {shown(text)}")
    return value


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"must be a finite number, not {shown(text)}, which is beyond the range of a double")
    return value
