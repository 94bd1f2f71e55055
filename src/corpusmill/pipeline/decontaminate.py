"""The passes of `corpusmill decontaminate`: what documents have in common with the items of an index. No text is cut.

    hits (a task a key) → documents of each gram (one) → tables (a task a key) → summary (one)

The second pass is only for styles that ignore what stands in many documents. Hits lie in `work/` until all is done.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.decontaminate.coverage import benchmarks_hit
from corpusmill.decontaminate.found import Found
from corpusmill.decontaminate.index import ARRAYS, ContaminantIndex
from corpusmill.decontaminate.settle import COLUMNS, settled
from corpusmill.errors import ModelRefused, RunRefused
from corpusmill.files import write_npy
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.passes import forget_work
from corpusmill.pipeline.passes import Execute, run_pass
from corpusmill.pipeline.register import register
from corpusmill.pipeline.score import refuse_name, refuse_other
from corpusmill.pipeline.task import Progress, Report, Task, task_hash
from corpusmill.schema import CONTAMINANTS, SCORES
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.store.tables import TableWriter

PASSES = ("contaminants_hits", "contaminants_common")
BATCH_TEXTS = 1024

_HITS = pa.schema(
    [
        pa.field("document", pa.int64(), False),  # row in its key
        pa.field("unit", pa.int64(), False),
        pa.field("start", pa.int64(), False),
        pa.field("end", pa.int64(), False),
        pa.field("gram", pa.int64(), False),
    ]
)

Flags = npt.NDArray[np.bool_]


def contaminant_columns(name: str) -> list[str]:
    """The columns of scores of the contaminants `name`."""
    return [f"{name}_{column}" for column in COLUMNS]


def hits_file(name: str, key: Key) -> str:
    return layout.work(name, f"contaminants/{key.path}.hits.parquet")


def chars_file(name: str, key: Key) -> str:
    """Code points of each document of the key."""
    return layout.work(name, f"contaminants/{key.path}.chars.npy")


def common_file(name: str) -> str:
    """Which grams are too common, a byte each."""
    return layout.work(name, "contaminants/common.npy")


def seen_file(name: str, key: Key) -> str:
    """Grams that count in documents of the key."""
    return f"contaminants/{name}/{key.path}.grams.npy"


@dataclass(frozen=True)
class FindContaminants:
    """Writes the hits of a key."""

    contaminants: str
    key: Key
    index: str
    index_sha256: str
    documents_sha256: str

    kind = "contaminants_hits"

    @property
    def name(self) -> str:
        return f"{self.contaminants}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        return _without_index(asdict(self))

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        index = shared_index(self.index, self.index_sha256)
        chars = [np.empty(0, np.int64)]
        documents = 0
        with (
            pq.ParquetFile(root / layout.documents(self.key)) as file,
            TableWriter(attempt.path(hits_file(self.contaminants, self.key)), _HITS) as writer,
        ):
            for batch in file.iter_batches(BATCH_TEXTS, columns=["raw_content"]):
                found = index.search(batch["raw_content"])
                columns = (found.texts + documents, found.units, found.starts, found.ends, found.grams)
                writer.write(pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=_HITS))
                chars.append(found.chars)
                documents += batch.num_rows
                report(Progress(self.name, documents))
        write_npy(attempt.path(chars_file(self.contaminants, self.key)), np.concatenate(chars))
        return {}


@dataclass(frozen=True)
class FindCommon:
    """Which grams stand in more than `most_documents` of all documents. Memory: a number for each gram."""

    contaminants: str
    keys: tuple[Key, ...]
    most_documents: int
    grams: int
    sha256: tuple[str, ...]  # of the hits

    kind = "contaminants_common"

    @property
    def name(self) -> str:
        return f"{self.contaminants}/common"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        documents = np.zeros(self.grams, np.int64)
        for key in self.keys:
            table = pq.read_table(root / hits_file(self.contaminants, key), columns=["document", "gram"])
            distinct = table.group_by(["document", "gram"]).aggregate([])["gram"]
            documents += np.bincount(distinct.to_numpy(), minlength=self.grams)
        write_npy(attempt.path(common_file(self.contaminants)), documents > self.most_documents)
        return {}


@dataclass(frozen=True)
class SettleContaminants:
    """Writes the table of a key, a column of scores for each of its numbers, and the grams that count."""

    contaminants: str
    key: Key
    index: str
    index_sha256: str
    ignores_common: bool
    sha256: tuple[str, ...]  # of all documents: what is common depends on them

    kind = "contaminants_tables"

    @property
    def name(self) -> str:
        return f"{self.contaminants}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        return _without_index(asdict(self))

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        index = shared_index(self.index, self.index_sha256)
        ignored: Flags | None = np.load(root / common_file(self.contaminants)) if self.ignores_common else None
        seen = np.zeros(index.gram_count, np.bool_)
        described = {"corpusmill.index": self.index_sha256}
        with ExitStack() as stack, pq.ParquetFile(root / layout.documents(self.key)) as documents:
            table = stack.enter_context(
                TableWriter(attempt.path(layout.contaminants(self.contaminants, self.key)), CONTAMINANTS, described)
            )
            columns = {
                column: stack.enter_context(
                    TableWriter(attempt.path(layout.scores(f"{self.contaminants}_{column}", self.key)), SCORES)
                )
                for column in COLUMNS
            }
            hits = self._hits(root)
            first = 0
            for batch in documents.iter_batches(BATCH_TEXTS, columns=["doc_id"]):
                doc_ids = batch["doc_id"].cast(pa.string())
                result = settled(index, hits(first, batch.num_rows), ignored)
                first += batch.num_rows
                seen[result.grams] = True
                (rows,) = result.table.combine_chunks().to_batches()
                table.write(pa.RecordBatch.from_arrays([doc_ids, *rows.columns], schema=CONTAMINANTS))
                for column, writer in columns.items():
                    scores = rows[column].cast(pa.float64())
                    writer.write(pa.RecordBatch.from_arrays([doc_ids, scores], schema=SCORES))
        write_npy(attempt.path(seen_file(self.contaminants, self.key)), np.flatnonzero(seen).astype(np.int32))
        return {"columns": contaminant_columns(self.contaminants)}

    def _hits(self, root: Path) -> Callable[[int, int], Found]:
        """The hits of so many documents from one on."""
        table = pq.read_table(root / hits_file(self.contaminants, self.key))
        rows, units, starts, ends, grams = (table[name].to_numpy() for name in _HITS.names)
        chars = np.load(root / chars_file(self.contaminants, self.key))

        def of(first: int, documents: int) -> Found:
            own = slice(*np.searchsorted(rows, [first, first + documents]).tolist())
            of_documents = chars[first : first + documents]
            return Found(rows[own] - first, units[own], starts[own], ends[own], grams[own], of_documents)

        return of


@dataclass(frozen=True)
class SummariseContaminants:
    """Counts documents and items. Memory: a bit for each gram, and the table of one key."""

    contaminants: str
    keys: tuple[Key, ...]
    index: str
    index_sha256: str
    sha256: tuple[str, ...]  # of all documents

    kind = "contaminants"

    @property
    def name(self) -> str:
        return self.contaminants

    def depends_on(self) -> dict[str, Any]:
        return _without_index(asdict(self))

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        index = shared_index(self.index, self.index_sha256)
        seen = np.zeros(index.gram_count, np.bool_)
        documents = hit = cut_away = 0
        touched: dict[str, int] = dict.fromkeys(index.benchmarks, 0)
        for key in self.keys:
            seen[np.load(root / seen_file(self.contaminants, key))] = True
            path = root / layout.contaminants(self.contaminants, key)
            table = pq.read_table(path, columns=["hits", "pieces", "spans"])
            documents += table.num_rows
            hit += pc.sum(pc.greater(table["hits"], 0)).as_py() or 0
            cut_away += pc.sum(pc.equal(table["pieces"], 0)).as_py() or 0
            for name, count in _documents_of(table["spans"].combine_chunks()):
                touched[name] += count
        return {
            "name": self.contaminants,
            "column": f"{self.contaminants}_hits",
            "index": index.as_json(),
            "index_sha256": self.index_sha256,
            "documents": documents,
            "hit": hit,
            "without_pieces": cut_away,
            "benchmarks": [
                {**counts, "documents": touched[str(counts["name"])]} for counts in benchmarks_hit(index, seen)
            ],
        }


def _documents_of(spans: pa.Array) -> Iterator[tuple[str, int]]:
    """Benchmarks and in how many documents a span of theirs is."""
    owners = pc.list_parent_indices(spans)
    names = pc.list_flatten(spans).field("benchmark")
    pairs = pa.table({"owner": owners, "benchmark": names}).group_by(["owner", "benchmark"]).aggregate([])
    for count in pc.value_counts(pairs["benchmark"]).to_pylist():
        yield count["values"], count["counts"]


def add_contaminants(folder: RunFolder, name: str, path: Path, execute: Execute, style: str | None = None) -> bool:
    """Compare all documents of an open run with the index in `path`; whether that had been done before.

    `style`: what the index has to be of; None: any.

    Raises RecipeError for a name that is none or taken, ModelRefused for an index that is not whole, RunRefused where
    there are no documents, or the run has contaminants of another index under this name.
    """
    index = open_index(name, path, style)
    keys, hashes = tuple(folder.document_keys()), folder.hashes()
    if not keys:
        raise RunRefused(f"{folder.root} has no documents to compare with the index")
    where = (str(path.resolve()), index.card.files[ARRAYS])
    read = tuple(hashes[layout.documents(key)] for key in keys)
    common = index.style.most_documents is not None
    tables = [SettleContaminants(name, key, *where, common, read) for key in keys]
    summary = SummariseContaminants(name, keys, *where, read)
    all_tasks: list[Task] = [*tables, summary]
    refuse_other(folder, f"{name}_hits", all_tasks, f"contaminants {name!r} of another index")
    register(folder, [(f"contaminants/{name}", path)])
    done = all(task_hash(task) in folder.entries for task in all_tasks)
    if not done:
        if any(task_hash(task) not in folder.entries for task in tables):
            _find(folder, name, keys, where, read, index, execute)
        execute(folder, tables, "contaminants")
        execute(folder, [summary], "summary")
    forget_work(folder, name, PASSES)
    return done


def open_index(name: str, path: Path, style: str | None) -> ContaminantIndex:
    """The index in `path`, whose columns are called after `name`; refused as `add_contaminants` says."""
    for column in contaminant_columns(name):
        refuse_name(name, column)
    index = ContaminantIndex.open(path)
    if style is not None and index.style.name != style:
        raise ModelRefused(
            f"{path} is an index of style {index.style.name}; wanted {style}: "
            f"corpusmill contaminants build NAME=FILE --style {style} --out {path}"
        )
    return index


def _find(
    folder: RunFolder,
    name: str,
    keys: Sequence[Key],
    where: tuple[str, str],
    read: Sequence[str],
    index: ContaminantIndex,
    execute: Execute,
) -> None:
    """Files of hits, and what is common."""
    hits = [FindContaminants(name, key, *where, sha256) for key, sha256 in zip(keys, read, strict=True)]
    run_pass(folder, hits, "hits", execute, name)
    if index.style.most_documents is not None:
        hashes = folder.hashes()
        found = tuple(hashes[hits_file(name, key)] for key in keys)
        task = FindCommon(name, tuple(keys), index.style.most_documents, index.gram_count, found)
        run_pass(folder, [task], "common", execute, name)


def _without_index(described: dict[str, Any]) -> dict[str, Any]:
    """What a task depends on: the index by its hash, wherever it lies."""
    del described["index"]
    return described


@functools.lru_cache(maxsize=2)
def shared_index(path: str, sha256: str) -> ContaminantIndex:
    """One index for all tasks of this worker."""
    index = ContaminantIndex.open(path)
    if index.card.files[ARRAYS] != sha256:
        raise ModelRefused(f"{path} changed while it was used; run the same command again")
    return index
