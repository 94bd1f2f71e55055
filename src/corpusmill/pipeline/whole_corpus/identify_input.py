"""Second pass: what is left of each document, its language and its perplexity. No text is written."""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.dedupe.paragraphs import Seen, paragraphs, without_repeated
from corpusmill.keys import BUCKETS
from corpusmill.language.identify import UNDETERMINED, LanguageParameters
from corpusmill.language.perplexity import Perplexity
from corpusmill.pipeline.annotate_pages import shared_identifier
from corpusmill.pipeline.documents import is_language, languages_of
from corpusmill.pipeline.parameters import ParagraphParameters
from corpusmill.pipeline.task import Progress, Report
from corpusmill.pipeline.whole_corpus.tables import IDENTIFIED, extracted_batches, with_lines
from corpusmill.schema import batch_of
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter


@dataclass(frozen=True)
class IdentifyInput:
    """Writes `identified/<source>.parquet`, row by row as `extracted/<source>.documents.parquet`."""

    source: str
    extracted_sha256: str
    language: LanguageParameters
    paragraphs: ParagraphParameters | None
    group: int
    repeated_sha256: str | None  # of the group's repeated paragraphs
    models: str | None  # folder of language models
    model_sha256: tuple[tuple[str, str], ...]

    kind = "identify"

    @property
    def name(self) -> str:
        return self.source

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["models"]  # their hashes decide, not where they lie
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        repeated = None
        if self.paragraphs is not None:
            hashes = np.load(root / layout.repeated_paragraphs(self.group), allow_pickle=False)
            repeated = Seen(hashes, np.ones(len(hashes), bool))
        with TableWriter(attempt.path(layout.identified(self.source)), IDENTIFIED) as writer:
            for batch in extracted_batches(root / layout.extracted(self.source).documents):
                writer.write(self._identified(batch, repeated))
                report(Progress(self.name, writer.rows, writer.rows))
        return {"warnings": shared_identifier(self.language).unknown()}

    def _identified(self, batch: pa.RecordBatch, repeated: Seen | None) -> pa.RecordBatch:
        rows = batch.num_rows
        stages: list[str | None] = [None] * rows
        reasons: list[str | None] = [None] * rows
        line_ids = pa.nulls(rows, pa.list_(pa.int32()))
        if self.paragraphs is not None and repeated is not None:
            kept = without_repeated(paragraphs(batch["raw_content"]), repeated)
            line_ids = pa.ListArray.from_arrays(pa.array(kept.offsets, pa.int32()), pa.array(kept.line_ids))
            short = pc.less(batch["length"], self.paragraphs.min_chars).to_pylist()
            for row, left in enumerate(np.diff(kept.offsets).tolist()):
                if short[row] or not left:
                    stages[row] = "paragraphs"
                    reasons[row] = "short_text" if short[row] else "repeated_paragraphs"
        texts = with_lines(batch["raw_content"], line_ids)
        languages, scores, brought = self._languages(batch, texts)
        for row, language in enumerate(languages.to_pylist()):
            if stages[row] is None and self.language.keep and language not in self.language.keep:
                stages[row] = "language"
                reasons[row] = "language_uncertain" if language == UNDETERMINED else "language_not_kept"
        live = np.array([stage is None for stage in stages], bool)
        perplexity = self._perplexities(texts, languages, live & ~brought)
        return batch_of(
            IDENTIFIED,
            {
                "ordinal": batch["ordinal"],
                "stage": stages,
                "reason": reasons,
                "line_ids": line_ids,
                "language": languages,
                "language_score": scores,
                "perplexity": pc.coalesce(perplexity, batch["perplexity"]),
                "bucket": pc.if_else(pa.array(brought), batch["bucket"], pa.scalar(None, pa.string())),
            },
            rows,
        )

    def _languages(self, batch: pa.RecordBatch, texts: pa.Array) -> tuple[pa.Array, pa.Array, np.ndarray]:
        """Language and score; rows that brought a bucket were measured before, and keep theirs."""
        brought = [
            bucket in BUCKETS and bucket != "all" and is_language(language)
            for bucket, language in zip(batch["bucket"].to_pylist(), batch["language"].to_pylist(), strict=True)
        ]
        given = batch["language"], batch["language_score"]
        languages, scores = languages_of(shared_identifier(self.language), texts, brought, *given)
        return languages, scores, np.array(brought, bool)

    def _perplexities(self, texts: pa.Array, languages: pa.Array, live: np.ndarray) -> pa.Array:
        """Perplexity of the rows that are `live` and whose language has a model; null for others."""
        found = np.full(len(texts), np.nan)
        for language in sorted({code for code, lives in zip(languages.to_pylist(), live, strict=True) if lives}):
            if language in dict(self.model_sha256):
                rows = np.flatnonzero(live & pc.equal(languages, language).to_numpy(zero_copy_only=False))
                assert self.models is not None
                model = _model(self.models, language)
                found[rows] = model.measure(texts.take(pa.array(rows))).to_numpy(zero_copy_only=False)
        return pa.array(found, mask=np.isnan(found))


@functools.lru_cache(maxsize=4)  # models are large: a worker holds few
def _model(models: str, language: str) -> Perplexity:
    return Perplexity(Path(models), language)
