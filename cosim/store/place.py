"""Where stores are: one folder for each kind of arithmetic, side by side."""

import os
from pathlib import Path

from cosim.store.index import APPLICATION, NAME

VARIABLE = "COSIM_STORE"
"""Environment variable that names the folder of all stores, or `none`, where a scenario leaves it to the user."""
DEFAULT = "default"
NONE = "none"


def root(choice: str = DEFAULT) -> Path | None:
    """The folder of all stores: the one chosen, or the user's own; None where nothing shall be remembered."""
    if choice == DEFAULT:
        choice = os.environ.get(VARIABLE) or DEFAULT
    if choice == NONE:
        return None
    if choice != DEFAULT:
        return Path(choice).expanduser()
    import pooch

    return Path(pooch.os_cache("cosim")) / "store"


def names(folder: Path) -> list[str]:
    """Names of the stores in there; what is like one, but not ours, is none."""
    return sorted(path.parent.name for path in folder.glob(f"*/{NAME}") if _is_ours(path))


def _is_ours(index: Path) -> bool:
    with index.open("rb") as file:
        return file.read(72)[68:] == APPLICATION.to_bytes(4, "big")
