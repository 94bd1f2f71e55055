"""Rows of one length as Parquet: `input_ids`, list<int32>, as `datasets.load_dataset("parquet")` reads them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from corpusmill.errors import Refused
from corpusmill.tokenize.exports.stream import Stream

CHUNKS = pa.schema([pa.field("input_ids", pa.list_(pa.field("item", pa.int32(), False)), False)])


def chunk_batches(stream: Stream, rows: range, length: int, pad: int | None) -> Iterator[pa.RecordBatch]:
    """The rows of a range, a block at a time (ragged-array specification §4.2)."""
    for block in stream.matrix(rows, length, pad):
        if block.dtype.itemsize >= 4 and int(block.max()) >= 2**31:
            raise Refused("ids of 2^31 and more do not fit the int32 of input_ids")
        ends = np.arange(len(block) + 1, dtype=np.int32) * length
        values = pa.array(block.reshape(-1).astype(np.int32))
        column = pa.ListArray.from_arrays(pa.array(ends), values, type=CHUNKS.field(0).type)
        yield pa.RecordBatch.from_arrays([column], schema=CHUNKS)
