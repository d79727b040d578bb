"""The command line: `cosim run`, `whatif`, `check`, `list`, `schema`, `report` and `compare`."""

from cosim.cli.app import main

__all__ = ["main"]
