"""Discrete-event network and energy co-simulator for decentralised learning.

The public door: `run(load("quickstart"))`, and what an algorithm or a part of one's own needs. Importing it
is cheap; torch and everything else that is heavy comes with the first run.
"""

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cosim.part import part
from cosim.peer import Message, Peer, Program, Sent
from cosim.recipes import kernel
from cosim.scenario import Scenario, ScenarioError, load

if TYPE_CHECKING:
    from cosim.experiment import Result, Watch

__all__ = [
    "Message",
    "Peer",
    "Program",
    "Result",
    "Scenario",
    "ScenarioError",
    "Sent",
    "kernel",
    "load",
    "part",
    "run",
]


def run(
    scenario: Scenario, out: Path | str | None = None, watch: "Watch | None" = None, *, dry: bool = False
) -> "Result":
    """Run a scenario.

    Args:
        scenario: what `load` gives.
        out: folder to write the run into; None writes nothing.
        watch: called when the run begins and at each evaluation, with how far it has come and the simulated world.
        dry: simulate time, bytes and joules only; nothing is trained, and `watch` is called once.

    Returns:
        The summary, and all tables as data frames.

    Raises:
        ValueError: the scenario asks for something that cannot be had, a data set that is not there for example.
    """
    if dry:
        from cosim import dry_run

        return dry_run.run(scenario, out, watch)
    from cosim import experiment

    return experiment.run(scenario, out, watch)


def __getattr__(name: str) -> Any:
    if name == "Result":
        from cosim.experiment import Result

        return Result
    if name == "__version__":
        return metadata.version("cosim")
    raise AttributeError(f"module 'cosim' has no attribute {name!r}")
