import importlib
import itertools
import sys
import types

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
        (tmp_path / "own_model.py").write_text(f"class Own:\n    width = {width}\n")
        sys.modules.pop("own_model", None)
        importlib.invalidate_caches()
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        own = importlib.import_module("own_model").Own()
        digests |= {code_of(own), code_of(own)}
    assert len(digests) == 2


def test_built_in_parts_go_by_their_names_alone() -> None:
    assert code_of(LogisticRegression()) == ""


def test_a_part_without_a_file_is_never_the_same() -> None:
    nowhere = types.ModuleType("nowhere")
    sys.modules["nowhere"] = nowhere
    part = type("Part", (), {"__module__": "nowhere"})()
    try:
        assert code_of(part) != code_of(part)
    finally:
        del sys.modules["nowhere"]
