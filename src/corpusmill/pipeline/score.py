"""The score tasks: a classifier's probability of its target as a column of its own, beside the signals of a run.

A column is added under a name and stays: another model takes another name, so no selection can come to rest on scores
that have changed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.errors import ModelRefused, RecipeError, RunRefused
from corpusmill.files import sha256_of
from corpusmill.models.fasttext.classifier import classifier_file, load_classifier, score, with_crawl_label
from corpusmill.models.fasttext.model import FasttextModel
from corpusmill.pipeline.task import Report, Task, task_hash
from corpusmill.schema import SCORES, Key
from corpusmill.store import layout, ledger
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.store.tables import TableWriter

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Score:
    """Writes one row a document of `key`, in the order of the documents; null for an empty text."""

    key: Key
    column: str
    model_path: str
    model_sha256: str
    documents_sha256: str

    kind = "score"

    @property
    def name(self) -> str:
        return f"{self.column}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["model_path"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        model = shared_classifier(Path(self.model_path), self.model_sha256)
        missing = 0
        with (
            pq.ParquetFile(root / layout.documents(self.key)) as documents,
            TableWriter(
                attempt.path(layout.scores(self.column, self.key)), SCORES, {"corpusmill.model": self.model_sha256}
            ) as writer,
        ):
            for batch in documents.iter_batches(batch_size=1024, columns=["doc_id", "raw_content"]):
                scores, known = score(model, batch["raw_content"].fill_null(""))
                missing += int((~known).sum())
                writer.write(
                    pa.RecordBatch.from_arrays(
                        [batch["doc_id"].cast(pa.string()), pa.array(scores, pa.float64(), mask=~known)], schema=SCORES
                    )
                )
        return {
            "column": self.column,
            "model_sha256": self.model_sha256,
            "documents": writer.rows,
            "without_score": missing,
        }


def add_scores(
    folder: RunFolder, classifier: Path, column: str, execute: Callable[[RunFolder, Sequence[Task], str], bool]
) -> bool:
    """Score all documents of an open run; whether that had been done before.

    Raises RecipeError for a name that is none or taken by a signal, ModelRefused as `load_classifier` does and for a
    model without the label `__label__cc`, and RunRefused where the run has scores of another model under this name.
    """
    from corpusmill.signals.registry import SIGNALS

    if not _NAME.fullmatch(column) or column in SIGNALS or column in SCORES.names:
        why = "is a column already" if column in SIGNALS or column in SCORES.names else "is no name"
        raise RecipeError([f"name {column!r} {why}; wanted lower-case letters, digits and '_', as my_quality_score"])
    with_crawl_label(classifier, load_classifier(classifier))
    path = classifier_file(classifier).resolve()
    sha256 = sha256_of(path)
    hashes = folder.hashes()
    tasks = [Score(key, column, str(path), sha256, hashes[layout.documents(key)]) for key in folder.document_keys()]
    ours = {task_hash(task) for task in tasks}
    if any(entry.counts["column"] == column and entry.task not in ours for entry in folder.of_kind("score")):
        raise RunRefused(f"{folder.root} has scores {column!r} of another model; choose another --name")
    return execute(folder, tasks, "score")


def score_columns(root: Path) -> list[str]:
    """Names of the columns of scores that a run has."""
    return sorted({e.counts["column"] for e in ledger.read(root / layout.LEDGER) if e.kind == "score"})


@functools.lru_cache(maxsize=1)
def shared_classifier(path: Path, sha256: str) -> FasttextModel:
    """One model for all tasks of this worker."""
    if sha256_of(path) != sha256:
        raise ModelRefused(f"{path} changed while it was used; run the same command again")
    return with_crawl_label(path, load_classifier(path))
