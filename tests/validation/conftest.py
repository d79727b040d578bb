"""The programs that compare with reference tables lie beside their tests and import each other by name."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import validate


@pytest.fixture(scope="session")
def reference_folder():
    """The folder of reference tables; tests that need it are skipped without it."""
    place = validate.reference_folder()
    if place is not None:
        return place
    pytest.skip("no reference tables: set COSIM_RADIO_REFERENCE to their folder")


@pytest.fixture(scope="session")
def reference_table(reference_folder):
    """Reads one table as a list of rows, each a dictionary of texts."""

    def read(name):
        return validate.read(reference_folder / name)

    return read
