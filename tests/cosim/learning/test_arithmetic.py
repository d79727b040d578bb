import itertools

import pytest
import torch

from cosim.learning import arithmetic as module
from cosim.learning.arithmetic import arithmetic

CPU = torch.device("cpu")
USUAL = {"device": CPU, "dtype": torch.float32, "plan": "rule", "lane_width": 64, "threads": 1}


def test_everything_that_changes_bits_changes_the_name() -> None:
    others = [
        {},
        {"dtype": torch.float64},
        {"plan": "loop"},
        {"lane_width": 16},
        {"threads": 2},
    ]
    names = [arithmetic(**{**USUAL, **other}) for other in others]
    assert all(one != other for one, other in itertools.combinations(names, 2))


def test_the_name_says_what_it_stands_for_and_is_good_for_a_folder() -> None:
    name = arithmetic(**USUAL)
    assert f"torch-{torch.__version__}-cpu-" in name
    assert "-float32-rule-64-lanes-" in name
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
def test_a_gpu_is_another_arithmetic_and_has_no_threads() -> None:
    cuda = {**USUAL, "device": torch.device("cuda")}
    assert arithmetic(**cuda) != arithmetic(**USUAL)
    assert arithmetic(**cuda) == arithmetic(**{**cuda, "threads": 2})
