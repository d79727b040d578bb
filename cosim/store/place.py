"""Where stores are: one folder for each kind of arithmetic, side by side."""

import os
from pathlib import Path

from cosim.store.index import NAME

VARIABLE = "COSIM_STORE"
"""Environment variable that names the folder of all stores, or `none`, where a scenario leaves it to the user."""
DEFAULT = "default"
NONE = "none"


def root(choice: str = DEFAULT) -> Path | None:
    """The folder of all stores: the one chosen, or the user's own; None where nothing shall be remembered."""
    if choice == DEFAULT:
        choice = os.environ.get(VARIABLE, DEFAULT)
    if choice == NONE:
        return None
    if choice != DEFAULT:
        return Path(choice).expanduser()
    import pooch

    return Path(pooch.os_cache("cosim")) / "store"


def names(folder: Path) -> list[str]:
    """Names of the stores in there."""
    return sorted(path.parent.name for path in folder.glob(f"*/{NAME}"))
