"""What was run, in short: the sections of a resolved scenario as lines of text."""

from typing import Any

SECTIONS = (
    "rounds", "mobility", "propagation", "radio", "medium", "repair", "graph", "data", "partition", "model",
    "optimizer", "training", "algorithm", "compression", "evaluation", "precision",
)  # fmt: skip
"""Sections that say what was simulated, in the order of the design; how it was executed is not among them."""


def settings(scenario: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Section, what was chosen, and its parameters; peers first, one line per group."""
    peers: dict[str, Any] = scenario.get("peers") or {}
    groups = [(f"peers: {name}", *_group(group)) for name, group in peers.items() if isinstance(group, dict)]
    chosen = [(name, *_part(scenario[name])) for name in SECTIONS if scenario.get(name) is not None]
    return [*groups, *chosen]


def _group(group: dict[str, Any]) -> tuple[str, str]:
    device, power = (_part(group.get(name) or "")[0] for name in ("device", "power"))
    what = " on ".join(filter(None, (device, power)))
    rest = {key: value for key, value in group.items() if key not in ("count", "device", "power") and value is not None}
    return f"{group.get('count', 1)} × {what}", _parameters(rest)


def _part(value: object) -> tuple[str, str]:
    """A part's kind and its parameters; a list of parts is a chain."""
    if isinstance(value, list) and all(isinstance(link, dict) for link in value):
        parts = [_part(link) for link in value]
        return " + ".join(kind for kind, _ in parts), "; ".join(filter(None, (text for _, text in parts)))
    if not isinstance(value, dict):
        return _value(value), ""
    return str(value.get("kind", "")), _parameters({key: inner for key, inner in value.items() if key != "kind"})


def _parameters(parameters: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in parameters.items() if value is not None)


def _value(value: object) -> str:
    if isinstance(value, dict):
        kind, rest = _part(value)
        return kind or f"({rest})"
    if isinstance(value, list):
        return _list(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _list(values: list[Any]) -> str:
    """A list in brackets; of a long one only its length."""
    return f"[{', '.join(map(_value, values))}]" if len(values) <= 4 else f"[{len(values)} values]"
