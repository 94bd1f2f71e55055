"""A pass: a list of tasks of one kind, whose files the next pass reads. What lies in `work/` goes at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from corpusmill.pipeline.task import Task, task_hash
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder

MOST_TASKS = 64  # of a pass over partitions

Execute = Callable[[RunFolder, Sequence[Task], str], bool]


def even_cuts(partitions: int) -> Iterator[tuple[int, int, int]]:
    """Number, first partition and the one after the last of each task of a pass over `partitions`."""
    tasks = min(partitions, MOST_TASKS)
    for number in range(tasks):
        yield number, partitions * number // tasks, partitions * (number + 1) // tasks


def run_pass(folder: RunFolder, tasks: Sequence[Task], stage: str, execute: Execute) -> None:
    """Of an earlier try with other memory, what this pass left is taken back."""
    if not tasks:
        return
    current, kind = {task_hash(task) for task in tasks}, tasks[0].kind
    name = tasks[0].name.split("/")[0]
    left = [e for e in folder.of_kind(kind) if e.name.split("/")[0] == name and e.task not in current]
    if left:
        folder.forget(left)
    execute(folder, tasks, stage)


def forget_work(folder: RunFolder, name: str, passes: Sequence[str]) -> None:
    """Take back what the passes left for one another."""
    forget(folder, name, passes)
    with contextlib.suppress(OSError):  # none, or another verb's
        (folder.root / layout.WORK).rmdir()


def forget(folder: RunFolder, name: str, kinds: Sequence[str]) -> None:
    """Take back all tasks of these kinds of the search `name`."""
    left = [entry for kind in kinds for entry in folder.of_kind(kind) if entry.name.split("/")[0] == name]
    if left:
        folder.forget(left)
