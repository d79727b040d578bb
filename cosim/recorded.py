"""A run read back from its folder."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast, final

import pyarrow as pa
import pyarrow.parquet as pq

from cosim.results.arrow import ArrowTable
from cosim.results.folder import MANIFEST, FolderError
from cosim.scenario import Scenario, load

SCENARIO = "scenario.yaml"
SUFFIX = ".parquet"


class Kept(Protocol):
    """What is left of a run: what `cosim.run` gives, or a folder read back."""

    @property
    def scenario(self) -> Scenario:
        """The scenario, every default filled in."""
        ...

    @property
    def summary(self) -> dict[str, Any]:
        """The content of `summary.json`."""
        ...

    @property
    def manifest(self) -> dict[str, Any]:
        """Under what circumstances the numbers came about."""
        ...

    @property
    def tables(self) -> Mapping[str, ArrowTable]:
        """The tables that were recorded, by name."""
        ...


@final
class Tables(Mapping[str, ArrowTable]):
    """The tables of a folder, each read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.name.removesuffix(SUFFIX): path for path in sorted(folder.glob(f"*{SUFFIX}"))}
        self._read: dict[str, ArrowTable] = {}

    def __getitem__(self, name: str) -> ArrowTable:
        if name not in self._read:
            self._read[name] = _table(self._files[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _table(path: Path) -> ArrowTable:
    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise FolderError(f"{path} is damaged: it cannot be read as Parquet") from error


@final
@dataclass(frozen=True)
class Recorded:
    """A run read back."""

    scenario: Scenario
    summary: dict[str, Any]
    manifest: dict[str, Any]
    tables: Mapping[str, ArrowTable] = field(repr=False)
    path: Path


def recorded(folder: Path) -> Recorded:
    """Read a run folder; its tables are read when they are asked for.

    Raises:
        FolderError: the folder is no run, or a file of it is missing or damaged.
        ScenarioError: its scenario is not one that this version can run.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a run folder: there is no such folder")
    if not (folder / MANIFEST).is_file():
        raise FolderError(f"{folder} is not a run folder: it holds no {MANIFEST}")
    if not (folder / SCENARIO).is_file():
        raise FolderError(f"{folder} is not a complete run: {SCENARIO} is missing")
    summary, manifest = _mapping(folder, "summary.json"), _mapping(folder, MANIFEST)
    return Recorded(load(folder / SCENARIO), summary, manifest, Tables(folder), folder)


def _mapping(folder: Path, name: str) -> dict[str, Any]:
    file = folder / name
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FolderError(f"{folder} is not a complete run: {name} is missing") from error
    except (OSError, ValueError) as error:
        raise FolderError(f"{file} is damaged: it cannot be read as JSON") from error
    if not isinstance(content, dict):
        raise FolderError(f"{file} is damaged: it should hold a mapping of names to values")
    return cast(dict[str, Any], content)
