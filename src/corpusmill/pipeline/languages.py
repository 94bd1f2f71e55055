"""The languages tasks: what another model of languages says of each document and its lines, and how far it agrees.

Beside the table, the agreement of the lines is a column of scores, `<name>_line_agreement`, that rules can name. As
with scores, a name stays with its model: another model takes another name.
"""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import ModelRefused, RecipeError
from corpusmill.files import sha256_of
from corpusmill.keys import Key
from corpusmill.language.by_line import ByLineParameters, LanguagesByLine
from corpusmill.language.identify import UNDETERMINED
from corpusmill.models.fasttext.parameters import classifier_file
from corpusmill.pipeline.passes import Execute
from corpusmill.pipeline.register import register
from corpusmill.pipeline.score import refuse_name, refuse_other
from corpusmill.pipeline.task import Report
from corpusmill.schema import LANGUAGES, SCORES, batch_of
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.disagreements import Disagreements
from corpusmill.store.folder import RunFolder
from corpusmill.store.tables import TableWriter


def agreement_column(name: str) -> str:
    """The column of scores of the languages `name`."""
    return f"{name}_line_agreement"


@dataclass(frozen=True)
class IdentifyLanguages:
    """Writes one row a document of `key` into each of two tables, in the order of the documents."""

    key: Key
    languages: str  # the name
    model: str
    model_sha256: str
    parameters: ByLineParameters
    documents_sha256: str

    kind = "languages"

    @property
    def name(self) -> str:
        return f"{self.languages}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["model"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        by_line = _shared(self.model, self.model_sha256, self.parameters)
        column, described = agreement_column(self.languages), {"corpusmill.model": self.model_sha256}
        table, scores = layout.languages(self.languages, self.key), layout.scores(column, self.key)
        counts, missing = Disagreements(), 0
        with (
            pq.ParquetFile(root / layout.documents(self.key)) as documents,
            TableWriter(attempt.path(table), LANGUAGES, described) as languages_writer,
            TableWriter(attempt.path(scores), SCORES, described) as scores_writer,
        ):
            for batch in documents.iter_batches(batch_size=1024, columns=["doc_id", "language", "raw_content"]):
                doc_ids = batch["doc_id"].cast(pa.string())
                own = pc.fill_null(batch["language"].cast(pa.string()), UNDETERMINED)
                columns, same, undetermined, percent = by_line.identify(batch["raw_content"], own)
                languages_writer.write(batch_of(LANGUAGES, {"doc_id": doc_ids, **columns}, len(doc_ids)))
                agreement = {"doc_id": doc_ids, "score": columns["line_agreement"]}
                scores_writer.write(batch_of(SCORES, agreement, len(doc_ids)))
                missing += columns["line_agreement"].null_count
                found = columns["language"].to_pylist()
                facts = same.tolist(), undetermined.tolist(), percent.tolist()
                counts.add(doc_ids.to_pylist(), own.to_pylist(), found, *facts)
        return {
            "name": self.languages,
            "column": column,
            "model_sha256": self.model_sha256,
            **asdict(self.parameters),
            "documents": languages_writer.rows,
            "without_score": missing,
            **asdict(counts),
        }


def add_languages(
    folder: RunFolder,
    name: str,
    model: Path,
    parameters: ByLineParameters,
    execute: Execute,
) -> bool:
    """Identify all documents of an open run; whether that had been done before.

    Raises RecipeError for a name or parameters that are none, ModelRefused for a model that is not whole, and
    RunRefused where the run has languages of another model, or by other parameters, under this name.
    """
    if mistakes := parameters.mistakes():
        raise RecipeError(mistakes)
    refuse_name(name, agreement_column(name))
    from corpusmill.models.fasttext.classifier import load_classifier  # loads kernels

    load_classifier(model)
    sha256, hashes = sha256_of(classifier_file(model)), folder.hashes()
    path = str(model.resolve())
    tasks = [
        IdentifyLanguages(key, name, path, sha256, parameters, hashes[layout.documents(key)])
        for key in folder.document_keys()
    ]
    refuse_other(folder, agreement_column(name), tasks, f"languages {name!r} of another model, or by other parameters")
    register(folder, [(f"languages/{name}", model)])
    return execute(folder, tasks, "languages")


@functools.lru_cache(maxsize=1)
def _shared(model: str, sha256: str, parameters: ByLineParameters) -> LanguagesByLine:
    """One model for all tasks of this worker."""
    if sha256_of(classifier_file(Path(model))) != sha256:
        raise ModelRefused(f"{model} changed while it was used; run the same command again")
    return LanguagesByLine(Path(model), parameters)
