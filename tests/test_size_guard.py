"""Files and functions stay small, names say what they mean, and nothing imports itself in a circle."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("cosim", "radio_models", "analysis", "scenarios")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SOURCES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in FILES}

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
MEDIAN_LINES_OF_A_FUNCTION = 10
VAGUE_WORDS = {
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "base",
    "handler",
    "handlers",
    "core",
    "data",
}


def functions(text):
    """Name and number of lines of every function, docstring and decorators included."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield node.name, node.end_lineno - first + 1


def imports(text, modules):
    """Modules of ours that a text imports when it is imported itself, not for type checkers or inside functions."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            members = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (member if member in modules else node.module for member in members)


def module(name):
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def import_graph():
    modules = {module(name): text for name, text in SOURCES.items()}
    return {name: {other for other in imports(text, modules) if other in modules} for name, text in modules.items()}


def test_there_is_something_to_guard():
    assert len(SOURCES) > 100
    assert sum(1 for text in SOURCES.values() for _ in functions(text)) > 500


@pytest.mark.parametrize("name", SOURCES)
def test_no_file_is_long(name):
    assert len(SOURCES[name].splitlines()) <= MOST_LINES_OF_A_FILE


@pytest.mark.parametrize("name", SOURCES)
def test_no_function_is_long(name):
    assert [found for found in functions(SOURCES[name]) if found[1] > MOST_LINES_OF_A_FUNCTION] == []


def test_most_functions_are_short():
    assert median(lines for text in SOURCES.values() for _, lines in functions(text)) < MEDIAN_LINES_OF_A_FUNCTION


def test_no_file_has_a_vague_name():
    assert [name for name in SOURCES if VAGUE_WORDS & set(re.split(r"[/_.]", name))] == []


def test_imports_make_no_cycle():
    try:
        list(TopologicalSorter(import_graph()).static_order())
    except CycleError as error:
        pytest.fail(f"imports in a circle: {' -> '.join(error.args[1])}")


def test_the_import_graph_is_read():
    assert "cosim.rng" in import_graph()["cosim.sim.luck"] | import_graph()["cosim.sim.topology"]


def test_nothing_is_left_to_be_done():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
    assert [name for name, text in SOURCES.items() if marks.search(text)] == []
