"""What there is to choose from: shipped scenarios, and the kinds of every section."""

from collections.abc import Iterator
from pathlib import Path

from cosim import plugins
from cosim.fault import Fault, PartError, suggestion
from cosim.scenario import shipped

SCENARIOS = "scenarios"


def catalogue(section: str | None = None) -> Iterator[str]:
    """Lines for the user.

    Args:
        section: what to list; None for everything.

    Raises:
        PartError: there is no such section.
    """
    known = (SCENARIOS, *plugins.sections())
    if section is not None and section not in known:
        raise PartError(Fault((), f"there is nothing to list under '{section}'{suggestion(section, known)}"))
    for name in known if section is None else (section,):
        yield name
        yield from _scenarios() if name == SCENARIOS else _kinds(name)


def _scenarios() -> Iterator[str]:
    names = shipped()
    width = max(map(len, names), default=0)
    for name, file in names.items():
        yield f"  {name:{width}}  {_first_sentence(file)}"


def _first_sentence(file: Path) -> str:
    """The beginning of the comment with which a scenario opens, up to its first full stop or colon."""
    comment: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("# "))
    text = " ".join(comment)
    ends = [text.find(mark) for mark in (". ", ": ") if mark in text]
    return text[: min(ends, default=len(text))]


def _kinds(section: str) -> Iterator[str]:
    for kind in plugins.kinds(section):
        try:
            description = plugins.describe(section, kind)
        except PartError as error:
            yield f"  {kind}: {error}"
            continue
        yield f"  {kind}: {description.summary}" if description.summary else f"  {kind}"
        yield from (f"      {line}" for line in description.lines())
