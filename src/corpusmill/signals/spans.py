"""Lines and paragraphs of a batch as spans of bytes, as the filters of Gopher, FineWeb and DCLM cut them.

Views are called through `batch.once`. White space is that of `str.strip`.

>>> import pyarrow as pa
>>> batch = TextBatch(pa.array([" a\\nb\\n\\n\\nc\\n"]))
>>> for view in (newline_lines, universal_lines, paragraphs):
...     spans = batch.once(view)
...     [bytes(batch.data[s:e]).decode() for s, e in zip(spans.starts, spans.ends)]
[' a', 'b', '', '', 'c']
[' a', 'b', '', '', 'c']
['a\\nb', 'c']
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpusmill.batch import Int64s, TextBatch, empty

NEWLINE = 0x0A
SHORT_CHARS = 30


@dataclass(frozen=True)
class Spans:
    """Pieces of n texts; those of text t are `offsets[t]:offsets[t + 1]`."""

    starts: Int64s  # in TextBatch.data
    ends: Int64s
    offsets: Int64s  # [n+1]

    @property
    def counts(self) -> Int64s:
        """Pieces of each text."""
        return np.diff(self.offsets)

    def where(self, keep: npt.NDArray[np.bool_]) -> Spans:
        """The pieces that `keep` says."""
        before = np.concatenate(([0], np.cumsum(keep)))
        return Spans(self.starts[keep], self.ends[keep], before[self.offsets])

    def totals(self, values: npt.NDArray[np.generic]) -> Int64s:
        """Sums over the pieces of each text."""
        before = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
        return np.diff(before[self.offsets])


def newline_lines(batch: TextBatch) -> Spans:
    """Pieces between U+000A; none behind the last one, where the text ends with it, and none of an empty text."""
    from corpusmill.kernels.lines import count_lines, find_lines

    offsets, chars = empty(len(batch) + 1, np.int64), empty(len(batch), np.int64)
    count_lines(batch.data, batch.offsets, batch.masks, batch.blocks, offsets, chars)
    starts, ends = empty(offsets[-1], np.int64), empty(offsets[-1], np.int64)
    find_lines(batch.masks, batch.blocks, batch.offsets, offsets, starts, ends)
    return Spans(starts, ends - (batch.data[ends - 1] == NEWLINE), offsets)


def universal_lines(batch: TextBatch) -> Spans:
    """Lines of `str.splitlines`, without what ends them."""
    from corpusmill.kernels.spans import find_universal_lines

    offsets = empty(len(batch) + 1, np.int64)
    arguments = (batch.data, batch.masks, batch.blocks, batch.offsets)
    find_universal_lines(*arguments, empty(0, np.int64), empty(0, np.int64), offsets)
    starts, ends = empty(offsets[-1], np.int64), empty(offsets[-1], np.int64)
    find_universal_lines(*arguments, starts, ends, offsets)
    return Spans(starts, ends, offsets)


def newlines(batch: TextBatch) -> Int64s:
    """Occurrences of U+000A in each text. Call through `batch.once`."""
    unended = (batch.offsets[:-1] < batch.offsets[1:]) & ~newline_last(batch)
    return batch.once(newline_lines).counts - unended


def paragraphs(batch: TextBatch) -> Spans:
    """Pieces of the stripped text between two or more U+000A; not stripped themselves."""
    text = stripped(batch, Spans(batch.offsets[:-1], batch.offsets[1:], np.arange(len(batch) + 1)))
    return _joined(batch, text.starts, text.ends)


def stripped_paragraphs(batch: TextBatch) -> Spans:
    """Pieces of the text between two or more U+000A, each stripped; blank ones left out."""
    found = stripped(batch, _joined(batch, batch.offsets[:-1], batch.offsets[1:]))
    return found.where(found.starts < found.ends)


def stripped_lines(batch: TextBatch) -> Spans:
    """Pieces between U+000A, each stripped; blank ones left out."""
    found = stripped(batch, batch.once(newline_lines))
    return found.where(found.starts < found.ends)


def stripped(batch: TextBatch, spans: Spans) -> Spans:
    """The same pieces without the white space at their ends."""
    from corpusmill.kernels.spans import strip_spans

    starts, ends = spans.starts.copy(), spans.ends.copy()
    strip_spans(batch.masks, batch.blocks, batch.offsets, spans.offsets, starts, ends)
    return Spans(starts, ends, spans.offsets)


@dataclass(frozen=True)
class Duplicates:
    """Pieces of each text; the first of equal ones is no duplicate."""

    pieces: Int64s
    duplicates: Int64s
    duplicate_chars: Int64s


def duplicates(batch: TextBatch, pieces: Spans) -> Duplicates:
    """Of pieces of any kind."""
    from corpusmill.kernels.copies import COPIED_CHARS, COPIES, PIECES

    counts = copies(batch, pieces)
    return Duplicates(counts[:, PIECES], counts[:, COPIES], counts[:, COPIED_CHARS])


def copies(batch: TextBatch, spans: Spans) -> Int64s:
    """[n, COUNTS] of kernels/copies.py."""
    from corpusmill.kernels.copies import COUNTS, count_copies

    counts = np.empty((len(batch), COUNTS), np.int64)
    count_copies(batch.data, batch.masks, batch.blocks, batch.offsets, spans.starts, spans.ends, spans.offsets, counts)
    return counts


def lengths(batch: TextBatch, spans: Spans) -> Int64s:
    """Code points of each piece."""
    from corpusmill.kernels.spans import count_points

    found = empty(len(spans.starts), np.int64)
    count_points(batch.masks, batch.blocks, batch.offsets, spans.offsets, spans.starts, spans.ends, found)
    return found


def short(batch: TextBatch, spans: Spans) -> npt.NDArray[np.bool_]:
    """Whether each piece has at most 30 characters (FineWeb specification §2)."""
    return lengths(batch, spans) <= SHORT_CHARS


def last_points(batch: TextBatch, spans: Spans) -> npt.NDArray[np.int32]:
    """Last code point of each piece; -1 where it is empty."""
    from corpusmill.kernels import spans as kernels

    found = empty(len(spans.starts), np.int32)
    kernels.last_points(batch.data, spans.starts, spans.ends, found)
    return found


def start_with(batch: TextBatch, spans: Spans, *prefixes: str) -> npt.NDArray[np.bool_]:
    """Whether each piece starts with one of the prefixes."""
    from corpusmill.kernels import spans as kernels

    found = np.zeros(len(spans.starts), np.bool_)
    for prefix in prefixes:
        kernels.start_with(batch.data, spans.starts, spans.ends, _bytes(prefix), found)
    return found


def end_with(batch: TextBatch, spans: Spans, *suffixes: str) -> npt.NDArray[np.bool_]:
    """Whether each piece ends with one of the suffixes."""
    from corpusmill.kernels import spans as kernels

    found = np.zeros(len(spans.starts), np.bool_)
    for suffix in suffixes:
        kernels.end_with(batch.data, spans.starts, spans.ends, _bytes(suffix), found)
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


def _joined(batch: TextBatch, first: Int64s, last: Int64s) -> Spans:
    from corpusmill.kernels.spans import join_lines

    lines = batch.once(newline_lines)
    starts, ends = empty(len(lines.starts), np.int64), empty(len(lines.starts), np.int64)
    offsets = empty(len(batch) + 1, np.int64)
    found = join_lines(lines.starts, lines.ends, lines.offsets, first, last, starts, ends, offsets)
    return Spans(starts[:found], ends[:found], offsets)


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)
