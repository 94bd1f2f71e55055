"""What runs on the nodes of a Ray cluster: a task, and the actor that its progress goes through."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

from corpusmill.errors import CorpusmillError
from corpusmill.pipeline.engines.worker import outcome
from corpusmill.pipeline.task import Progress, Task
from corpusmill.store.ledger import Entry

PROGRESS_SECONDS = 1.0  # between two reports of a task


class Latest:
    """An actor: what running tasks have reported last, by their numbers."""

    def __init__(self) -> None:
        self._latest: dict[int, Progress] = {}

    def note(self, number: int, progress: Progress) -> None:
        self._latest[number] = progress

    def take(self) -> dict[int, Progress]:
        """All that is new since the last call."""
        latest, self._latest = self._latest, {}
        return latest


class _Reporter:
    """Sends the actor what a task reports, now and then, and waits for no answer."""

    def __init__(self, number: int, task: Task, latest: Any) -> None:
        self._number, self._latest = number, latest
        self._sent_seconds = time.monotonic()
        self.last = Progress(task.name)

    def __call__(self, progress: Progress) -> None:
        self.last = progress
        if self._latest is not None and time.monotonic() - self._sent_seconds >= PROGRESS_SECONDS:
            self._sent_seconds = time.monotonic()
            self._latest.note.remote(self._number, progress)


def perform_reporting(
    task: Task, root: Path, session: Path, home: str, number: int, latest: Any
) -> tuple[Entry | CorpusmillError, Progress]:
    """What a worker does. Errors are returned: raised, Ray would wrap them into its own."""
    with contextlib.suppress(OSError):
        os.chdir(home)  # for models that were named by a relative path
    report = _Reporter(number, task, latest)
    return outcome(task, root, report, session), report.last
