"""Reference tables: numbers made by ns-3 or by an independent evaluation of a cited formula."""

import csv
import os
from pathlib import Path

import pytest


def _reference_folder() -> Path:
    named = os.environ.get("COSIM_RADIO_REFERENCE")
    places = [Path(named)] if named else [parent / "shared/radio_reference" for parent in Path(__file__).parents]
    for place in places:
        if place.is_dir():
            return place
    pytest.skip("no reference tables: set COSIM_RADIO_REFERENCE to their folder")


@pytest.fixture(scope="session")
def reference_table():
    """Reads one table as a list of rows, each a dictionary of texts."""
    folder = _reference_folder()

    def read(name: str) -> list[dict[str, str]]:
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        assert rows
        return rows

    return read
