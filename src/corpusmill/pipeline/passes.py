"""A pass: a list of tasks of one kind, whose files the next pass reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corpusmill.pipeline.task import Task, task_hash
from corpusmill.store.folder import RunFolder

Execute = Callable[[RunFolder, Sequence[Task], str], bool]  # true where nothing was left to do


def run_pass(folder: RunFolder, tasks: Sequence[Task], stage: str, execute: Execute, search: str | None = None) -> bool:
    """As `execute`; what other tasks of these kinds have left, for other inputs or memory, is taken back first.

    With `search`, only what stands under that name: other searches of the run keep theirs.
    """
    current, kinds = {task_hash(task) for task in tasks}, {task.kind for task in tasks}
    left = [entry for kind in sorted(kinds) for entry in folder.of_kind(kind) if entry.task not in current]
    if search is not None:
        left = [entry for entry in left if entry.name.split("/")[0] == search]
    if left:
        folder.forget(left)
    return execute(folder, tasks, stage)
