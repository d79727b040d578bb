import json

import pytest

from cosim import plugins
from cosim.scenario import json_schema
from cosim.scenario.section import PLACEHOLDER


@pytest.fixture(scope="module")
def schema():
    return json_schema()


def walk(value):
    yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(child)


def variant(schema, section, kind):
    for entry in schema["$defs"][f"part_{section}"]["oneOf"]:
        if entry.get("properties", {}).get("kind") == {"const": kind}:
            return entry
    raise AssertionError(f"{section} has no {kind}")


def test_it_is_json_of_the_stated_draft(schema):
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_reference_leads_somewhere_and_no_mark_is_left(schema):
    references = {node["$ref"] for node in walk(schema) if isinstance(node, dict) and "$ref" in node}
    assert references
    assert all(reference.removeprefix("#/$defs/") in schema["$defs"] for reference in references)
    assert not any(isinstance(node, dict) and PLACEHOLDER in node for node in walk(schema))


def test_every_kind_is_there_in_short_and_in_long(schema):
    for section in plugins.sections():
        short = schema["$defs"][f"part_{section}"]["oneOf"][0]
        assert short == {"type": "string", "enum": list(plugins.kinds(section))}
        for kind in plugins.kinds(section):
            assert variant(schema, section, kind)["additionalProperties"] is False


def test_parameters_have_types_ranges_and_defaults(schema):
    battery = variant(schema, "power", "battery")
    assert battery["required"] == ["kind", "capacity_j"]
    assert battery["properties"]["capacity_j"] == {"type": "number", "exclusiveMinimum": 0}
    assert battery["properties"]["initial_fraction"] == {"type": "number", "minimum": 0, "maximum": 1, "default": 1.0}
    assert variant(schema, "device", "jetson_nano")["properties"]["idle_w"]["default"] == 1.75


def test_nested_parts_refer_to_their_section(schema):
    assert variant(schema, "radio", "wifi_80211a")["properties"]["transceiver"] == {"$ref": "#/$defs/part_transceiver"}


def test_the_keys_of_a_scenario(schema):
    properties = schema["properties"]
    assert properties["radio"]["$ref"] == "#/$defs/part_radio"
    assert properties["propagation"]["anyOf"][0] == {"type": "array", "items": {"$ref": "#/$defs/part_propagation"}}
    assert {"$ref": "#/$defs/part_mobility"} in schema["$defs"]["PeerGroup"]["properties"]["mobility"]["anyOf"]
    assert properties["extends"]["type"] == "string"
    assert schema["additionalProperties"] is False
    assert schema["anyOf"] == [{"required": ["rounds", "peers", "algorithm"]}, {"required": ["extends"]}]


def test_a_plugin_that_cannot_be_imported_is_left_open(monkeypatch):
    installed = {section: {} for section in plugins.sections()}
    monkeypatch.setattr(plugins, "registered", lambda: {**installed, "power": {"sun": "no_such:Sun"}})
    entry = variant(json_schema(), "power", "sun")
    assert "cannot import 'no_such:Sun'" in entry["description"]
    assert "additionalProperties" not in entry
