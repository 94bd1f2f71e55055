"""What DCLM's reproduction of RefinedWeb measures on each line (RefinedWeb specification §3).

One list a document, one entry a piece between newlines, as it is; what is undefined for an empty piece is null there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import Int8s, Int32s, Int64s, TextBatch
from corpusmill.segment.pieces import Pieces, newline_lines
from corpusmill.signals.columns import DOUBLES, INTEGERS, quotients
from corpusmill.signals.registry import signal

SOURCE = "RefinedWeb specification §3"
FAMILY = "dclm_lines"
FLAGS = pa.list_(pa.int8())
ELLIPSIS = ord("…")
MARKS = [*map(ord, '.!?"'), ELLIPSIS]
COUNTED = (
    "likes",
    "shares",
    "comments",
    "retweets",
    "reposts",
    "quotes",
    "bookmarks",
    "upvotes",
    "downvotes",
    "downloads",
    "views",
    "followers",
)


def _lines(batch: TextBatch) -> Pieces:
    return batch.once(newline_lines)


def _chars(batch: TextBatch) -> tuple[Int64s, Int64s]:
    """Where each line starts and ends in code points."""
    from corpusmill.kernels.lines.pieces import measure_chars

    lines = _lines(batch)
    starts, ends = np.empty(len(lines.starts), np.int64), np.empty(len(lines.starts), np.int64)
    spans = (lines.offsets, lines.starts, lines.ends)
    measure_chars(batch.masks, batch.blocks, batch.offsets, *spans, starts, ends)
    return starts, ends


def _lists(
    batch: TextBatch, values: npt.NDArray[np.generic], dtype: pa.DataType, null: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    offsets = pa.array(_lines(batch).offsets, pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(values, dtype.value_type, mask=null))


def _of_chars(batch: TextBatch, counts: Int32s) -> pa.Array:
    starts, ends = batch.once(_chars)
    return _lists(batch, quotients(counts, ends - starts), DOUBLES, ends == starts)


@signal("dclm_lines_start", dtype=INTEGERS, unit="chars", source=SOURCE, version=1, family=FAMILY)
def dclm_lines_start(batch: TextBatch) -> pa.Array:
    """Where each line starts in the text."""
    return _lists(batch, batch.once(_chars)[0], INTEGERS)


@signal("dclm_lines_end", dtype=INTEGERS, unit="chars", source=SOURCE, version=1, family=FAMILY)
def dclm_lines_end(batch: TextBatch) -> pa.Array:
    """Where each line ends, its newline left out."""
    return _lists(batch, batch.once(_chars)[1], INTEGERS)


@signal("dclm_lines_uppercase_fraction", dtype=DOUBLES, unit="fraction", source=SOURCE, version=1, family=FAMILY)
def dclm_lines_uppercase_fraction(batch: TextBatch) -> pa.Array:
    """Characters with `str.isupper` over all characters of the line, spaces and signs included."""
    from corpusmill.kernels.lines.measures import count_uppercase

    lines = _lines(batch)
    counts = np.empty(len(lines.starts), np.int32)
    spans = (lines.offsets, lines.starts, lines.ends)
    count_uppercase(batch.masks, batch.blocks, batch.offsets, *spans, counts)
    return _of_chars(batch, counts)


@signal("dclm_lines_digit_fraction", dtype=DOUBLES, unit="fraction", source=SOURCE, version=1, family=FAMILY)
def dclm_lines_digit_fraction(batch: TextBatch) -> pa.Array:
    """Characters with `str.isdigit` over all characters of the line."""
    from corpusmill.kernels.lines.measures import count_digits, digit_table

    lines = _lines(batch)
    counts = np.empty(len(lines.starts), np.int32)
    count_digits(batch.data, lines.starts, lines.ends, digit_table(), counts)
    return _of_chars(batch, counts)


@signal("dclm_lines_counter", dtype=FLAGS, unit="0 or 1 per line", source=SOURCE, version=1, family=FAMILY)
def dclm_lines_counter(batch: TextBatch) -> pa.Array:
    """Whether the line is a counter of a social network, as `1,234 likes` or `* 3.4k Views`."""
    from corpusmill.kernels.characters.categories import of_category
    from corpusmill.kernels.lines.measures import find_counters

    lines = _lines(batch)
    words = np.frombuffer("".join(COUNTED).encode(), np.uint8)
    word_offsets = np.cumsum([0, *map(len, COUNTED)])
    found = np.empty(len(lines.starts), np.int8)
    spans = (lines.offsets, lines.starts, lines.ends)
    arguments = (*spans, of_category("Nd"), words, word_offsets, found)
    find_counters(batch.data, batch.masks, batch.blocks, batch.offsets, *arguments)
    return _lists(batch, found, FLAGS)


@signal("dclm_lines_word_count", dtype=INTEGERS, unit="words", source=SOURCE, version=1, family=FAMILY)
def dclm_lines_word_count(batch: TextBatch) -> pa.Array:
    """Words of `str.split`; null for an empty line, which DCLM's rules on words let stay."""
    from corpusmill.kernels.lines.pieces import measure_words

    lines = _lines(batch)
    counts, longest = np.empty(len(lines.starts), np.int32), np.empty(len(lines.starts), np.int32)
    spans = (lines.offsets, lines.starts, lines.ends)
    measure_words(batch.masks, batch.blocks, batch.offsets, *spans, counts, longest)
    return _lists(batch, counts, INTEGERS, lines.ends == lines.starts)


def _last_chars(batch: TextBatch) -> tuple[Int32s, Int8s]:
    """The last character of each line that is no white space, and how many full stops stand there, at most three."""
    from corpusmill.kernels.lines.measures import find_last_chars

    lines = _lines(batch)
    last, dots = np.empty(len(lines.starts), np.int32), np.empty(len(lines.starts), np.int8)
    spans = (lines.offsets, lines.starts, lines.ends)
    find_last_chars(batch.data, batch.masks, batch.blocks, batch.offsets, *spans, last, dots)
    return last, dots


@signal("dclm_lines_ends_with_mark", dtype=FLAGS, unit="0 or 1 per line", source=SOURCE, version=1, family=FAMILY)
def dclm_lines_ends_with_mark(batch: TextBatch) -> pa.Array:
    """Whether the last character that is no white space is `.`, `!`, `?`, `"` or U+2026; null for an empty line."""
    lines = _lines(batch)
    last, _ = batch.once(_last_chars)
    return _lists(batch, np.isin(last, MARKS).astype(np.int8), FLAGS, lines.ends == lines.starts)


@signal("dclm_lines_ends_with_ellipsis", dtype=FLAGS, unit="0 or 1 per line", source=SOURCE, version=1, family=FAMILY)
def dclm_lines_ends_with_ellipsis(batch: TextBatch) -> pa.Array:
    """Whether the line ends with `...` or U+2026, white space behind it left out."""
    last, dots = batch.once(_last_chars)
    return _lists(batch, ((dots == 3) | (last == ELLIPSIS)).astype(np.int8), FLAGS)
