"""Export in the published byte layout of RedPajama-V2 (§1–§3, §11): JSON lines in gzip, MinHash in Parquet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from isal import igzip

from corpusmill.dedupe.minhash import bands
from corpusmill.errors import RunRefused
from corpusmill.keys import Key
from corpusmill.signals.redpajama import RPV2_SIGNALS
from corpusmill.store import layout, manifest
from corpusmill.store.commit import Attempt
from corpusmill.store.measured import has_redpajama2
from corpusmill.store.rpv2_clusters import export_clusters
from corpusmill.store.rpv2_duplicates import digest_duplicates, export_duplicates

INTEGERS = frozenset(
    {"rps_doc_word_count", "rps_lines_num_words", "rps_doc_ut1_blacklist"}
)  # §3: all others are floats
SIMILARITIES = (1.0, 0.9, 0.8, 0.7)
ROW_GROUP_ROWS = 5000  # §11

# CCNet's own fields, in its own order; the rest of our columns is ours (§2).
CCNET_FIELDS = (
    "url",
    "date_download",
    "digest",
    "length",
    "nlines",
    "source_domain",
    "title",
    "raw_content",
    "cc_segment",
    "original_nlines",
    "original_length",
    "line_ids",
    "language",
    "language_score",
    "perplexity",
    "bucket",
)

_BATCH_ROWS = 512


def export_rpv2(root: Path, out: Path, duplicates: str | None = None) -> int:
    """Write a finished run below `out`; returns the documents with signals.

    `documents/`, `quality_signals/`, `minhash/`, `clusters/` where there are MinHash duplicates, and `duplicates/`:
    those by digest that are called so, or the only ones.

    Files appear whole or not at all. Raises RunRefused where the run is not finished, did not measure RedPajama-V2's
    signals, or has no such duplicates.
    """
    described = manifest.read_run(root)
    outputs = described["outputs"]
    if not has_redpajama2(root, outputs):
        raise RunRefused(f"{root} has no signals to export: run its recipe again with --set signals.redpajama2=true")
    by_digest = digest_duplicates(described, duplicates)
    keys = sorted(key for path in outputs if (key := layout.key_of_documents(path)) is not None)
    written = 0
    for key in keys:
        with Attempt(out) as attempt:
            _write_documents(root, key, attempt.path(f"documents/{key.path}.json.gz"))
            if layout.quality_signals(key) in outputs:
                written += _write_signals(root, key, attempt.path(f"quality_signals/{key.path}.signals.json.gz"))
            if layout.minhash(key) in outputs:
                _write_minhash(root, key, attempt.path(f"minhash/{key.path}.minhash.parquet"))
            attempt.commit()
    export_clusters(root, out, described, keys)
    if by_digest is not None:
        export_duplicates(root, out, by_digest, keys, outputs)
    return written


def signal_spans(signals: dict[str, Any], length: int, line_ends: list[int]) -> dict[str, list[list[Any]]]:
    """`quality_signals` of one document as RedPajama-V2 has them: name → list of [start, end, score] (§3)."""
    starts = [0, *line_ends[:-1]]
    spans: dict[str, list[list[Any]]] = {}
    for name in RPV2_SIGNALS:
        value, number = signals[name], _NUMBER[name]
        if not name.startswith("rps_lines_"):
            spans[name] = [[0, length, number(value)]]
        elif line_ends:
            scores = value if value is not None else [None] * len(line_ends)
            spans[name] = [[s, e, number(v)] for s, e, v in zip(starts, line_ends, scores, strict=True)]
        else:  # quirk Q10
            spans[name] = [[0, 0, None]] if name == "rps_lines_start_with_bulletpoint" else []
    return spans


def metadata_of(document: dict[str, Any], key: Key) -> dict[str, Any]:
    """The `metadata` block (§3)."""
    return {
        "cc_segment": document["cc_segment"],
        "cc_net_source": key.source,
        "url": document["url"],
        "source_domain": document["source_domain"],
        "language": document["language"],
        "snapshot_id": key.snapshot,
    }


def ccnet_record(document: dict[str, Any]) -> dict[str, Any]:
    """A document with CCNet's fields alone; a line list that means "all lines" is written out."""
    record = {name: document[name] for name in CCNET_FIELDS}
    if record["line_ids"] is None:
        record["line_ids"] = list(range(record["nlines"] or 0))
    return record


METADATA_COLUMNS = ["cc_segment", "url", "source_domain", "language"]


def signal_records(root: Path, key: Key) -> Iterator[dict[str, Any]]:
    """One dict a document, as the lines of `<key>.signals.json.gz`."""
    documents = _rows(root / layout.documents(key), ["doc_id", *METADATA_COLUMNS])
    signals = _rows(root / layout.quality_signals(key), None)
    lengths = _lengths(root / layout.documents(key))
    for document, row, length in zip(documents, signals, lengths, strict=True):
        yield {
            "id": row["doc_id"],
            "id_int": row["id_int"] % 2**64,
            "metadata": metadata_of(document, key),
            "quality_signals": signal_spans(row, length, row["line_ends"]),
        }


def _write_documents(root: Path, key: Key, path: Path) -> None:
    _write_lines(path, (ccnet_record(row) for row in _rows(root / layout.documents(key), list(CCNET_FIELDS))))


def _write_signals(root: Path, key: Key, path: Path) -> int:
    return _write_lines(path, signal_records(root, key))


def _write_lines(path: Path, records: Iterator[dict[str, Any]]) -> int:
    count = 0
    with path.open("wb") as raw, igzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as file:
        for record in records:
            file.write(orjson.dumps(record) + b"\n")
            count += 1
    return count


def _write_minhash(root: Path, key: Key, path: Path) -> None:
    list_type = pa.list_(pa.binary())
    schema = pa.schema(
        [
            ("shard_id", pa.string()),
            ("id", pa.string()),
            ("id_int", pa.uint64()),
            *((f"signature_sim{similarity}", list_type) for similarity in SIMILARITIES),
        ]
    )
    with (
        pq.ParquetFile(root / layout.minhash(key)) as source,
        pq.ParquetWriter(path, schema, compression="snappy") as to,
    ):
        for batch in source.iter_batches(batch_size=ROW_GROUP_ROWS):
            columns = [
                pa.array([key.source] * batch.num_rows, pa.string()),
                batch["doc_id"],
                batch["id_int"].view(pa.uint64()),
                *(bands(batch["signature"], similarity).cast(list_type) for similarity in SIMILARITIES),
            ]
            to.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema), row_group_size=ROW_GROUP_ROWS)


def _rows(path: Path, columns: list[str] | None) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
            yield from batch.to_pylist()


def _lengths(path: Path) -> Iterator[int]:
    """Characters of each raw_content: `length` is what CCNet says of it, and need not agree."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=["raw_content"]):
            yield from pc.utf8_length(batch["raw_content"]).to_pylist()


def _as_float(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _as_int(value: float | None) -> int | None:
    return None if value is None else int(value)


_NUMBER: dict[str, Callable[[Any], Any]] = {n: _as_int if n in INTEGERS else _as_float for n in RPV2_SIGNALS}
