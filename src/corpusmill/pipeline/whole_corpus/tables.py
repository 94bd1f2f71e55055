"""The tables between the passes, row by row alike: what was extracted, and what was found out about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.schema import DOCUMENTS, Loss

ROWS = 1000  # handled at once

# Documents before they have a key; language, score, perplexity and bucket only where the input brought them.
EXTRACTED = pa.schema([pa.field("ordinal", pa.int64(), False), *DOCUMENTS])

IDENTIFIED = pa.schema(
    [
        pa.field("ordinal", pa.int64(), False),
        ("stage", pa.string()),  # which stage dropped it, and why; null: kept
        ("reason", pa.string()),
        ("line_ids", pa.list_(pa.int32())),  # null: all
        ("language", pa.string()),
        ("language_score", pa.float64()),
        ("perplexity", pa.float64()),
        ("bucket", pa.string()),  # only where the input brought it
    ]
)

LOSSES = pa.schema(
    [
        ("fate", pa.string()),
        ("stage", pa.string()),
        ("reason", pa.string()),
        ("ordinal", pa.int64()),
        ("offset", pa.int64()),
        ("record_id", pa.string()),
        ("url", pa.string()),
        ("length", pa.int64()),
        ("message", pa.string()),
        ("head", pa.binary()),
    ]
)
assert tuple(LOSSES.names) == Loss._fields


def losses_batch(losses: list[Loss]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([loss._asdict() for loss in losses], LOSSES)


def read_losses(path: Path) -> list[Loss]:
    return [Loss(**row) for row in pq.read_table(path).to_pylist()]


def extracted_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a table of EXTRACTED, ROWS at a time, wherever its row groups end."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group).combine_chunks()
            for batch in table.to_batches(max_chunksize=ROWS):
                yield batch.cast(EXTRACTED)


def with_lines(texts: pa.Array, line_ids: pa.Array) -> pa.Array:
    """Each text with the listed of its lines only; null line_ids: all.

    >>> with_lines(pa.array(["a\\nb\\nc", "d"], pa.large_string()), pa.array([[0, 2], None])).to_pylist()
    ['a\\nc', 'd']
    """
    lists = pc.split_pattern(texts, "\n")
    starts = lists.offsets.to_numpy()[:-1]
    lengths = pc.fill_null(pc.list_value_length(line_ids), 0).to_numpy(zero_copy_only=False)
    chosen = np.repeat(starts, lengths) + line_ids.flatten().to_numpy()
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    kept = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), lists.values.take(pa.array(chosen)))
    return pc.if_else(line_ids.is_valid(), pc.binary_join(kept, pa.scalar("\n", pa.large_string())), texts)
