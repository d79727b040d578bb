"""What a user's kernel computes, as a text: equal texts mean equal results on equal arguments.

The text is part of the keys of results, so it must not differ between two runs of one program, and must
differ when the function does. It holds the compiled code, and whatever the code takes from outside: simple
values are written out, functions of the user's are followed, and what belongs to a library goes by its name.
"""

import dis
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

Simple = bool | int | float | complex | str | bytes | None
"""What a text can stand for without loss."""


def source_of(function: Callable[..., Any]) -> str:
    """The text of a plain function.

    Raises:
        TypeError: it is not a function written in Python.
        ValueError: it uses something from outside that cannot be written down, a tensor for example.
    """
    if not isinstance(function, FunctionType):
        raise TypeError(f"a kernel is a function written in Python, not {function!r}")
    return "\n".join(_lines(function, set()))


def _lines(function: FunctionType, seen: set[CodeType]) -> Iterator[str]:
    code = function.__code__
    if code in seen:
        return
    seen.add(code)
    yield _text_of_code(code)
    yield f"defaults {_text(function.__defaults__)} {_text(function.__kwdefaults__)}"
    for name, value in _outside(function):
        if isinstance(value, FunctionType) and value.__module__ == function.__module__:
            yield f"{name}:"
            yield from _lines(value, seen)
        else:
            yield f"{name} = {_outside_text(function, name, value)}"


def _outside(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What the function takes from the functions around it, and from its module."""
    cells = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        yield name, cell.cell_contents
    for name in sorted(set(_global_names(function.__code__))):
        if name in function.__globals__:
            yield name, function.__globals__[name]


def _global_names(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


def _outside_text(function: FunctionType, name: str, value: Any) -> str:
    if isinstance(value, ModuleType):
        return f"module {value.__name__}"
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        return f"{value.__module__}:{value.__qualname__}"
    try:
        return _text(value)
    except TypeError:
        raise ValueError(
            f"the kernel {function.__qualname__} uses {name!r} from outside, a {type(value).__name__}: "
            f"hand vectors to it as inputs and numbers as scalars"
        ) from None


def _text(value: Any) -> str:
    """A simple value, or a collection of such, written out.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, Simple):
        return repr(value)
    if isinstance(value, CodeType):
        return f"({_text_of_code(value)})"
    if isinstance(value, tuple | list):
        return f"{type(value).__name__}({', '.join(map(_text, value))})"
    if isinstance(value, set | frozenset):
        return f"set({', '.join(sorted(map(_text, value)))})"
    if isinstance(value, dict):
        return f"dict({', '.join(f'{_text(key)}: {_text(entry)}' for key, entry in value.items())})"
    if isinstance(value, slice) or value is Ellipsis:
        return repr(value)
    raise TypeError


def _text_of_code(code: CodeType) -> str:
    """Compiled code without file, line numbers and addresses."""
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {_text(code.co_consts)}"
