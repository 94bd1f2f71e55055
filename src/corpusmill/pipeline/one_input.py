"""What tasks over one input file share: what becomes of an input that is lost whole."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from corpusmill.pipeline.input_file import InputFile
from corpusmill.schema import Loss
from corpusmill.store.commit import Attempt


class OfOneFile(Protocol):
    """A task over one input file."""

    @property
    def name(self) -> str: ...
    @property
    def input(self) -> InputFile: ...
    @property
    def give_up(self) -> str | None: ...


class Writer(Protocol):
    """What writes the tables of one input."""

    def lose_all(self, loss: Loss, done_bytes: int) -> None: ...
    def close(self) -> dict[str, Any]: ...


W = TypeVar("W", bound=Writer)


def whole_or_lost(
    task: OfOneFile, attempt: Attempt, begin: Callable[[], W], work: Callable[[W], None]
) -> dict[str, Any]:
    """`work` over an input, or its loss as a whole: given up, gone, or changed before or while it was read."""
    if task.give_up is None and not task.input.changed():
        writer = begin()
        work(writer)
        counts = writer.close()
        with contextlib.suppress(OSError):  # gone: changed() says so too
            described = task.input.described()
            if not task.input.changed():
                return {"input": described, **counts}
        attempt.clear()
    reason = "input_changed" if task.give_up is None else "worker_died"
    message = task.give_up or "gone, or not as it was when the run began"
    writer = begin()
    writer.lose_all(Loss("quarantined", "read", reason, 0, 0, message=message), task.input.bytes)
    return {"input": {"path": task.input.name, "lost": reason}, **writer.close()}
