"""The signals stage: documents of one key to their quality signals and MinHash signatures."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import pyarrow as pa

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.dedupe.minhash import rpv2_signatures
from corpusmill.keys import Key, id_int
from corpusmill.schema import MINHASH
from corpusmill.signals.registry import SIGNALS, measure, of_family
from corpusmill.store.shard import Measured

NOT_MEASURED = ("tail",)  # RedPajama-V2 §1: signals and signatures cover head and middle


@dataclass(frozen=True)
class Measure:
    """Call it with a batch of schema.DOCUMENTS of one key."""

    artifacts: Artifacts
    minhash: bool = True
    redpajama2: bool = True  # False: there are ids alone beside the documents

    def __call__(self, documents: pa.RecordBatch, key: Key) -> Measured | None:
        """Signals and signatures, row by row as the documents; None for buckets that are not measured."""
        if key.bucket in NOT_MEASURED:
            return None
        given = {name: documents[name] for name in documents.schema.names if name != "raw_content"}
        batch = TextBatch(documents["raw_content"], key.language, self.artifacts, given)
        doc_ids = documents["doc_id"]
        numbers = pa.array([id_int(doc_id) for doc_id in doc_ids.to_pylist()], pa.int64())
        signals = measure(batch, of_family(None) if self.redpajama2 else [])
        table = pa.RecordBatch.from_arrays([doc_ids, numbers, *signals.columns], schema=signals_schema(self.redpajama2))
        if not self.minhash:
            return table, pa.RecordBatch.from_arrays([], schema=pa.schema([]))
        return table, pa.RecordBatch.from_arrays([doc_ids, numbers, rpv2_signatures(batch.words)], schema=MINHASH)


@functools.cache
def signals_schema(redpajama2: bool = True) -> pa.Schema:
    """Ids, then the signals of every document; fields say their unit and source, the schema which version measured."""
    measured = {name: SIGNALS[name] for name in of_family(None)} if redpajama2 else {}
    fields = [
        pa.field(name, signal.dtype, metadata={"unit": signal.unit, "source": signal.source})
        for name, signal in measured.items()
    ]
    described = {f"corpusmill.signal.{name}": f"version {signal.version}" for name, signal in measured.items()}
    described["corpusmill.words"] = "RedPajama-V2 §4, Unicode 14.0"
    return pa.schema([MINHASH.field("doc_id"), MINHASH.field("id_int"), *fields], described)
