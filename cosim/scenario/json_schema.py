"""A JSON Schema (draft 2020-12) of scenarios: editors complete and check keys, kinds and parameters with it."""

from typing import Any, Final

from pydantic import PydanticUserError, TypeAdapter
from pydantic_core import PydanticSerializationError

from cosim import plugins
from cosim.fault import PartError
from cosim.parameters import Parameter, section_of
from cosim.scenario.schema import Scenario
from cosim.scenario.section import PLACEHOLDER

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
IMPORT_STRING: Final[dict[str, Any]] = {"type": "string", "pattern": r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$"}

Schema = dict[str, Any]

WITHOUT_KIND: Schema = {"type": "object", "not": {"required": ["kind"]}}
"""Changes single fields of a default or inherited part, whose parameters the schema cannot know."""


def json_schema() -> Schema:
    """The schema of a scenario file, with the parts that are installed."""
    schema = Scenario.model_json_schema(ref_template="#/$defs/{model}")
    definitions: Schema = schema["$defs"]
    # What a scenario extends may bring what its own groups leave out.
    definitions["PeerGroup"].pop("required")
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["extends"]}]
    schema["properties"]["extends"] = {"type": "string", "description": "File or shipped scenario to start from."}
    for section in plugins.sections():
        definitions[_name(section)] = _of_section(section, definitions)
    return {"$schema": DIALECT, **_with_references(schema)}


def _name(section: str) -> str:
    return f"part_{section}"


def _reference(section: str) -> Schema:
    return {"$ref": f"#/$defs/{_name(section)}"}


def _of_section(section: str, definitions: Schema) -> Schema:
    kinds = plugins.kinds(section)
    short = [{"type": "string", "enum": list(kinds)}, IMPORT_STRING]
    long = [_of_kind(section, kind, definitions) for kind in kinds]
    foreign = {"type": "object", "properties": {"kind": IMPORT_STRING}, "required": ["kind"]}
    return {"oneOf": [*short, *long, foreign, WITHOUT_KIND]}


def _of_kind(section: str, kind: str, definitions: Schema) -> Schema:
    """One kind with its parameters; one that cannot be imported may have any."""
    schema: Schema = {"type": "object", "title": kind, "properties": {"kind": {"const": kind}}, "required": ["kind"]}
    try:
        description = plugins.describe(section, kind)
    except PartError as error:
        return {**schema, "description": str(error)}
    for parameter in description.parameters:
        schema["properties"][parameter.name] = _of_parameter(parameter, definitions)
        schema["required"] += [parameter.name] if parameter.required else []
    return {**schema, "description": description.summary, "additionalProperties": False}


def _of_parameter(parameter: Parameter, definitions: Schema) -> Schema:
    section = section_of(parameter.annotation)
    if section is not None:
        return _reference(section)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(parameter.annotation)
        schema = adapter.json_schema(ref_template="#/$defs/{model}")
        default = {} if parameter.required else {"default": adapter.dump_python(parameter.default, mode="json")}
    except (PydanticUserError, PydanticSerializationError):
        # A plugin's own type, about which a JSON Schema has nothing to say.
        return {}
    definitions.update(schema.pop("$defs", {}))
    return {**schema, **default}


def _with_references(schema: Any) -> Any:
    """The schema with each part's place filled by the kinds of its section."""
    if isinstance(schema, list):
        return [_with_references(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if PLACEHOLDER not in schema:
        return {key: _with_references(value) for key, value in schema.items()}
    rest = {key: value for key, value in schema.items() if key not in (PLACEHOLDER, "optional")}
    reference = _reference(schema[PLACEHOLDER])
    if schema[PLACEHOLDER] == "propagation":
        return {**rest, "anyOf": [{"type": "array", "items": reference}, reference]}
    return {**rest, **({"anyOf": [reference, {"type": "null"}]} if schema["optional"] else reference)}
