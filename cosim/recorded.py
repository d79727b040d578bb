"""A run read back from its folder."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, final

import pyarrow as pa
import pyarrow.parquet as pq

from cosim.results.arrow import ArrowTable
from cosim.results.folder import MANIFEST, FolderError
from cosim.scenario import Scenario, load

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
    """A run folder, read as far as it is asked for.

    Raises:
        FolderError: the folder is no run, or a file of it is missing or damaged.
        ScenarioError: its scenario is not one that this version can run.
    """

    path: Path
    tables: Mapping[str, ArrowTable] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.path.is_dir():
            raise FolderError(f"{self.path} is not a run folder: there is no such folder")
        if not (self.path / MANIFEST).is_file():
            raise FolderError(f"{self.path} is not a run folder: it holds no {MANIFEST}")
        object.__setattr__(self, "tables", Tables(self.path))

    @cached_property
    def scenario(self) -> Scenario:
        """The resolved scenario."""
        file = self.path / "scenario.yaml"
        if not file.is_file():
            raise FolderError(f"{self.path} is not a complete run: scenario.yaml is missing")
        return load(file)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The numbers of the run at a glance."""
        return self._json("summary.json")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Versions, seeds, digests and wall time."""
        return self._json(MANIFEST)

    def _json(self, name: str) -> dict[str, Any]:
        file = self.path / name
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise FolderError(f"{self.path} is not a complete run: {name} is missing") from error
        except (OSError, ValueError) as error:
            raise FolderError(f"{file} is damaged: it cannot be read as JSON") from error
        if not isinstance(content, dict):
            raise FolderError(f"{file} is damaged: it should hold a mapping of names to values")
        return content
