"""How passes over partitions are cut, and how what lies in `work/` goes when the last is done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from corpusmill.store import layout
from corpusmill.store.folder import RunFolder

MOST_TASKS = 64  # of a pass over partitions


def even_cuts(partitions: int) -> Iterator[tuple[int, int, int]]:
    """Number, first partition and the one after the last of each task of a pass over `partitions`."""
    tasks = min(partitions, MOST_TASKS)
    for number in range(tasks):
        yield number, partitions * number // tasks, partitions * (number + 1) // tasks


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
