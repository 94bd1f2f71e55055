"""Texts to the pieces that line rules judge: lines as C4 and as DCLM cut them.

>>> from corpusmill.batch import TextBatch
>>> batch = TextBatch(pa.array(["One.\\r\\n  Two.[1]\\n"]))
>>> pieces = batch.once(stripped_lines)
>>> pieces.starts.tolist(), pieces.ends.tolist()
([0, 8], [4, 15])
>>> without_citations(batch, pieces)[0].to_pylist()
['One.', 'Two.']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import Bytes, Int64s, TextBatch, empty


@dataclass(frozen=True)
class Pieces:
    """Disjoint ascending spans of bytes of `TextBatch.data`; those of document d are offsets[d]:offsets[d + 1]."""

    starts: Int64s
    ends: Int64s
    offsets: Int64s  # [n+1]


@dataclass(frozen=True)
class Cuts:
    """Spans of bytes inside pieces that are deleted; those of piece p are offsets[p]:offsets[p + 1]."""

    spans: npt.NDArray[np.int64]  # [cuts, 2]
    offsets: Int64s  # [pieces + 1]


def stripped_lines(batch: TextBatch) -> Pieces:
    """Lines of `str.splitlines`, stripped; an empty line is an empty piece."""
    return stripped(batch, unstripped_lines(batch))


def unstripped_lines(batch: TextBatch) -> Pieces:
    """Lines of `str.splitlines`."""
    from corpusmill.kernels.lines.pieces import split_lines

    return _split(batch, split_lines)


def newline_lines(batch: TextBatch) -> Pieces:
    """Pieces between U+000A, as they are; an empty text has one, which is empty."""
    from corpusmill.kernels.lines.pieces import split_newlines

    return _split(batch, split_newlines)


def _split(batch: TextBatch, split: Callable[..., int]) -> Pieces:
    text = (batch.data, batch.masks, batch.blocks, batch.offsets)
    offsets, none = np.empty(len(batch) + 1, np.int64), np.empty(0, np.int64)
    count = split(*text, none, none, offsets)
    starts, ends = empty(count, np.int64), empty(count, np.int64)
    split(*text, starts, ends, offsets)
    return Pieces(starts, ends, offsets)


def stripped(batch: TextBatch, pieces: Pieces) -> Pieces:
    """The pieces without white space at their ends; one of nothing else is empty."""
    from corpusmill.kernels.lines.pieces import strip_pieces

    starts, ends = pieces.starts.copy(), pieces.ends.copy()
    strip_pieces(batch.masks, batch.blocks, batch.offsets, pieces.offsets, starts, ends)
    return Pieces(starts, ends, pieces.offsets)


def no_cuts(batch: TextBatch, pieces: Pieces) -> Cuts:
    """Pieces stay whole."""
    return Cuts(np.empty((0, 2), np.int64), np.zeros(len(pieces.starts) + 1, np.int64))


def citations(batch: TextBatch, pieces: Pieces) -> Cuts:
    """What C4 deletes in a line: `[1]`, `[]`, `[edit]`, `[citation needed]` (C4 specification §3)."""
    from corpusmill.kernels.characters.categories import of_category
    from corpusmill.kernels.edits.citations import MARK_BYTES, MARK_OFFSETS, find_citations

    offsets = np.empty(len(pieces.starts) + 1, np.int64)
    spans = np.empty((0, 2), np.int64)
    for _ in range(2):  # count, then fill
        arguments = (of_category("Nd"), MARK_BYTES, MARK_OFFSETS, spans, offsets)
        count = find_citations(batch.data, pieces.starts, pieces.ends, *arguments)
        spans = np.empty((count, 2), np.int64) if len(spans) == 0 else spans
    return Cuts(spans, offsets)


def without_citations(batch: TextBatch, pieces: Pieces) -> tuple[pa.Array, Cuts]:
    """Each piece as a text of its own with its citation marks deleted, not stripped anew; and the marks."""
    from corpusmill.kernels.edits.citations import copy_pieces

    cuts = citations(batch, pieces)
    size = int((pieces.ends - pieces.starts).sum() - (cuts.spans[:, 1] - cuts.spans[:, 0]).sum())
    out, offsets = empty(size, np.uint8), np.empty(len(pieces.starts) + 1, np.int64)
    copy_pieces(batch.data, pieces.starts, pieces.ends, cuts.spans, cuts.offsets, out, offsets)
    return texts_of(out, offsets), cuts


def texts_of(data: Bytes, offsets: Int64s) -> pa.Array:
    """UTF-8 and where each text begins in it as an array of large_string, in place."""
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)
