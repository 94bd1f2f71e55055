"""The task over pages: an archive, JSON lines or Parquet file through read, extract, language and signals."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpusmill.extract.choose import extractor_for
from corpusmill.extract.extracted import PageExtractor
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.keys import Key
from corpusmill.language.identify import LanguageIdentifier, LanguageParameters
from corpusmill.pipeline.annotation import Annotation, annotate
from corpusmill.pipeline.documents import PagesToDocuments
from corpusmill.pipeline.input_file import InputFile
from corpusmill.pipeline.recipe import SignalParameters
from corpusmill.pipeline.task import Report, fields_of
from corpusmill.read.pages import ReadParameters, read_pages
from corpusmill.schema import DOCUMENTS, Loss
from corpusmill.store.commit import Attempt


@dataclass(frozen=True)
class AnnotatePages:
    """One input to documents, signals, signatures, fates and quarantine."""

    input: InputFile
    snapshot: str
    shard: int
    read: ReadParameters
    extract: ExtractParameters
    language: LanguageParameters
    signals: SignalParameters
    models: tuple[tuple[str, str], ...]  # name and sha256 of each model and list
    limit: int | None = None  # records to read at most
    give_up: str | None = None  # why the file is quarantined whole, after its worker died again and again

    kind = "annotate"

    @property
    def name(self) -> str:
        return f"{self.snapshot}/{self.shard:04d}"

    def depends_on(self) -> dict[str, Any]:
        described = fields_of(self) | {"input": self.input.depends_on()}
        del described["give_up"]  # a later try may succeed, under the same name
        return described

    def given_up(self, why: str) -> AnnotatePages:
        """What to do instead: quarantine the whole input."""
        return replace(self, give_up=why)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        return annotate(self, attempt, ("read", "extract", "language"), report, self._work)

    def _work(self, annotation: Annotation) -> None:
        rows: Counter[Key] = Counter()
        extractor = shared_extractor(self.extract)
        identifier = shared_identifier(self.language)
        annotation.warn(identifier.unknown())
        convert = PagesToDocuments(extractor, identifier, self.language.keep, self.input.name)
        for pages, losses in chunks_of(self.input, self.read, self.limit):
            converted = convert(pages)
            lost = [*losses, *converted.losses]
            documents, by_key = keyed(converted.documents, self.snapshot, self.shard, rows)
            offsets = converted.offsets
            done_bytes = max([0, *(loss.offset for loss in lost[-1:]), *offsets[-1:].to_pylist()])
            annotation.add(documents, by_key, converted.ordinals, offsets, lost, done_bytes)


def chunks_of(input: InputFile, read: ReadParameters, limit: int | None) -> Iterator[tuple[pa.RecordBatch, list[Loss]]]:
    """What the reader gives of an input, up to `limit` records."""
    for pages, losses in read_pages(Path(input.path), read):
        last = max([-1, *pages["ordinal"][-1:].to_pylist(), *(loss.ordinal for loss in losses)])
        if limit is None or last < limit:
            yield pages, losses
            continue
        within = pa.array(np.flatnonzero(pages["ordinal"].to_numpy() < limit))
        yield pages.take(within), [loss for loss in losses if loss.ordinal < limit]
        return


def keyed(
    documents: pa.RecordBatch, snapshot: str, shard: int, rows: Counter[Key]
) -> tuple[pa.RecordBatch, dict[Key, pa.RecordBatch]]:
    """Documents with their ids, whole and by key (sorted); `rows` numbers each key in the order of the input."""
    ids: list[str] = []
    chosen: dict[Key, list[int]] = {}
    pairs = zip(documents["language"].to_pylist(), documents["bucket"].to_pylist(), strict=True)
    for row, (language, bucket) in enumerate(pairs):
        key = Key(snapshot, shard, language, bucket)
        ids.append(key.document_id(rows[key]))
        rows[key] += 1
        chosen.setdefault(key, []).append(row)
    named = documents.set_column(0, DOCUMENTS.field("doc_id"), pa.array(ids, pa.string()))
    return named, {key: named.take(pa.array(chosen[key], pa.int64())) for key in sorted(chosen)}


@functools.lru_cache(maxsize=1)
def shared_extractor(parameters: ExtractParameters) -> PageExtractor:
    """One extractor, and so at most one child process, for all tasks of this worker."""
    return extractor_for(parameters)


@functools.lru_cache(maxsize=1)
def shared_identifier(parameters: LanguageParameters) -> LanguageIdentifier:
    return LanguageIdentifier(parameters)
