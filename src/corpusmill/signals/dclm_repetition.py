"""Gopher's repetition statistics as mlfoundations/dclm counts them at 361714bd (Gopher specification §3).

All copies of what is repeated count, the first too. Characters are over those of the lines, the paragraphs or the
words, not of the text. Words are those of UAX #29 whose first character is a letter or a digit.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from corpusmill.batch import Int64s, TextBatch
from corpusmill.segment.pieces import Pieces
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio, quotients
from corpusmill.signals.dclm_words import words
from corpusmill.signals.registry import signal

SOURCE = "mlfoundations/dclm 361714bd, repetition_filter; Gopher §3"
TOP = (2, 4)  # least and greatest n
REPEATED = (5, 10)

_value = functools.partial(signal, dtype=pa.float64(), source=SOURCE, version=1, family="dclm")


@_value("dclm_repeated_line_fraction", unit="fraction of lines")
def dclm_repeated_line_fraction(batch: TextBatch) -> pa.Array:
    """Stripped lines that occur twice or more over all that are not blank; null where all are."""
    found = batch.once(lines)
    return exact_ratio(found.repeated, found.pieces)


@_value("dclm_repeated_line_char_fraction", unit="fraction of chars")
def dclm_repeated_line_char_fraction(batch: TextBatch) -> pa.Array:
    """Characters of the stripped lines that occur twice or more over those of all; null where all are blank."""
    found = batch.once(lines)
    return exact_ratio(found.repeated_chars, found.chars)


@_value("dclm_repeated_paragraph_fraction", unit="fraction of paragraphs")
def dclm_repeated_paragraph_fraction(batch: TextBatch) -> pa.Array:
    """Stripped pieces between two U+000A that occur twice or more over all that are not blank; null where all are."""
    found = batch.once(paragraphs)
    return exact_ratio(found.repeated, found.pieces)


@_value("dclm_repeated_paragraph_char_fraction", unit="fraction of chars")
def dclm_repeated_paragraph_char_fraction(batch: TextBatch) -> pa.Array:
    """Characters of the stripped pieces between two U+000A that occur twice or more over those of all.

    Null where all are blank.
    """
    found = batch.once(paragraphs)
    return exact_ratio(found.repeated_chars, found.chars)


@dataclass(frozen=True)
class Repeated:
    """Pieces of each text and those that occur twice or more."""

    pieces: Int64s
    chars: Int64s
    repeated: Int64s
    repeated_chars: Int64s


def lines(batch: TextBatch) -> Repeated:
    """Call through `batch.once`."""
    return _repeated(batch, batch.once(spans.stripped_lines))


def paragraphs(batch: TextBatch) -> Repeated:
    """Call through `batch.once`."""
    return _repeated(batch, batch.once(spans.stripped_paragraphs))


def _repeated(batch: TextBatch, pieces: Pieces) -> Repeated:
    from corpusmill.kernels.lines.copies import CHARS, PIECES, REPEATED, REPEATED_CHARS

    counts = spans.copies(batch, pieces)
    return Repeated(counts[:, PIECES], counts[:, CHARS], counts[:, REPEATED], counts[:, REPEATED_CHARS])


@dataclass(frozen=True)
class Ngrams:
    """Of the words of each text."""

    word_chars: Int64s
    top_chars: Int64s  # [n, 3] of the most frequent n-gram, the longest of several, times its occurrences
    repeated_chars: Int64s  # [n, 6] of the words in n-grams that occur twice or more, each word once


def ngrams(batch: TextBatch) -> Ngrams:
    """Call through `batch.once`."""
    from corpusmill.kernels.words.ngrams import measure_repetition

    found, rows = batch.once(words), len(batch)
    distinct, chars = (np.empty(rows, np.int64) for _ in range(2))
    top_chars, top_counts = (np.empty((rows, TOP[1] - TOP[0] + 1), np.int64) for _ in range(2))
    repeated = np.empty((rows, REPEATED[1] - REPEATED[0] + 1), np.int64)
    measure_repetition(
        found.hashes,
        found.lengths,
        found.offsets,
        TOP,
        REPEATED,
        True,
        distinct,
        chars,
        np.empty(rows, np.float64),
        top_chars,
        top_counts,
        repeated,
    )
    return Ngrams(chars, top_chars * top_counts, repeated)


def _top(n: int, batch: TextBatch) -> pa.Array:
    found = batch.once(ngrams)
    return _or_null(found.top_chars[:, n - TOP[0]], found.word_chars, batch)


def _shared(n: int, batch: TextBatch) -> pa.Array:
    found = batch.once(ngrams)
    return _or_null(found.repeated_chars[:, n - REPEATED[0]], found.word_chars, batch)


def _or_null(above: Int64s, below: Int64s, batch: TextBatch) -> pa.Array:
    """above / below; 0.0 without words, null for an empty text."""
    return pa.array(quotients(above, below), pa.float64(), mask=batch.chars == 0)


def _declare(name: str, definition: str, function: functools.partial[pa.Array]) -> None:
    def measured(batch: TextBatch) -> pa.Array:
        return function(batch)

    measured.__name__ = measured.__qualname__ = name
    measured.__doc__ = definition
    _value(name, unit="fraction of word chars")(measured)


for _n in range(TOP[0], TOP[1] + 1):
    _declare(
        f"dclm_top_{_n}gram_char_fraction",
        f"Characters of the most frequent run of {_n} words times its occurrences, over those of all words.\n\n"
        "Of several the longest counts; above 1 where occurrences overlap. 0.0 where none occurs twice, null for an\n"
        "empty text.",
        functools.partial(_top, _n),
    )
for _n in range(REPEATED[0], REPEATED[1] + 1):
    _declare(
        f"dclm_repeated_{_n}gram_char_fraction",
        f"Characters of the words that lie in a run of {_n} words occurring twice or more, over those of all words.\n\n"
        "A word counts once. 0.0 where there is none, null for an empty text.",
        functools.partial(_shared, _n),
    )
