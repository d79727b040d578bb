"""The benchmarks are programs beside each other, not a package: they find each other in their folder."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    """Benchmarks go from one store to the next; other tests keep theirs."""
    monkeypatch.setenv("COSIM_STORE", str(tmp_path / "store"))
