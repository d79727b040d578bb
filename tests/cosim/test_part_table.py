from dataclasses import is_dataclass

import pytest

from cosim import plugins
from cosim.part_table import TABLE

EVERY_KIND = [(section, kind) for section, table in TABLE.items() for kind in table]


@pytest.mark.parametrize(("section", "kind"), EVERY_KIND)
def test_every_kind_is_a_documented_part(section, kind):
    assert is_dataclass(plugins.resolve(section, kind))
    assert plugins.describe(section, kind).summary.endswith(".")


@pytest.mark.parametrize(("section", "kind"), EVERY_KIND)
def test_every_kind_is_found_again_by_its_class(section, kind):
    target = plugins.resolve(section, kind)
    if isinstance(target, type):
        assert f"{target.__module__}:{target.__qualname__}" == TABLE[section][kind]
    else:
        assert plugins.kind_of(section, target) == kind


def test_no_kind_looks_like_an_import_string():
    assert all(kind.isidentifier() for _, kind in EVERY_KIND)
