"""All passes of `corpusmill dedupe`, each a list of tasks, so any engine can run them. Nothing is removed.

    keys (a task a part) → pairs (a task some partitions) → candidates (one) → members (a task a part)
    → decided (a task a partition of clusters) → clusters, scores (a task a part) → summary (one)

What the passes leave for one another lies in `work/`, and goes when the last is done.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corpusmill.dedupe.partitions import Partitions, plan
from corpusmill.errors import RecipeError, RunRefused
from corpusmill.pipeline.dedupe.columns import refuse_missing
from corpusmill.pipeline.dedupe.find import FindKeys, JoinKeys, MergePairs
from corpusmill.pipeline.dedupe.parameters import DedupeParameters, Resources
from corpusmill.pipeline.dedupe.parts import (
    Part,
    candidates_file,
    keys_file,
    members_files,
    pairs_file,
    parts_of,
)
from corpusmill.pipeline.dedupe.settle import Decide, FindMembers, WriteClusters, duplicate_column, input_hashes
from corpusmill.pipeline.dedupe.summary import Summarise
from corpusmill.pipeline.score import refuse_name, refuse_other
from corpusmill.pipeline.task import Task, task_hash
from corpusmill.schema import Key
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder

Execute = Callable[[RunFolder, Sequence[Task], str], bool]

MOST_TASKS = 64  # of a pass over partitions
MEMBER_BYTES = 400  # of a member of a candidate cluster while it is decided, its set not counted: that is mapped

PASSES = ("dedupe_keys", "dedupe_pairs", "dedupe_candidates", "dedupe_members", "dedupe_decided")


@dataclass(frozen=True)
class Search:
    """A search for duplicates that is ready to run."""

    name: str
    parameters: DedupeParameters
    resources: Resources
    parts: tuple[Part, ...]
    partitions: Partitions

    @property
    def documents(self) -> int:
        return self.parts[-1].bounds[1] if self.parts else 0

    @property
    def decided_partitions(self) -> int:
        """Of candidate clusters, if all documents were in one: what is in none costs nothing."""
        return max(1, min(MOST_TASKS, -(-self.documents * MEMBER_BYTES // self.resources.worker_bytes)))


def prepare(folder: RunFolder, name: str, parameters: DedupeParameters, resources: Resources) -> Search:
    """Raises RecipeError for a name or parameters that are none, RunRefused where there is nothing to compare by."""
    if mistakes := [*parameters.mistakes(), *resources.mistakes()]:
        raise RecipeError(mistakes)
    refuse_name(name, duplicate_column(name))
    keys = _compared(folder, parameters)
    refuse_missing(folder.root, keys, parameters.keep)
    parts = parts_of(folder.root, keys)
    documents = parts[-1].bounds[1] if parts else 0
    partitions = plan(documents, parameters.cut.bands, resources.worker_bytes)
    return Search(name, parameters, resources, tuple(parts), partitions)


def _compared(folder: RunFolder, parameters: DedupeParameters) -> list[Key]:
    keys, hashes = folder.document_keys(), folder.hashes()
    if parameters.signature == "stored":
        keys = [key for key in keys if layout.minhash(key) in hashes]
        if not keys:
            raise RunRefused(
                f"{folder.root} has no MinHash signatures; run with signals.minhash = true, or use --scheme near"
            )
    return keys


def add_duplicates(folder: RunFolder, search: Search, execute: Execute) -> bool:
    """Find the duplicates of an open run; whether that had been done before.

    Raises RunRefused where the run has duplicates found otherwise under this name.
    """
    name, parameters, parts, hashes = search.name, search.parameters, search.parts, folder.hashes()
    read = [layout.documents, *([layout.minhash] if parameters.signature == "stored" else [])]
    sha256 = tuple(input_hashes(part, hashes, read) for part in parts)
    write: list[Task] = [WriteClusters(name, part, parameters, search.decided_partitions, sha256) for part in parts]
    summary = Summarise(name, parts, parameters, sha256)
    refuse_other(folder, duplicate_column(name), [*write, summary], f"duplicates {name!r} found otherwise")
    if all(task_hash(task) in folder.entries for task in [*write, summary]):
        forget_work(folder, name)
        return True
    _find(folder, search, sha256, execute)
    _settle(folder, search, sha256, execute)
    execute(folder, write, "clusters")
    execute(folder, [summary], "summary")
    forget_work(folder, name)
    return False


def _find(folder: RunFolder, search: Search, sha256: tuple[tuple[str, ...], ...], execute: Execute) -> None:
    """Candidate clusters."""
    name, parts, partitions = search.name, search.parts, search.partitions
    keys = [FindKeys(name, part, search.parameters, partitions, read) for part, read in zip(parts, sha256, strict=True)]
    _run(folder, keys, "keys", execute)
    hashes = folder.hashes()
    found = tuple(hashes[keys_file(name, part)] for part in parts)
    tasks = min(partitions.partitions, MOST_TASKS)
    cuts = [partitions.partitions * number // tasks for number in range(tasks + 1)]
    joins = [JoinKeys(name, i, cuts[i], cuts[i + 1], parts, partitions, found) for i in range(tasks)]
    _run(folder, joins, "pairs", execute)
    hashes = folder.hashes()
    merge = MergePairs(name, tasks, partitions, tuple(hashes[pairs_file(name, number)] for number in range(tasks)))
    _run(folder, [merge], "candidates", execute)


def _settle(folder: RunFolder, search: Search, sha256: tuple[tuple[str, ...], ...], execute: Execute) -> None:
    """What stays of each."""
    name, parts, count = search.name, search.parts, search.decided_partitions
    candidates = folder.hashes()[candidates_file(name)]
    members = [
        FindMembers(name, part, search.parameters, count, (candidates, *read))
        for part, read in zip(parts, sha256, strict=True)
    ]
    _run(folder, members, "members", execute)
    hashes = folder.hashes()
    found = tuple(hashes[path] for part in parts for path in members_files(name, part))
    _run(folder, [Decide(name, i, parts, search.parameters, found) for i in range(count)], "decide", execute)


def _run(folder: RunFolder, tasks: Sequence[Task], stage: str, execute: Execute) -> None:
    """Of an earlier try with other memory, what this pass left is taken back."""
    current, (kind, *_) = {task_hash(task) for task in tasks}, (task.kind for task in tasks)
    name = tasks[0].name.split("/")[0]
    left = [e for e in folder.of_kind(kind) if e.name.split("/")[0] == name and e.task not in current]
    if left:
        folder.forget(left)
    execute(folder, tasks, stage)


def forget_work(folder: RunFolder, name: str) -> None:
    """Take back what the passes left for one another."""
    left = [entry for kind in PASSES for entry in folder.of_kind(kind) if entry.name.split("/")[0] == name]
    if left:
        folder.forget(left)
    with contextlib.suppress(OSError):  # none, or another verb's
        (folder.root / layout.WORK).rmdir()
