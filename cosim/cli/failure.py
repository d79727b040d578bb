"""What a user is told when something fails: a sentence and an exit code; the traceback only on request."""

import signal
import sys
import traceback
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

FAILED = 1
"""Exit code: the run failed, in a node program or by a fault of cosim."""

WRONG = 2
"""Exit code: what was asked for cannot be done: a scenario, an option, a folder or a file is not right."""

STOPPED = 130
"""Exit code: the user stopped it (128 + SIGINT)."""

EXECUTOR = "cosim.learning.executor"
"""The module in which every computation of a run takes place."""

ONE_BY_ONE = "_one_by_one"
"""Its function that executes what one program asked for, as soon as it did: the plan `debug`."""

TIMING_PLANE = "cosim.sim"
"""The package in which simulated time passes."""

PROGRAMS = "cosim.sim.programs"
"""The module that runs the programs of peers."""


class ReportError(Exception):
    """A run was written, but not its figures or its report."""


@contextmanager
def told(debug: bool = False) -> Generator[None]:
    """Turn what is raised inside into a message on stderr and an exit code.

    Args:
        debug: print the traceback as well.
    """
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was written", err=True)
        raise typer.Exit(STOPPED) from None
    except Exception as error:
        if debug:
            traceback.print_exception(error)
        sentence, code = explained(error)
        typer.echo(sentence, err=True)
        raise typer.Exit(code) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(signal_number: int, frame: FrameType | None) -> None:
    # As Ctrl-C does: so that a run that is told to stop clears away what it has begun to write.
    raise KeyboardInterrupt


def explained(error: Exception) -> tuple[str, int]:
    """The message of an error, and the exit code."""
    from analysis.read import RunError
    from cosim.fault import PartError
    from cosim.results.folder import FolderError
    from cosim.scenario import ScenarioError

    if isinstance(error, ScenarioError | PartError | FolderError | RunError):
        return str(error), WRONG
    if isinstance(error, ReportError):
        return str(error), FAILED
    culprit = _culprit(error)
    if culprit is not None:
        return f"{culprit} failed: {_what(error)}", FAILED
    if isinstance(error, ValueError | OSError):
        return f"this cannot be done: {_message(error)}", WRONG
    return f"cosim failed, which it should not: {_what(error)}; --debug shows the traceback", FAILED


def _culprit(error: BaseException) -> str | None:
    """What failed inside a run: a computation, or the program of a peer; None if it was neither."""
    frames = [frame for raised in _chain(error) for frame, _ in traceback.walk_tb(raised.__traceback__)]
    program = None
    for index, frame in enumerate(frames):
        if frame.f_globals.get("__name__") == PROGRAMS:
            program = f"the program {_program_name(frames[index + 1 :])}of peer {frame.f_locals['self'].peer}"
            break
    executing = [frame.f_code.co_name for frame in frames if frame.f_globals.get("__name__") == EXECUTOR]
    if not executing:
        return program
    # Asked for by a program as well, but on behalf of all, unless the plan is to execute singly and at once.
    return f"a computation in {program}" if program and ONE_BY_ONE in executing else "a computation"


def _program_name(frames: Sequence[FrameType]) -> str:
    """What the first function outside of the timing plane is called, and a space."""
    programs = (frame for frame in frames if not frame.f_globals["__name__"].startswith(TIMING_PLANE))
    return next((f"{frame.f_code.co_qualname} " for frame in programs), "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it stands for; the event queue raises a copy of what a program raised."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _what(error: BaseException) -> str:
    """An error as a sentence: its type, its message, what it was about, and the line of code that is nearest to it."""
    original = list(_chain(error))[-1]
    about = "".join(f", {note}" for note in getattr(original, "__notes__", ()))
    places = [place for place in traceback.extract_tb(original.__traceback__) if _is_source(place.filename)]
    where = f" ({places[-1].filename}:{places[-1].lineno})" if places else ""
    return f"{type(original).__name__}: {_message(original)}{about}{where}"


def _is_source(file: str) -> bool:
    """Whether a file is neither an installed package nor Python's own."""
    path = Path(file)
    return path.is_file() and "site-packages" not in path.parts and not path.is_relative_to(Path(sys.base_prefix))


def _message(error: BaseException) -> str:
    return " ".join(str(error).split()) or "no reason given"
