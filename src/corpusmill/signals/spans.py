"""Lines and paragraphs of a batch as the filters of Gopher, FineWeb and DCLM cut them, and counts over them.

Views are called through `batch.once`. White space is that of `str.strip`.

>>> import pyarrow as pa
>>> batch = TextBatch(pa.array([" a\\nb\\n\\n\\nc\\n"]))
>>> for view in (newline_lines, paragraphs, stripped_lines):
...     pieces = batch.once(view)
...     [bytes(batch.data[s:e]).decode() for s, e in zip(pieces.starts, pieces.ends)]
[' a', 'b', '', '', 'c', '']
['a\\nb', 'c']
['a', 'b', 'c']
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpusmill.batch import Int64s, TextBatch, empty
from corpusmill.segment.pieces import Pieces, newline_lines, stripped

NEWLINE = 0x0A
SHORT_CHARS = 30


def counts(pieces: Pieces) -> Int64s:
    """Pieces of each text."""
    return np.diff(pieces.offsets)


def kept(pieces: Pieces, keep: npt.NDArray[np.bool_]) -> Pieces:
    """The pieces that `keep` says."""
    before = np.concatenate(([0], np.cumsum(keep)))
    return Pieces(pieces.starts[keep], pieces.ends[keep], before[pieces.offsets])


def totals(pieces: Pieces, values: npt.NDArray[np.generic]) -> Int64s:
    """Sums over the pieces of each text."""
    before = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    return np.diff(before[pieces.offsets])


def newlines(batch: TextBatch) -> Int64s:
    """Occurrences of U+000A in each text."""
    return counts(batch.once(newline_lines)) - 1


def paragraphs(batch: TextBatch) -> Pieces:
    """Pieces of the stripped text between two or more U+000A; not stripped themselves."""
    text = stripped(batch, Pieces(batch.offsets[:-1], batch.offsets[1:], np.arange(len(batch) + 1)))
    return _joined(batch, text.starts, text.ends)


def stripped_paragraphs(batch: TextBatch) -> Pieces:
    """Pieces of the text between two or more U+000A, each stripped; blank ones left out."""
    return _filled(stripped(batch, _joined(batch, batch.offsets[:-1], batch.offsets[1:])))


def stripped_lines(batch: TextBatch) -> Pieces:
    """Pieces between U+000A, each stripped; blank ones left out."""
    return _filled(stripped(batch, batch.once(newline_lines)))


def _filled(pieces: Pieces) -> Pieces:
    return kept(pieces, pieces.starts < pieces.ends)


@dataclass(frozen=True)
class Duplicates:
    """Pieces of each text; the first of equal ones is no duplicate."""

    pieces: Int64s
    duplicates: Int64s
    duplicate_chars: Int64s


def duplicates(batch: TextBatch, pieces: Pieces) -> Duplicates:
    """Of pieces of any kind."""
    from corpusmill.kernels.lines.copies import COPIED_CHARS, COPIES, PIECES

    found = copies(batch, pieces)
    return Duplicates(found[:, PIECES], found[:, COPIES], found[:, COPIED_CHARS])


def copies(batch: TextBatch, pieces: Pieces) -> Int64s:
    """[n, COUNTS] of kernels/lines/copies.py."""
    from corpusmill.kernels.lines.copies import COUNTS, count_copies

    found = np.empty((len(batch), COUNTS), np.int64)
    count_copies(
        batch.data, batch.masks, batch.blocks, batch.offsets, pieces.starts, pieces.ends, pieces.offsets, found
    )
    return found


def lengths(batch: TextBatch, pieces: Pieces) -> Int64s:
    """Code points of each piece."""
    from corpusmill.kernels.lines.spans import count_points

    found = empty(len(pieces.starts), np.int64)
    count_points(batch.masks, batch.blocks, batch.offsets, pieces.offsets, pieces.starts, pieces.ends, found)
    return found


def short(batch: TextBatch, pieces: Pieces) -> npt.NDArray[np.bool_]:
    """Whether each piece has at most 30 characters (FineWeb specification §2)."""
    return lengths(batch, pieces) <= SHORT_CHARS


def last_points(batch: TextBatch, pieces: Pieces) -> npt.NDArray[np.int32]:
    """Last code point of each piece; -1 where it is empty."""
    from corpusmill.kernels.lines import spans as kernels

    found = empty(len(pieces.starts), np.int32)
    kernels.last_points(batch.data, pieces.starts, pieces.ends, found)
    return found


def start_with(batch: TextBatch, pieces: Pieces, *prefixes: str) -> npt.NDArray[np.bool_]:
    """Whether each piece starts with one of the prefixes."""
    from corpusmill.kernels.lines import spans as kernels

    found = np.zeros(len(pieces.starts), np.bool_)
    for prefix in prefixes:
        kernels.start_with(batch.data, pieces.starts, pieces.ends, _bytes(prefix), found)
    return found


def end_with(batch: TextBatch, pieces: Pieces, *suffixes: str) -> npt.NDArray[np.bool_]:
    """Whether each piece ends with one of the suffixes."""
    from corpusmill.kernels.lines import spans as kernels

    found = np.zeros(len(pieces.starts), np.bool_)
    for suffix in suffixes:
        kernels.end_with(batch.data, pieces.starts, pieces.ends, _bytes(suffix), found)
    return found


def newline_first(batch: TextBatch) -> npt.NDArray[np.bool_]:
    """Whether each text begins with U+000A."""
    return _newline_at(batch, batch.offsets[:-1])


def newline_last(batch: TextBatch) -> npt.NDArray[np.bool_]:
    """Whether each text ends with U+000A."""
    return _newline_at(batch, batch.offsets[1:] - 1)


def _newline_at(batch: TextBatch, positions: Int64s) -> npt.NDArray[np.bool_]:
    filled = batch.offsets[:-1] < batch.offsets[1:]
    found = np.zeros(len(batch), np.bool_)
    found[filled] = batch.data[positions[filled]] == NEWLINE
    return found


def _joined(batch: TextBatch, first: Int64s, last: Int64s) -> Pieces:
    from corpusmill.kernels.lines.spans import join_lines

    lines = batch.once(newline_lines)
    starts, ends = empty(len(lines.starts), np.int64), empty(len(lines.starts), np.int64)
    offsets = empty(len(batch) + 1, np.int64)
    found = join_lines(lines.starts, lines.ends, lines.offsets, first, last, starts, ends, offsets)
    return Pieces(starts[:found], ends[:found], offsets)


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)
