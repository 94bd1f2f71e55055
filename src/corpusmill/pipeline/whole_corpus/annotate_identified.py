"""Third pass: documents by language and bucket, their signals and signatures, and the fate of every record."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.keys import Key
from corpusmill.language.buckets import Cutoffs, bucket
from corpusmill.pipeline.annotate_pages import keyed
from corpusmill.pipeline.annotation import Annotation
from corpusmill.pipeline.documents import nlines
from corpusmill.pipeline.recipe import SignalParameters
from corpusmill.pipeline.task import Report
from corpusmill.pipeline.whole_corpus.set_cutoffs import read_cutoffs
from corpusmill.pipeline.whole_corpus.tables import extracted_batches, read_losses, with_lines
from corpusmill.schema import DOCUMENTS, Loss, batch_of
from corpusmill.store import layout
from corpusmill.store.commit import Attempt

STAGES = ("read", "extract", "paragraphs", "language")


@dataclass(frozen=True)
class AnnotateIdentified:
    """One input's documents, from what the passes before found out."""

    snapshot: str
    shard: int
    input_file: str
    described: tuple[tuple[str, Any], ...]  # of the input, for the manifest
    signals: SignalParameters
    models: tuple[tuple[str, str], ...]
    sha256: tuple[str, ...]  # of the tables that it reads
    has_cutoffs: bool

    kind = "annotate"

    @property
    def name(self) -> str:
        return f"{self.snapshot}/{self.shard:04d}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        annotation = Annotation(self.name, self.input_file, self.signals, attempt, STAGES, report)
        paths = layout.extracted(self.name)
        losses = deque(sorted(read_losses(root / paths.losses), key=lambda loss: loss.ordinal))
        identified = pq.read_table(root / layout.identified(self.name))
        cutoffs = read_cutoffs(root) if self.has_cutoffs else {}
        rows: Counter[Key] = Counter()
        done = 0
        for extracted in extracted_batches(root / paths.documents):
            found = identified.slice(done, extracted.num_rows).combine_chunks()
            done += extracted.num_rows
            assert found["ordinal"].combine_chunks().equals(extracted["ordinal"])
            kept, lost = _split(extracted, found)
            last = extracted["ordinal"][-1].as_py()
            while losses and losses[0].ordinal < last:
                lost.append(losses.popleft())
            ordinals = extracted["ordinal"].take(kept)
            documents = _documents(extracted.take(kept), found.take(kept), cutoffs)
            documents, by_key = keyed(documents, self.snapshot, self.shard, rows)
            annotation.add(documents, by_key, ordinals, documents["warc_offset"], lost, 0)
        annotation.add_losses(list(losses), 0)
        return {"input": dict(self.described), **annotation.close()}


def _split(extracted: pa.RecordBatch, found: pa.Table) -> tuple[pa.Array, list[Loss]]:
    """Rows that are kept, and the losses of the others."""
    lost = []
    dropped = found["stage"].is_valid().to_numpy()
    for row in np.flatnonzero(dropped).tolist():
        stage, reason = found["stage"][row].as_py(), found["reason"][row].as_py()
        measured = f"{found['language'][row].as_py()} {found['language_score'][row].as_py()}"
        message = measured if stage == "language" else None
        ordinal, offset, record_id, url = (
            extracted[name][row].as_py() for name in ("ordinal", "warc_offset", "record_id", "url")
        )
        lost.append(Loss("dropped", stage, reason, ordinal, offset, record_id, url, message=message))
    return pa.array(np.flatnonzero(~dropped)), lost


def _documents(extracted: pa.RecordBatch, found: pa.Table, cutoffs: dict[str, Cutoffs]) -> pa.RecordBatch:
    """schema.DOCUMENTS of what is left, with language, perplexity and bucket; ids are not yet given."""
    whole = {name: extracted[name] for name in DOCUMENTS.names}
    names = ("line_ids", "language", "language_score", "perplexity")
    found_columns = {name: found[name].combine_chunks() for name in names}
    texts = with_lines(extracted["raw_content"], found_columns["line_ids"])
    chosen: list[str] = []
    rows = zip(found["bucket"].to_pylist(), found["language"].to_pylist(), found["perplexity"].to_pylist(), strict=True)
    for brought, language, perplexity in rows:
        chosen.append(brought or bucket(perplexity, cutoffs.get(language)))
    changed = {
        **found_columns,
        "raw_content": texts,
        "length": pc.utf8_length(texts).cast(pa.int64()),
        "nlines": nlines(texts),
        "bucket": pa.array(chosen, pa.string()),
    }
    return batch_of(DOCUMENTS, whole | changed, extracted.num_rows)
