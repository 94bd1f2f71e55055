"""What every engine promises, so that a run need not know which one it has."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from corpusmill.errors import CorpusmillError, EnvironmentFault
from corpusmill.pipeline.task import Report, Task
from corpusmill.store.ledger import Entry

MAX_TRIES = 3
AGAIN = "run the same command again and it goes on where it was"

Say = Callable[[str], None]  # what the user should know at once


class TaskFailed(CorpusmillError):
    """A bug of ours, with the traceback of the worker."""


class Engine(Protocol):
    """Runs lists of tasks, one after the other. As a context manager it may keep its workers from one to the next.

    - A worker that dies costs its task one try; after MAX_TRIES the task is asked for a substitute (`given_up`) that
      records the loss, and without one the run ends with EnvironmentFault.
    - What a task raises is raised here, in the same class whatever the engine; then, as after an interrupt or an
      error of the caller, no worker is left with a task in hand.
    - The first interrupt starts nothing more and finishes what is running; the second stops at once, as do SIGTERM
      and SIGHUP. Both end with Interrupted.
    - Once the context is left, nothing of it can put a file under its final name any more.
    """

    def run(
        self, tasks: Sequence[Task], root: Path, progress: Report = ..., say: Say = ...
    ) -> Generator[Entry, None, None]:
        """Ledger entries as the tasks finish, in no particular order. Close it, where it is not read to its end."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def ignore(what: Any) -> None:
    """For whoever wants to hear neither progress nor messages."""


def given_up(task: Task, tries: int, why: str) -> Task:
    """The substitute that records the loss of `task`, after so many deaths; EnvironmentFault where there is none."""
    substitute = getattr(task, "given_up", None)
    if substitute is None or tries > MAX_TRIES:
        raise EnvironmentFault(
            f"the worker of {task.kind} {task.name} died {tries} times ({why}); is there enough memory?"
        )
    instead: Task = substitute(f"its worker died {tries} times ({why})")
    return instead
