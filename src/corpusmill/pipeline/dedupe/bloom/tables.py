"""What a Bloom filter marks of the documents of one key, as tables of that key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.batch import TextBatch
from corpusmill.dedupe.bloom.contents import (
    REPEATED_FRACTION,
    Marks,
    mark_ngrams,
    mark_paragraphs,
    text_keys,
)
from corpusmill.dedupe.bloom.filter import BloomFilter, Flags
from corpusmill.dedupe.exact import EXACT_KEYS
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.spans import span_lists
from corpusmill.schema import DUPLICATE_SPANS, DUPLICATES, SCORES, batch_of
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter

BATCH_ROWS = 256
BATCH_BYTES = 4 << 20  # of texts that are taken apart at once, and one text at least

MARKS: dict[str, Callable[[BloomFilter, TextBatch], Marks]] = {"paragraph": mark_paragraphs, "ngram": mark_ngrams}


@dataclass
class Marked:
    """Counts of one key."""

    duplicates: list[Flags] = field(default_factory=list)  # a batch each
    not_compared: int = 0  # documents without what is compared
    spans: int = 0
    repeated: int = 0
    total: int = 0

    @property
    def flags(self) -> Flags:
        return np.concatenate([np.zeros(0, np.bool_), *self.duplicates])


@dataclass(frozen=True)
class Tables:
    """Where the marks of one key go."""

    root: Path
    attempt: Attempt
    name: str
    column: str
    key: Key

    def by_digest(self, seen: BloomFilter) -> Marked:
        """RedPajama-V2 §12: a row for each document whose digest was there before."""
        marked = Marked()
        with (
            self._scores() as scores,
            TableWriter(self.attempt.path(layout.duplicates(self.name, self.key)), DUPLICATES) as rows,
        ):
            for batch in self._batches(["digest"]):
                digests = [None if d is None else d.replace("sha1:", "") for d in batch["digest"].to_pylist()]
                flags = _seen(seen, (None if d is None else d.encode() for d in digests), batch.num_rows, marked)
                doc_ids = batch["doc_id"].cast(pa.string())
                chosen = np.flatnonzero(flags)
                columns = [
                    pa.array([self.key.source] * len(chosen), pa.string()),
                    doc_ids.take(pa.array(chosen)),
                    pa.array([digests[row] for row in chosen.tolist()], pa.string()),
                ]
                rows.write(pa.RecordBatch.from_arrays(columns, schema=DUPLICATES))
                _write_scores(scores, doc_ids, flags.astype(float))
        return marked

    def passed_over(self) -> Marked:
        """No row, and no score for any document."""
        marked = Marked()
        with (
            self._scores() as scores,
            TableWriter(self.attempt.path(layout.duplicates(self.name, self.key)), DUPLICATES),
        ):
            for batch in self._batches([]):
                doc_ids = batch["doc_id"].cast(pa.string())
                scores.write(batch_of(SCORES, {"doc_id": doc_ids}, len(doc_ids)))
                marked.duplicates.append(np.zeros(len(doc_ids), np.bool_))
                marked.not_compared += len(doc_ids)
        return marked

    def by_property(self, seen: BloomFilter, key: str) -> Marked:
        """A score of 1 for each document whose property `key` (see dedupe/exact.py) was there before."""
        columns, values = EXACT_KEYS[key]
        marked = Marked()
        with self._scores() as scores:
            for batch in self._batches(list(columns)):
                flags = _seen(seen, values(batch), batch.num_rows, marked)
                _write_scores(scores, batch["doc_id"].cast(pa.string()), flags.astype(float))
        return marked

    def by_content(self, seen: BloomFilter, over: str) -> Marked:
        """Spans of what is repeated inside each document, and the part of it that they are of the whole."""
        marked = Marked()
        with (
            self._scores() as scores,
            TableWriter(self.attempt.path(layout.duplicate_spans(self.name, self.key)), DUPLICATE_SPANS) as rows,
        ):
            for batch in _small(self._batches(["raw_content"])):
                marks = MARKS[over](seen, TextBatch(batch["raw_content"]))
                doc_ids = batch["doc_id"].cast(pa.string())
                columns = [
                    doc_ids,
                    span_lists(marks.starts, marks.ends, marks.offsets),
                    pa.array(marks.repeated),
                    pa.array(marks.total),
                ]
                rows.write(pa.RecordBatch.from_arrays(columns, schema=DUPLICATE_SPANS))
                _write_scores(scores, doc_ids, marks.fractions)
                marked.duplicates.append(marks.fractions > REPEATED_FRACTION)
                marked.not_compared += int((marks.total == 0).sum())
                marked.spans += len(marks.starts)
                marked.repeated += int(marks.repeated.sum())
                marked.total += int(marks.total.sum())
        return marked

    def _scores(self) -> TableWriter:
        return TableWriter(self.attempt.path(layout.scores(self.column, self.key)), SCORES)

    def _batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(self.root / layout.documents(self.key)) as file:
            yield from file.iter_batches(BATCH_ROWS, columns=["doc_id", *columns])


def _small(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most BATCH_BYTES of text, or one."""
    for batch in batches:
        ends = np.cumsum(pc.binary_length(batch["raw_content"]).to_numpy())
        row = 0
        while row < batch.num_rows:
            before = ends[row - 1] if row else 0
            end = max(row + 1, int(np.searchsorted(ends, before + BATCH_BYTES, side="right")))
            yield batch.slice(row, end - row)
            row = end


def _seen(seen: BloomFilter, values: Iterator[bytes | None], rows: int, marked: Marked) -> Flags:
    keys, numbers = text_keys(values)
    flags = np.zeros(rows, np.bool_)
    flags[numbers] = seen.add(keys)
    marked.duplicates.append(flags)
    marked.not_compared += rows - len(numbers)
    return flags


def _write_scores(writer: TableWriter, doc_ids: pa.Array, scores: np.ndarray) -> None:
    writer.write(pa.RecordBatch.from_arrays([doc_ids, pa.array(scores, pa.float64())], schema=SCORES))
