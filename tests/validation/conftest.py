"""The programs that compare with reference tables lie beside their tests and import each other by name."""

import csv
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def reference_folder():
    """The folder of reference tables; tests that need it are skipped without it."""
    named = os.environ.get("COSIM_RADIO_REFERENCE")
    places = [Path(named)] if named else [parent / "shared/radio_reference" for parent in Path(__file__).parents]
    for place in places:
        if place.is_dir():
            return place
    pytest.skip("no reference tables: set COSIM_RADIO_REFERENCE to their folder")


@pytest.fixture(scope="session")
def reference_table(reference_folder):
    """Reads one table as a list of rows, each a dictionary of texts."""

    def read(name):
        lines = (reference_folder / name).read_text(encoding="utf-8").splitlines()
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        assert rows
        return rows

    return read
