"""CCNet's own measurements, copied from the documents' columns; null where a batch has no such column."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.batch import TextBatch
from corpusmill.signals.registry import signal

SOURCE = "RedPajama-V2 §5"
BUCKETS = ("head", "middle", "tail")


def _copied(batch: TextBatch, column: str) -> pa.Array:
    given = batch.columns.get(column)
    if given is None:
        return pa.nulls(len(batch), pa.float64())
    given = given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given
    return given.cast(pa.float64(), safe=False)  # beyond 2⁵³ the nearest float, as Python's float()


@signal("ccnet_length", dtype=pa.float64(), unit="chars", source=SOURCE, version=1)
def ccnet_length(batch: TextBatch) -> pa.Array:
    """Characters of the text after line deduplication."""
    return _copied(batch, "length")


@signal("ccnet_original_length", dtype=pa.float64(), unit="bytes", source=SOURCE, version=1)
def ccnet_original_length(batch: TextBatch) -> pa.Array:
    """Bytes of the page's text before line deduplication."""
    return _copied(batch, "original_length")


@signal("ccnet_nlines", dtype=pa.float64(), unit="lines", source=SOURCE, version=1)
def ccnet_nlines(batch: TextBatch) -> pa.Array:
    """Lines after line deduplication."""
    return _copied(batch, "nlines")


@signal("ccnet_original_nlines", dtype=pa.float64(), unit="lines", source=SOURCE, version=1)
def ccnet_original_nlines(batch: TextBatch) -> pa.Array:
    """Lines before line deduplication."""
    return _copied(batch, "original_nlines")


@signal("ccnet_language_score", dtype=pa.float64(), unit="probability", source=SOURCE, version=1)
def ccnet_language_score(batch: TextBatch) -> pa.Array:
    """Score of the language identified."""
    return _copied(batch, "language_score")


@signal("ccnet_perplexity", dtype=pa.float64(), unit="perplexity", source=SOURCE, version=1)
def ccnet_perplexity(batch: TextBatch) -> pa.Array:
    """Perplexity of the text under a language model of its language."""
    return _copied(batch, "perplexity")


@signal("ccnet_bucket", dtype=pa.float64(), unit="bucket", source=SOURCE, version=1)
def ccnet_bucket(batch: TextBatch) -> pa.Array:
    """Perplexity bucket: head 0.0, middle 1.0, tail 2.0, any other null."""
    given = batch.columns.get("bucket")
    if given is None:
        return pa.nulls(len(batch), pa.float64())
    given = given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given
    return pc.index_in(given.cast(pa.string()), pa.array(BUCKETS)).cast(pa.float64())
