"""The score tasks: what a model says of each document, as a column of its own, beside the signals of a run.

A column is added under a name and stays: another model takes another name, so no selection can come to rest on scores
that have changed.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.errors import ModelRefused, RecipeError, RunRefused
from corpusmill.keys import Key
from corpusmill.pipeline.passes import Execute
from corpusmill.pipeline.register import register
from corpusmill.pipeline.scorers import Known, Measure, Scorer, Scores
from corpusmill.pipeline.task import Report, Task, task_hash
from corpusmill.schema import SCORES
from corpusmill.store import layout, ledger
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.store.tables import TableWriter

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Score:
    """Writes one row a document of `key`, in the order of the documents; null for empty texts and other languages."""

    key: Key
    column: str
    scorer: Scorer
    model_sha256: str
    language: str | None  # of the model: documents of others have no score
    documents_sha256: str

    kind = "score"

    @property
    def name(self) -> str:
        return f"{self.column}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["scorer"]["path"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        measure = _shared(self.scorer, self.model_sha256) if self.language in (None, self.key.language) else _nothing
        missing = 0
        with (
            pq.ParquetFile(root / layout.documents(self.key)) as documents,
            TableWriter(
                attempt.path(layout.scores(self.column, self.key)), SCORES, {"corpusmill.model": self.model_sha256}
            ) as writer,
        ):
            for batch in documents.iter_batches(batch_size=1024, columns=["doc_id", "raw_content"]):
                scores, known = measure(batch["raw_content"].fill_null(""))
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


def add_scores(folder: RunFolder, scorer: Scorer, column: str, execute: Execute) -> bool:
    """Score all documents of an open run; whether that had been done before.

    Raises RecipeError for a name that is none or taken by a signal, ModelRefused for a model that is not whole or of
    another kind, and RunRefused where the run has scores of another model under this name.
    """
    refuse_name(column, column)
    language = scorer.check()
    sha256, hashes = scorer.sha256(), folder.hashes()
    absolute = dataclasses.replace(scorer, path=str(Path(scorer.path).resolve()))
    tasks = [
        Score(key, column, absolute, sha256, language, hashes[layout.documents(key)]) for key in folder.document_keys()
    ]
    refuse_other(folder, column, tasks, f"scores {column!r} of another model")
    register(folder, [(f"scores/{column}", Path(scorer.path))])
    return execute(folder, tasks, "score")


def refuse_name(name: str, column: str) -> None:
    """Raises RecipeError where `name` is none, or the column of scores that goes by it is taken by a signal."""
    from corpusmill.signals.registry import SIGNALS

    taken = column in SIGNALS or column in SCORES.names
    if taken or not _NAME.fullmatch(name):
        why = "is a column already" if taken else "is no name"
        raise RecipeError([f"name {name!r} {why}; wanted lower-case letters, digits and '_', as my_quality_score"])


def refuse_other(folder: RunFolder, column: str, tasks: Sequence[Task], what: str) -> None:
    """Raises RunRefused, saying `what` the run has, where other tasks than `tasks` wrote the column of scores.

    So do duplicates of one name that are found in two ways, in columns of different names.
    """
    ours = {task_hash(task) for task in tasks}
    names = {task.name for task in tasks if task.kind == "dedupe"}
    others = [entry for entry in folder.entries.values() if entry.task not in ours]
    if any(column in entry.columns or (entry.kind == "dedupe" and entry.name in names) for entry in others):
        raise RunRefused(f"{folder.root} has {what}; choose another --name")


def score_columns(root: Path) -> list[str]:
    """Names of the columns of scores that a run has."""
    return sorted({column for entry in ledger.read(root / layout.LEDGER) for column in entry.columns})


@functools.lru_cache(maxsize=1)
def _shared(scorer: Scorer, sha256: str) -> Measure:
    """One model for all tasks of this worker."""
    measure = scorer.load()
    if scorer.sha256() != sha256:
        raise ModelRefused(f"{scorer.path} changed while it was used; run the same command again")
    return measure


def _nothing(texts: pa.Array) -> tuple[Scores, Known]:
    return np.zeros(len(texts)), np.zeros(len(texts), np.bool_)
