"""All passes of `corpusmill dedupe`, each a list of tasks, so any engine can run them. Nothing is removed.

    keys (a task a part) → pairs (a task some partitions) → candidates (one) → members (a task a part)
    → decided (a task a partition of clusters) → clusters, scores (a task a part) → summary (one)

Keys in order and candidates stay as an index. A search that goes on from earlier runs looks its keys up in theirs
(met), and decides every candidate cluster anew that a new document is in; `changes` has what became of the old ones.
What the passes leave for one another lies in `work/`, and goes when the last is done.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpusmill.dedupe.partitions import Partitions, plan
from corpusmill.errors import RecipeError, RunRefused
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.clusters.changes import WriteChanges
from corpusmill.pipeline.dedupe.clusters.columns import refuse_missing
from corpusmill.pipeline.dedupe.clusters.earlier import Earlier, earlier_runs
from corpusmill.pipeline.dedupe.clusters.files import candidates_file, keys_file, members_files, met_file, pairs_file
from corpusmill.pipeline.dedupe.clusters.find import FindKeys, JoinKeys, MergePairs
from corpusmill.pipeline.dedupe.clusters.index import IndexDocuments, IndexKeys, MeetEarlier, MergeEarlier, index_files
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.clusters.settle import Decide, FindMembers, WriteClusters, duplicate_column
from corpusmill.pipeline.dedupe.clusters.summary import Summarise
from corpusmill.pipeline.dedupe.parts import Part, input_hashes, parts_of
from corpusmill.pipeline.dedupe.passes import MOST_TASKS, even_cuts, forget, forget_work
from corpusmill.pipeline.dedupe.resources import Resources
from corpusmill.pipeline.dedupe.tally import ALARM_FRACTION
from corpusmill.pipeline.passes import Execute, run_pass
from corpusmill.pipeline.score import refuse_name, refuse_other
from corpusmill.pipeline.task import Task, task_hash
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder

Hashes = tuple[tuple[str, ...], ...]  # of the files of each part that are read

MEMBER_BYTES = 400  # of a member of a candidate cluster while it is decided, its set not counted: that is mapped

PASSES = ("dedupe_keys", "dedupe_pairs", "dedupe_met", "dedupe_candidates", "dedupe_members", "dedupe_decided")


@dataclass(frozen=True)
class Search:
    """A search for duplicates that is ready to run."""

    name: str
    parameters: DedupeParameters
    resources: Resources
    parts: tuple[Part, ...]
    partitions: Partitions
    sha256: Hashes
    earlier: tuple[Earlier, ...] = ()
    index: bool = True
    alarm_fraction: float = ALARM_FRACTION

    @property
    def documents(self) -> int:
        return self.parts[-1].bounds[1] - self.parts[0].bounds[0] if self.parts else 0

    @property
    def index_files(self) -> int:
        return index_files(self.partitions.rows)

    @property
    def decided_partitions(self) -> int:
        """Of candidate clusters, if all documents were in one: what is in none costs nothing."""
        return max(1, min(MOST_TASKS, -(-self.documents * MEMBER_BYTES // self.resources.worker_bytes)))

    @property
    def against(self) -> tuple[str, ...]:
        return tuple(each.fingerprint for each in self.earlier)

    @property
    def earlier_parts(self) -> tuple[Part, ...]:
        return tuple(part for place, each in enumerate(self.earlier) for part in each.parts(place))

    def final_tasks(self) -> list[list[Task]]:
        """Those whose files stay, pass by pass."""
        name, parameters, count = self.name, self.parameters, self.decided_partitions
        compared = (*self.sha256, self.against)
        ends = tuple(each.end for each in self.earlier)
        clusters: list[Task] = [WriteClusters(name, part, parameters, count, ends, compared) for part in self.parts]
        if self.earlier:
            clusters.append(WriteChanges(name, self.earlier, self.earlier_parts, parameters, count, compared))
        return [clusters, [Summarise(name, self.parts, parameters, self.against, self.alarm_fraction, self.sha256)]]

    def index_tasks(self) -> list[Task]:
        """The keys in order, then the candidates."""
        files, compared = self.index_files, (*self.sha256, self.against)
        keys = [
            IndexKeys(self.name, number, files, self.parts, self.parameters, self.partitions, compared)
            for number in range(files)
        ]
        return [*keys, IndexDocuments(self.name, self.parts, self.parameters, compared)]


def prepare(
    folder: RunFolder,
    name: str,
    parameters: DedupeParameters,
    resources: Resources,
    against: Sequence[Path] = (),
    index: bool = True,
    alarm_fraction: float = ALARM_FRACTION,
) -> Search:
    """Raises RecipeError for a name or parameters that are none, RunRefused where there is nothing to compare by, or
    where one of the runs to go on from is none for this search."""
    if mistakes := [*parameters.mistakes(), *resources.mistakes()]:
        raise RecipeError(mistakes)
    refuse_name(name, duplicate_column(name))
    keys = _compared(folder, parameters)
    refuse_missing(folder.root, keys, parameters.keep)
    earlier = earlier_runs(against, name, parameters)
    parts = parts_of(folder.root, keys, earlier[-1].end if earlier else 0)
    documents = parts[-1].bounds[1] - parts[0].bounds[0] if parts else 0
    partitions = plan(documents, parameters.cut.bands, resources.worker_bytes)
    if earlier:
        partitions = dataclasses.replace(partitions, ranges=1)  # what is new is merged in memory
    hashes = folder.hashes()
    read: list[Callable[[Key], str]] = [layout.documents]
    if parameters.signature == "stored":
        read.append(layout.minhash)
    if parameters.among is not None:
        read.append(functools.partial(layout.selection, parameters.among))
    sha256 = tuple(input_hashes(part, hashes, read) for part in parts)
    return Search(name, parameters, resources, tuple(parts), partitions, sha256, earlier, index, alarm_fraction)


def _compared(folder: RunFolder, parameters: DedupeParameters) -> list[Key]:
    keys, hashes = folder.document_keys(), folder.hashes()
    if parameters.signature == "stored":
        keys = [key for key in keys if layout.minhash(key) in hashes]
        if not keys:
            raise RunRefused(
                f"{folder.root} has no MinHash signatures; run with signals.minhash = true, or use --scheme near"
            )
    if parameters.among is not None:
        keys = [key for key in keys if layout.selection(parameters.among, key) in hashes]
        if not keys:
            raise RunRefused(f"{folder.root} has no selection {parameters.among!r}: make it with corpusmill select")
    return keys


def add_duplicates(folder: RunFolder, search: Search, execute: Execute) -> bool:
    """Find the duplicates of an open run; whether that had been done before.

    Raises RunRefused where the run has duplicates found otherwise under this name.
    """
    name, final = search.name, search.final_tasks()
    index = search.index_tasks() if search.index or search.earlier else []
    every = [task for tasks in final for task in tasks]
    refuse_other(folder, duplicate_column(name), every, f"duplicates {name!r} found otherwise")
    settled = all(task_hash(task) in folder.entries for task in every)
    if settled and (not search.index or all(task_hash(task) in folder.entries for task in index)):
        forget_work(folder, name, PASSES)
        return True
    _find(folder, search, index, execute)
    if not settled:
        _settle(folder, search, execute)
        for tasks in final:
            execute(folder, tasks, "clusters")
    forget_work(folder, name, PASSES)
    if not search.index:
        forget(folder, name, ["dedupe_index"])
    return False


def _find(folder: RunFolder, search: Search, index: list[Task], execute: Execute) -> None:
    """Candidate clusters, and the index of them."""
    name, parts, partitions = search.name, search.parts, search.partitions
    keys = [
        FindKeys(name, part, search.parameters, partitions, read)
        for part, read in zip(parts, search.sha256, strict=True)
    ]
    run_pass(folder, keys, "keys", execute, name)
    hashes = folder.hashes()
    found = tuple(hashes[keys_file(name, part)] for part in parts)
    joins = [JoinKeys(name, *cut, parts, partitions, found) for cut in even_cuts(partitions.partitions)]
    run_pass(folder, joins, "pairs", execute, name)
    execute(folder, index[:-1], "index")
    if search.earlier:
        hashes = folder.hashes()
        met = [
            MeetEarlier(name, i, search.earlier, partitions, (hashes[layout.index_keys(name, i)],))
            for i in range(search.index_files)
        ]
        run_pass(folder, met, "look up", execute, name)
    hashes = folder.hashes()
    paths = [pairs_file(name, number) for number in range(len(joins))]
    if search.earlier:
        paths += [met_file(name, number) for number in range(search.index_files)]
        first, end = (parts[0].bounds[0], parts[-1].bounds[1]) if parts else (0, 0)
        pairs = tuple(hashes[path] for path in paths)
        merge: Task = MergeEarlier(name, len(joins), search.index_files, first, end, search.earlier, pairs)
    else:
        merge = MergePairs(name, len(joins), partitions, tuple(hashes[path] for path in paths))
    run_pass(folder, [merge], "candidates", execute, name)
    execute(folder, index[-1:], "index")


def _settle(folder: RunFolder, search: Search, execute: Execute) -> None:
    """What stays of each."""
    name, count = search.name, search.decided_partitions
    candidates = folder.hashes()[candidates_file(name)]
    members = [
        FindMembers(name, part, search.parameters, count, (candidates, *read))
        for part, read in zip(search.parts, search.sha256, strict=True)
    ]
    members += [
        FindMembers(name, part, search.parameters, count, (candidates, *search.against))
        for part in search.earlier_parts
    ]
    run_pass(folder, members, "members", execute, name)
    hashes, parts = folder.hashes(), (*search.parts, *search.earlier_parts)
    found = tuple(hashes[path] for part in parts for path in members_files(name, part))
    run_pass(folder, [Decide(name, i, parts, search.parameters, found) for i in range(count)], "decide", execute, name)
