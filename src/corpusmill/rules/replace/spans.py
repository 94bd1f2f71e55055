"""Spans of texts and what stands there instead: how edits are applied, stored and replayed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import Int64s, TextBatch, empty
from corpusmill.schema import REPLACEMENTS
from corpusmill.segment.pieces import texts_of


@dataclass(frozen=True)
class Replaced:
    """Ascending, disjoint spans of bytes of `TextBatch.data`; those of document d are offsets[d]:offsets[d + 1]."""

    starts: Int64s
    ends: Int64s
    texts: pa.Array  # string or large_string: what stands there instead
    offsets: Int64s  # [n+1]


def deleted(spans: npt.NDArray[np.int64], offsets: Int64s) -> Replaced:
    """Nothing stands instead of the spans, [count, 2]."""
    nothing = pa.array([""]).take(pa.array(np.zeros(len(spans), np.int64)))
    return Replaced(np.ascontiguousarray(spans[:, 0]), np.ascontiguousarray(spans[:, 1]), nothing, offsets)


def spliced(batch: TextBatch, replaced: Replaced) -> pa.Array:
    """The texts with their replacements, as large_string."""
    from corpusmill.kernels.edits.splice import splice

    inserted = TextBatch(replaced.texts)
    size = len(batch.data) + len(inserted.data) - int((replaced.ends - replaced.starts).sum())
    out, offsets = empty(size, np.uint8), np.empty(len(batch) + 1, np.int64)
    spans = (replaced.offsets, replaced.starts, replaced.ends)
    splice(batch.data, batch.offsets, *spans, inserted.data, inserted.offsets, out, offsets)
    return texts_of(out, offsets)


def stored(batch: TextBatch, replaced: Replaced) -> pa.Array:
    """The replacements in code points, as schema.REPLACEMENTS; a text without any has null."""
    from corpusmill.kernels.lines.pieces import measure_chars

    count = len(replaced.starts)
    starts, ends = np.empty(count, np.int32), np.empty(count, np.int32)
    spans = (replaced.offsets, replaced.starts, replaced.ends)
    measure_chars(batch.masks, batch.blocks, batch.offsets, *spans, starts, ends)
    item = REPLACEMENTS.value_type
    entries = pa.StructArray.from_arrays([starts, ends, replaced.texts.cast(pa.string())], fields=list(item))
    without = replaced.offsets[1:] == replaced.offsets[:-1]
    offsets = pa.array(replaced.offsets.astype(np.int32), mask=np.append(without, False))
    return pa.ListArray.from_arrays(offsets, entries)


def replay(texts: pa.Array, replacements: pa.Array) -> pa.Array:
    """The texts with stored replacements (schema.REPLACEMENTS), as large_string.

    >>> spans = pa.array([[{"start": 1, "end": 3, "text": "o"}], None], REPLACEMENTS)
    >>> replay(pa.array(["naïve", "x"]), spans).to_pylist()
    ['nove', 'x']
    """
    from corpusmill.kernels.lines.pieces import measure_bytes

    batch = TextBatch(texts)
    if len(replacements) != len(batch):
        raise ValueError(f"{len(replacements)} lists of replacements for {len(batch)} texts")
    entries = replacements.flatten()
    lengths = np.asarray(replacements.value_lengths().fill_null(0))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    starts, ends = np.empty(len(entries), np.int64), np.empty(len(entries), np.int64)
    spans = (np.asarray(entries.field("start")), np.asarray(entries.field("end")))
    measure_bytes(batch.data, batch.offsets, offsets, *spans, starts, ends)
    return spliced(batch, Replaced(starts, ends, entries.field("text"), offsets))
