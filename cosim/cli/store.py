"""`cosim store`: what earlier runs have computed, how much of it there is, and what of it may go."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from analysis.quantities import text
from cosim.cli.failure import WRONG, told
from cosim.store.place import names, root
from cosim.store.store import BUDGET_BYTES, Store

app = typer.Typer(help="What earlier runs have computed and later ones need not: values, and tensors within a budget.")

Folder = Annotated[
    Path | None, typer.Option("--store", help="Folder of the stores. Default: COSIM_STORE, else the user's cache.")
]

UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)i?B?")
DAY_S = 86400.0


@app.command()
def info(store: Folder = None) -> None:
    """Say where the stores are and what is in them: one for each kind of arithmetic."""
    with told():
        folder = _folder(store)
        typer.echo(folder)
        for name, opened in _stores(folder):
            size = opened.size()
            typer.echo(f"  {name}")
            typer.echo(f"    values   {size.values} ({text(size.index_bytes, 'B')} with the index)")
            typer.echo(f"    tensors  {text(size.tensor_bytes, 'B')} in {size.files} files")
            typer.echo(f"    written  {_age_days(opened):.1f} days ago")


@app.command()
def prune(
    keep: Annotated[
        str, typer.Option(help="Bytes of tensors to keep in each store, such as 500MB or 2GB: those used last.")
    ] = f"{BUDGET_BYTES}B",
    older_than_days: Annotated[
        float | None, typer.Option(min=0, help="Remove whole stores, values too, that nobody wrote into for so long.")
    ] = None,
    store: Folder = None,
) -> None:
    """Remove tensors beyond a size, those unused for longest first, and what killed processes left; values stay."""
    with told():
        keep_bytes, folder = parsed_bytes(keep), _folder(store)
        for name, opened in _stores(folder):
            if older_than_days is not None and _age_days(opened) > older_than_days:
                shutil.rmtree(folder / name)
                typer.echo(f"{name}: removed")
            else:
                typer.echo(f"{name}: {text(opened.prune(keep_bytes) + opened.sweep(), 'B')} freed")


@app.command()
def verify(store: Folder = None) -> None:
    """Read everything and compare digests; what is damaged is removed, to be computed again. Exit code 1 if any was."""
    damaged = False
    with told():
        for name, opened in _stores(_folder(store)):
            found = opened.verify()
            damaged |= bool(found.damaged_values or found.damaged_files)
            typer.echo(
                f"{name}: {found.damaged_values} of {found.values} values and "
                f"{found.damaged_files} of {found.files} files damaged"
            )
    if damaged:
        raise typer.Exit(1)


@app.command()
def clear(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    store: Folder = None,
) -> None:
    """Remove all stores: everything will be computed again."""
    with told():
        folder = _folder(store)
        found = names(folder)
        if found and not yes:
            typer.confirm(f"remove {len(found)} stores in {folder}?", abort=True)
        for name in found:
            shutil.rmtree(folder / name)
        typer.echo(f"{len(found)} stores removed")


def _age_days(store: Store) -> float:
    """Days since something was written into a store."""
    return (time.time() - store.size().written_s) / DAY_S


def _folder(store: Path | None) -> Path:
    folder = store or root()
    if folder is None:
        typer.echo("COSIM_STORE is 'none': nothing is remembered; give --store for a folder", err=True)
        raise typer.Exit(WRONG)
    return folder


def _stores(folder: Path) -> Iterator[tuple[str, Store]]:
    """All stores of a folder, each open while it is looked at."""
    for name in names(folder):
        with closing(Store(folder / name)) as opened:
            yield name, opened


def parsed_bytes(size: str) -> int:
    """Bytes from a size such as 500MB or 2 GB, with decimal prefixes.

    Raises:
        ValueError: it is none.
    """
    match = SIZE.fullmatch(size.strip())
    if match is None:
        raise ValueError(f"--keep {size!r} is no size; give a number with B, kB, MB, GB or TB, such as 500MB")
    return int(float(match[1]) * UNITS[match[2]])
