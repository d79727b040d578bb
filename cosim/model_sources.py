"""Where the models of a run come from: what a reader must cite, and how far each can be trusted."""

from typing import Any

from cosim.plugins import field_values
from cosim.scenario.checks import placed_parts


def model_sources(scenario: Any) -> dict[str, str]:
    """Place of a part in the scenario -> its source, for all parts that state one; equal parts are listed once."""
    sources: dict[str, str] = {}
    seen: list[tuple[type, dict[str, Any]]] = []
    for path, part in placed_parts(scenario):
        source = getattr(part, "source", None)
        own = (type(part), field_values(part))
        if isinstance(source, str) and source and own not in seen:
            seen.append(own)
            sources[".".join(map(str, path))] = source
    return sources
