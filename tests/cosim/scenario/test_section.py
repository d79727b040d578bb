import pytest
from pydantic import ValidationError

from cosim.fault import faults_of
from cosim.scenario.section import DEFAULTS, Section


def test_every_default_can_be_built():
    for section, spec in DEFAULTS.items():
        assert Section(section).build(spec) == Section(section).build(spec)


def test_naming_the_default_kind_or_none_changes_single_fields():
    default = Section("mobility").build(DEFAULTS["mobility"])
    assert Section("mobility").build("random_waypoint") == default
    for spec in ({"pause_s": 4}, {"kind": "random_waypoint", "pause_s": 4}):
        changed = Section("mobility").build(spec)
        assert (changed.pause_s, changed.area_m) == (4.0, default.area_m)


def test_another_kind_starts_afresh():
    with pytest.raises(ValidationError) as caught:
        Section("mobility").build({"kind": "uniform"})
    assert [fault.path for fault in faults_of(caught.value)] == [("area_m",)]


def test_an_optional_section_may_be_null_and_has_no_default():
    assert Section("mobility", optional=True).build(None) is None
    with pytest.raises(ValidationError, match="is required, but missing"):
        Section("mobility", optional=True).build({"pause_s": 4})


def test_null_is_no_part():
    with pytest.raises(ValidationError, match="must be a kind of mobility or a mapping with the key 'kind', not null"):
        Section("mobility").build(None)


def test_a_single_loss_is_a_chain_of_one():
    spec = {"kind": "free_space", "frequency_hz": 5e9}
    assert Section("propagation").build(spec) == Section("propagation").build([spec])
