"""First pass: an input to texts and the hashes of their paragraphs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.dedupe.paragraphs import Seen, paragraphs, seen, union
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.files import write_npy
from corpusmill.pipeline.annotate_pages import chunks_of, shared_extractor
from corpusmill.pipeline.documents import documents_of, texts_of_pages
from corpusmill.pipeline.input_file import InputFile
from corpusmill.pipeline.one_input import whole_or_lost
from corpusmill.pipeline.task import Progress, Report
from corpusmill.pipeline.whole_corpus.tables import EXTRACTED, LOSSES, losses_batch
from corpusmill.read.pages import ReadParameters
from corpusmill.schema import Loss
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter

DUMP = np.dtype([("k", "<u8"), ("v", "u1")])  # CCNet's: hash, whether it stands in two documents


@dataclass(frozen=True)
class ExtractInput:
    """Writes `extracted/<source>.*`: documents, losses, paragraph hashes."""

    input: InputFile
    source: str  # <snapshot>/<shard>
    read: ReadParameters
    extract: ExtractParameters
    min_chars: int | None  # paragraphs of shorter documents do not count; None: paragraphs are not wanted
    extractor_sha256: str | None  # of the learned extractor's model
    limit: int | None = None
    give_up: str | None = None

    kind = "extract"

    @property
    def name(self) -> str:
        return self.source

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"input": self.input.depends_on()}
        del described["give_up"]
        return described

    def given_up(self, why: str) -> ExtractInput:
        """What to do instead: quarantine the whole input."""
        return replace(self, give_up=why)

    def run(self, root: Any, attempt: Attempt, report: Report) -> dict[str, Any]:
        return whole_or_lost(self, attempt, functools.partial(_Writer, self, attempt, report), self._work)

    def _work(self, writer: _Writer) -> None:
        extractor = shared_extractor(self.extract)
        for pages, losses in chunks_of(self.input, self.read, self.limit):
            found, texts, charsets, lost = texts_of_pages(extractor, pages)
            documents = documents_of(
                found, texts, charsets, found["language"], found["language_score"], self.input.name
            )
            writer.add(found["ordinal"], documents, [*losses, *lost])


class _Writer:
    def __init__(self, task: ExtractInput, attempt: Attempt, report: Report) -> None:
        paths = layout.extracted(task.source)
        self._name, self._report, self._min_chars = task.name, report, task.min_chars
        self._documents = TableWriter(attempt.path(paths.documents), EXTRACTED)
        self._losses = TableWriter(attempt.path(paths.losses), LOSSES)
        self._paragraphs = None if task.min_chars is None else attempt.path(paths.paragraphs)
        self._seen: list[Seen] = []
        self._lost = 0

    def add(self, ordinals: pa.Array, documents: pa.RecordBatch, losses: Sequence[Loss]) -> None:
        self._documents.write(pa.RecordBatch.from_arrays([ordinals, *documents.columns], schema=EXTRACTED))
        self._losses.write(losses_batch(list(losses)))
        if self._min_chars is not None:
            long = documents.filter(pc.greater_equal(documents["length"], self._min_chars))
            self._seen.append(seen(paragraphs(long["raw_content"])))
        self._lost += len(losses)
        kept = self._documents.rows
        self._report(Progress(self._name, kept + self._lost, kept, self._lost))

    def lose_all(self, loss: Loss, done_bytes: int) -> None:
        self._losses.write(losses_batch([loss]))

    def close(self) -> dict[str, Any]:
        self._documents.close()
        self._losses.close()
        if self._paragraphs is not None:
            found = union(self._seen)
            dump = np.empty(len(found.hashes), DUMP)
            dump["k"], dump["v"] = found.hashes, found.repeated
            write_npy(self._paragraphs, dump)
        return {}
