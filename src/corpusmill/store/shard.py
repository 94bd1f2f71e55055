"""The tables of one input: documents by key, their signals and signatures, and the fate of every record.

Rows wait per key until a batch is worth measuring; a batch depends on the data alone, never on time or memory pressure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from corpusmill.keys import Key
from corpusmill.schema import DOCUMENTS, FATES, MINHASH, QUARANTINE, QUARANTINE_HEAD_BYTES, Loss, batch_of, repeated
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter

# Large enough to spread the cost of a call over many documents, small enough to stay in the cache of a core.
MEASURE_ROWS = 2000
MEASURE_BYTES = 4 << 20

Measured = tuple[pa.RecordBatch, pa.RecordBatch]  # quality signals; MinHash
Measure = Callable[[pa.RecordBatch, Key], Measured | None]  # documents of one key; None: not measured (tail)


class ShardWriter:
    """Writes all tables of one input into `attempt`; `close` flushes and returns the counts."""

    def __init__(self, attempt: Attempt, source: str, input_file: str, measure: Measure) -> None:
        self.attempt, self.source, self.input_file, self.measure = attempt, source, input_file, measure
        self.languages: dict[str, dict[str, int]] = {}
        self._waiting: dict[Key, list[pa.RecordBatch]] = {}
        self._writers: dict[str, TableWriter] = {}
        self._fates = TableWriter(attempt.path(layout.pages(source)), FATES)
        self._quarantine: TableWriter | None = None

    def documents(self, key: Key, documents: pa.RecordBatch) -> None:
        """Kept rows of one key, in the order of the input: a batch of schema.DOCUMENTS."""
        waiting = self._waiting.setdefault(key, [])
        waiting.append(documents)
        if sum(b.num_rows for b in waiting) >= MEASURE_ROWS or sum(b.nbytes for b in waiting) >= MEASURE_BYTES:
            self._write_documents(key)

    def fates(self, documents: pa.RecordBatch, ordinals: pa.Array, offsets: pa.Array, losses: Sequence[Loss]) -> None:
        """What became of each record of a chunk, in the order of the input; the quarantined get their own table too."""
        rows = documents.num_rows
        kept = {
            "ordinal": ordinals,
            "offset": offsets,
            "record_id": documents["record_id"],
            "url": documents["url"],
            "fate": repeated("kept", rows),
            "stage": repeated("store", rows),
            "doc_id": documents["doc_id"],
        }
        fates = batch_of(FATES, kept, rows)
        if losses:
            names = ("ordinal", "offset", "record_id", "url", "fate", "stage", "reason")
            lost = {name: [getattr(loss, name) for loss in losses] for name in names}
            both = pa.Table.from_batches([fates, batch_of(FATES, lost, len(losses))])
            fates = both.sort_by("ordinal").combine_chunks().to_batches()[0]
        self._fates.write(fates)
        held = [loss for loss in losses if loss.fate == "quarantined"]
        if held:
            self._hold(held)

    def _hold(self, held: list[Loss]) -> None:
        if self._quarantine is None:
            self._quarantine = TableWriter(self.attempt.path(layout.quarantine(self.source)), QUARANTINE)
        names = ("ordinal", "offset", "length", "record_id", "url", "stage", "reason", "message")
        values = {name: [getattr(loss, name) for loss in held] for name in names}
        heads = [None if loss.head is None else loss.head[:QUARANTINE_HEAD_BYTES] for loss in held]
        values |= {"head": heads, "input_file": [self.input_file] * len(held)}
        self._quarantine.write(batch_of(QUARANTINE, values, len(held)))

    def close(self) -> None:
        for key in sorted(self._waiting):
            self._write_documents(key)
        for writer in (*self._writers.values(), self._fates, self._quarantine):
            if writer is not None:
                writer.close()

    def _write_documents(self, key: Key) -> None:
        waiting = self._waiting.pop(key, [])
        if not waiting:
            return
        documents = pa.concat_batches(waiting)
        counts = self.languages.setdefault(f"{key.language}_{key.bucket}", {"documents": 0, "characters": 0})
        counts["documents"] += documents.num_rows
        counts["characters"] += sum(length or 0 for length in documents["length"].to_pylist())
        self._writer(layout.documents(key), DOCUMENTS).write(documents)
        measured = self.measure(documents, key)
        if measured is not None:
            signals, minhash = measured
            self._writer(layout.quality_signals(key), signals.schema).write(signals)
            if minhash.num_columns:
                self._writer(layout.minhash(key), MINHASH).write(minhash)

    def _writer(self, relative: str, schema: pa.Schema) -> TableWriter:
        writer = self._writers.get(relative)
        if writer is None:
            metadata = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
            writer = self._writers[relative] = TableWriter(self.attempt.path(relative), schema, metadata)
        return writer
