"""All passes of a search for repeated passages, each a list of tasks, so any engine can run them.

    windows (a task a part) → copies (a task some partitions) → spans (a task a part) → summary (one)
    by suffix array:                                            spans (a task a group) → summary (one)

What the passes leave for one another lies in `work/`, and goes when the last is done. No text is cut: spans are tables.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from corpusmill.dedupe.shuffle import VALUE_BYTES
from corpusmill.dedupe.substrings.copies import ROW_BYTES
from corpusmill.dedupe.substrings.parameters import (
    BYTES_PER_TOKEN,
    SubstringParameters,
    WindowPartitions,
    plan_windows,
)
from corpusmill.errors import RecipeError, RunRefused
from corpusmill.pipeline.dedupe.parts import Part, input_hashes, parts_of
from corpusmill.pipeline.dedupe.passes import MOST_TASKS, even_cuts, forget_work
from corpusmill.pipeline.dedupe.resources import Resources
from corpusmill.pipeline.dedupe.sizes import as_size, as_time, text_bytes_of
from corpusmill.pipeline.dedupe.substring.find import FindWindows, JoinWindows, windows_file
from corpusmill.pipeline.dedupe.substring.groups import MarkGroup, cut_in_groups
from corpusmill.pipeline.dedupe.substring.summary import SummariseSpans
from corpusmill.pipeline.dedupe.substring.tables import WriteSpans, substring_columns
from corpusmill.pipeline.passes import Execute, run_pass
from corpusmill.pipeline.score import refuse_name, refuse_other
from corpusmill.pipeline.task import Task, task_hash
from corpusmill.store import layout
from corpusmill.store.folder import RunFolder

PASSES = ("dedupe_windows", "dedupe_copies")
SECONDS_PER_TEXT_BYTE = 40e-9  # measured on two cores at 2.5 GHz (benchmarks/RESULTS.md); minutes from days
SECONDS_TO_START = 2.0


@dataclass(frozen=True)
class SubstringSearch:
    """A search that is ready to run."""

    name: str
    parameters: SubstringParameters
    resources: Resources
    parts: tuple[Part, ...]
    text_bytes: int
    plan: WindowPartitions
    sha256: tuple[tuple[str, ...], ...]  # of the documents, part by part

    @property
    def joins(self) -> int:
        """Tasks over the partitions."""
        return min(self.plan.partitions, MOST_TASKS)

    def spans_tasks(self) -> list[Task]:
        if self.parameters.by == "suffix_array":
            memory = self.resources.worker_bytes
            return [
                MarkGroup(self.name, part, self.parameters, memory, read)
                for part, read in zip(self.parts, self.sha256, strict=True)
            ]
        return [
            WriteSpans(self.name, part, number, self.parameters, self.joins, self.sha256)
            for number, part in enumerate(self.parts)
        ]

    def summary(self) -> Task:
        return SummariseSpans(self.name, self.parts, self.parameters, self.sha256)

    def estimate(self) -> SubstringEstimate:
        tokens, in_groups = self.text_bytes // BYTES_PER_TOKEN, self.parameters.by == "suffix_array"
        seconds = self.text_bytes * SECONDS_PER_TEXT_BYTE / self.resources.workers
        return SubstringEstimate(
            self.parts[-1].bounds[1],
            self.text_bytes,
            len(self.parts) if in_groups else self.plan.partitions,
            self.resources.worker_bytes if in_groups else self.plan.peak_bytes,
            self.resources.workers,
            0 if in_groups else tokens * (ROW_BYTES + VALUE_BYTES),
            SECONDS_TO_START + seconds,
        )


@dataclass(frozen=True)
class SubstringEstimate:
    """What a search will take."""

    documents: int
    text_bytes: int
    partitions: int  # or groups
    worker_bytes: int  # arrays of the largest step of one worker; 100 to 200 MB of libraries come on top
    workers: int
    disk_bytes: int  # in work/, at most in most corpora, until the search is done
    seconds: float

    def as_json(self) -> dict[str, float]:
        return asdict(self)

    def as_text(self) -> str:
        return (
            f"{self.documents:,} documents, {as_size(self.text_bytes)} of text in {self.partitions:,} pieces; "
            f"{self.workers} workers take at most {as_size(self.worker_bytes)} each, {as_size(self.disk_bytes)} of "
            f"disk, about {as_time(self.seconds)}"
        )


def prepare_substring(
    folder: RunFolder, name: str, parameters: SubstringParameters, resources: Resources
) -> SubstringSearch:
    """Raises RecipeError for a name or parameters that are none, RunRefused where there are no documents."""
    if mistakes := [*parameters.mistakes(), *resources.mistakes()]:
        raise RecipeError(mistakes)
    for column in substring_columns(name):
        refuse_name(name, column)
    parts, hashes = _parts(folder, parameters), folder.hashes()
    if not parts:
        raise RunRefused(f"{folder.root} has no documents to compare")
    text_bytes = text_bytes_of(folder.root, parts)
    plan = plan_windows(text_bytes, resources.worker_bytes)
    sha256 = tuple(input_hashes(part, hashes, [layout.documents]) for part in parts)
    return SubstringSearch(name, parameters, resources, tuple(parts), text_bytes, plan, sha256)


def _parts(folder: RunFolder, parameters: SubstringParameters) -> list[Part]:
    """By windows parts are the work of one task, by suffix array all that is compared with one another."""
    keys = folder.document_keys()
    if parameters.by == "windows":
        return parts_of(folder.root, keys)
    each, first = [], 0
    for key in keys:
        (part,) = parts_of(folder.root, [key], first)
        each.append((part, text_bytes_of(folder.root, [part])))
        first = part.bounds[1]
    return cut_in_groups(each, parameters.group_bytes)


def add_spans(folder: RunFolder, search: SubstringSearch, execute: Execute) -> bool:
    """Find the repeated passages of an open run; whether that had been done before.

    Raises RunRefused where the run has duplicates found otherwise under this name.
    """
    name, spans, summary = search.name, search.spans_tasks(), search.summary()
    for column in substring_columns(name):
        refuse_other(folder, column, [*spans, summary], f"duplicates {name!r} found otherwise")
    done = all(task_hash(task) in folder.entries for task in [*spans, summary])
    if not done:
        if search.parameters.by == "windows":
            _find(folder, search, execute)
        execute(folder, spans, "spans")
        execute(folder, [summary], "summary")
    forget_work(folder, name, PASSES)
    return done


def _find(folder: RunFolder, search: SubstringSearch, execute: Execute) -> None:
    """Files of copies."""
    name, parameters, plan = search.name, search.parameters, search.plan
    windows = [
        FindWindows(name, part, number, parameters.min_tokens, plan, read)
        for number, (part, read) in enumerate(zip(search.parts, search.sha256, strict=True))
    ]
    run_pass(folder, windows, "windows", execute, name)
    hashes, names = folder.hashes(), tuple(part.name for part in search.parts)
    found = tuple(hashes[windows_file(name, part)] for part in names)
    joins = [JoinWindows(name, *cut, names, parameters, plan, found) for cut in even_cuts(plan.partitions)]
    run_pass(folder, joins, "copies", execute, name)
