"""The resolved scenario: every default and every parameter written out, as YAML and as a digest."""

import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, ClassVar, final

import yaml
from pydantic import BaseModel

from cosim.plugins import spec_of
from cosim.scenario.schema import Scenario
from cosim.scenario.section import Section
from cosim.scenario.yaml_scalar import FLOAT, INTEGER, scalar

DIGEST_BYTES = 16
LINE_LENGTH = 120


def resolved_tree(scenario: Scenario) -> dict[str, Any]:
    """A scenario as mappings, lists and scalars from which an equal one can be loaded."""
    return _of_model(scenario)


def _of_model(model: BaseModel) -> dict[str, Any]:
    fields = type(model).model_fields
    return {name: _plain(getattr(model, name), fields[name].metadata) for name in fields}


def _plain(value: Any, marks: list[Any]) -> Any:
    section = next((mark.name for mark in marks if isinstance(mark, Section)), None)
    if section is not None and value is not None:
        return [spec_of(section, part) for part in value] if isinstance(value, tuple) else spec_of(section, value)
    if isinstance(value, BaseModel):
        return _of_model(value)
    if isinstance(value, Mapping):
        return {key: _plain(entry, []) for key, entry in value.items()}
    return list(value) if isinstance(value, tuple) else value


def digest(scenario: Scenario) -> str:
    """A name for everything a scenario says: blake2b of its canonical JSON, in hexadecimal digits."""
    text = json.dumps(resolved_tree(scenario), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()


def resolved_yaml(scenario: Scenario) -> str:
    """A scenario as YAML, every default filled in; loading it gives an equal scenario."""
    return dumped(resolved_tree(scenario))


def dumped(tree: Mapping[str, Any]) -> str:
    """Mappings, lists and scalars as YAML that readers of version 1.1 and of version 1.2 understand alike."""
    return yaml.dump(
        tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=LINE_LENGTH, default_flow_style=None
    )


@final
class _Dumper(yaml.SafeDumper):
    """Writes what YAML 1.2 reads back, with quotes where YAML 1.1 would read something else."""

    yaml_implicit_resolvers: ClassVar[Any] = {}

    def ignore_aliases(self, data: Any) -> bool:
        """Always: a value is written out wherever it stands."""
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null)$"), None)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), None)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(f"^({INTEGER.pattern})$"), None)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(f"^({FLOAT.pattern})$"), None)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    # Between single quotes a line break may be read as a space.
    quoted = "'" if value.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if _is_plain(value) else quoted)


def _is_plain(value: str) -> bool:
    if not value.isprintable():
        return False
    try:
        older = yaml.SafeLoader.yaml_implicit_resolvers.get(value[:1], [])
        return scalar(value) == value and not any(pattern.match(value) for _, pattern in older)
    except ValueError:
        return False


_Dumper.add_representer(str, _text)
