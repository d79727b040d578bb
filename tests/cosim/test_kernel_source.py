import os
import subprocess
import sys
from fractions import Fraction
from functools import partial
from math import fsum as pairwise_sum
from textwrap import dedent

import numpy as np
import pytest

from cosim.kernel_source import source_of

SCALE = 3.0
VECTOR = np.ones(3)


def scaled(x):
    return SCALE * x


def with_vector(x):
    return VECTOR * x


def tripled(x):
    return [3 * entry for entry in x]


def through_other(x):
    return tripled(x)


def factorial(n):
    return 1 if n == 0 else n * factorial(n - 1)


def with_library(x):
    return np.square(x)


def with_class(x):
    return Fraction(x) + pairwise_sum(x)


def with_constants(x):
    return x[..., 0] if x.kind in {"a", "b"} else x[1:]


def of_factor(factor, power=1):
    def raised(x):
        return factor * x**power

    return raised


def test_the_same_function_has_the_same_text():
    assert source_of(of_factor(2.0)) == source_of(of_factor(2.0))


def test_what_a_function_takes_from_around_it_counts():
    texts = {
        source_of(of_factor(2.0)),
        source_of(of_factor(3.0)),
        source_of(of_factor(2.0, 2)),
        source_of(of_factor(2)),
    }
    assert len(texts) == 4


def test_defaults_count():
    assert source_of(lambda x, a=1.0: a * x) != source_of(lambda x, a=2.0: a * x)
    assert source_of(lambda x, *, a=1.0: a * x) != source_of(lambda x, *, a=2.0: a * x)


def test_names_and_constants_count():
    assert source_of(lambda x: x + 1) != source_of(lambda x: x + 2)
    assert source_of(lambda x: x.sum()) != source_of(lambda x: x.mean())


def test_globals_count(monkeypatch):
    before = source_of(scaled)
    assert "SCALE = 3.0" in before
    monkeypatch.setitem(globals(), "SCALE", 4.0)
    assert source_of(scaled) != before


def test_functions_of_the_same_module_are_followed(monkeypatch):
    before = source_of(through_other)
    monkeypatch.setitem(globals(), "tripled", lambda x: [4 * entry for entry in x])
    assert source_of(through_other) != before


def test_recursion_ends():
    assert "factorial:" in source_of(factorial)


def test_libraries_go_by_name():
    assert "np = module numpy" in source_of(with_library)


def test_classes_and_functions_from_elsewhere_go_by_name():
    text = source_of(with_class)
    assert "Fraction = fractions:Fraction" in text
    assert "pairwise_sum = math:fsum" in text


def test_collections_of_constants_are_written_in_one_order():
    assert "set('a', 'b')" in source_of(with_constants)
    assert "Ellipsis" in source_of(with_constants)
    assert source_of(with_constants) != source_of(lambda x: x[..., 1] if x.kind in {"a", "b"} else x[1:])


def test_a_vector_from_outside_is_refused():
    with pytest.raises(ValueError, match="'VECTOR' from outside, a ndarray: hand vectors to it as inputs"):
        source_of(with_vector)


@pytest.mark.parametrize("thing", [len, partial(scaled), 3])
def test_only_python_functions_have_a_text(thing):
    with pytest.raises(TypeError, match="a function written in Python"):
        source_of(thing)


def test_the_text_is_the_same_in_another_process():
    """Neither addresses of inner code nor the order of sets, which changes with PYTHONHASHSEED, may enter it."""
    program = dedent("""
        from cosim.kernel_source import source_of
        def function(x):
            inner = lambda y: y + 1
            return [inner(entry) for entry in x if entry in {"a", "b", "c", "d", "e"}]
        print(source_of(function))
    """)
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1
    (text,) = texts
    assert "0x" not in text
