import dataclasses
import importlib
import itertools
import sys

import pytest
import torch

from cosim.learning import arithmetic as module
from cosim.learning.arithmetic import arithmetic, code_of
from cosim.learning.models import LogisticRegression

CPU = torch.device("cpu")
USUAL = {"device": CPU, "dtype": torch.float32, "plan": "train-loop threads-1", "lane_width": 64}


def test_everything_that_changes_bits_changes_the_name() -> None:
    others = [
        {},
        {"dtype": torch.float64},
        {"plan": "train-stacked threads-1"},
        {"lane_width": 16},
    ]
    names = [arithmetic(**{**USUAL, **other}) for other in others]
    assert all(one != other for one, other in itertools.combinations(names, 2))


def test_the_name_says_what_it_stands_for_and_is_good_for_a_folder() -> None:
    name = arithmetic(**USUAL)
    assert f"torch-{torch.__version__}-cpu-" in name
    assert "-float32-train-loop-threads-1-64-lanes-" in name
    assert not set(name) & set("/\\: ")


def test_other_code_is_another_arithmetic(monkeypatch, tmp_path) -> None:
    before = arithmetic(**USUAL)
    for room in module.ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "kernel.py").write_text("x = 1\n")
    for name in module.FILES:
        (tmp_path / name).write_text("y = 2\n")
    monkeypatch.setattr(module, "files", lambda package: tmp_path)
    names = {before}
    for content in ("x = 1\n", "x = 2\n"):
        (tmp_path / "wire" / "kernel.py").write_text(content)
        module._code.cache_clear()
        names.add(arithmetic(**USUAL))
    module._code.cache_clear()
    assert len(names) == 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_is_another_arithmetic() -> None:
    assert arithmetic(**{**USUAL, "device": torch.device("cuda")}) != arithmetic(**USUAL)


def test_a_users_part_is_known_by_the_code_it_is_written_in(tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    digests = set()
    for width in (1, 2):
        (tmp_path / "own_model.py").write_text(
            f"from dataclasses import dataclass\n@dataclass\nclass Own:\n    a: int = 1\n    width = {width}\n"
        )
        sys.modules.pop("own_model", None)
        importlib.invalidate_caches()
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        own = importlib.import_module("own_model").Own()
        digests |= {code_of(own), code_of(own)}
    assert len(digests) == 2


def test_built_in_parts_go_by_their_names_alone() -> None:
    assert code_of(LogisticRegression()) == ""


def test_what_a_users_part_calls_counts_as_well(tmp_path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "own_outer.py").write_text(
        "from dataclasses import dataclass\nimport own_inner\n@dataclass\nclass Outer:\n    a: int = 1\n"
    )
    digests = set()
    for gain in (1, 2):
        (tmp_path / "own_inner.py").write_text(f"GAIN = {gain}\n")
        for name in ("own_inner", "own_outer"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        digests.add(code_of(importlib.import_module("own_outer").Outer()))
    assert len(digests) == 2


@dataclasses.dataclass
class Nested:
    """A part of the user's own."""

    width: int = 1


@dataclasses.dataclass
class Around:
    """A part that could be a built-in one, with one of the user's own in it."""

    inner: object
    __module__ = "cosim.learning.models"


def test_a_users_part_within_a_built_in_one_counts() -> None:
    assert code_of(Around(Nested())) == code_of(Nested()) != ""
    assert code_of(Around(LogisticRegression())) == ""
