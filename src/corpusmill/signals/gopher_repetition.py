"""Gopher's repetition statistics as datatrove 0.10.1 counts them (Gopher specification §3).

All characters, those of the n-grams too, are over the code points of the whole text, white space included.
"""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa

from corpusmill.batch import Int64s, TextBatch
from corpusmill.segment.pieces import newline_lines
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio, quotients
from corpusmill.signals.registry import signal
from corpusmill.signals.tokenized import tokenized, with_tokenizer

SOURCE = "datatrove 0.10.1, GopherRepetitionFilter; Gopher §3"
FAMILY = "gopher_repetition"  # apart from the counts of tokens, which rules want of texts whose n-grams they do not
TOP = (2, 4)  # least and greatest n
DUPLICATE = (5, 10)


def duplicate_paragraphs(batch: TextBatch) -> spans.Duplicates:
    """Of the pieces of the stripped text between two or more U+000A. Call through `batch.once`."""
    return spans.duplicates(batch, batch.once(spans.paragraphs))


def duplicate_lines(batch: TextBatch) -> spans.Duplicates:
    """Of the pieces of the text between one or more U+000A. Call through `batch.once`.

    A text that begins or ends with U+000A has an empty piece there; of two the second is a duplicate.
    """
    lines = batch.once(newline_lines)
    found = spans.duplicates(batch, spans.kept(lines, lines.starts < lines.ends))
    first, last = spans.newline_first(batch), spans.newline_last(batch)
    return spans.Duplicates(found.pieces + first + last, found.duplicates + (first & last), found.duplicate_chars)


@signal(
    "gopher_duplicate_paragraph_fraction",
    dtype=pa.float64(),
    unit="fraction of paragraphs",
    source=SOURCE,
    version=1,
    family="gopher",
)
def gopher_duplicate_paragraph_fraction(batch: TextBatch) -> pa.Array:
    """Paragraphs equal to one before, over all: pieces of the stripped text between two or more U+000A.

    0.0 for a text of white space, null for an empty one.
    """
    found = batch.once(duplicate_paragraphs)
    return pa.array(quotients(found.duplicates, found.pieces), pa.float64(), mask=batch.chars == 0)


@signal(
    "gopher_duplicate_paragraph_char_fraction",
    dtype=pa.float64(),
    unit="fraction of chars",
    source=SOURCE,
    version=1,
    family="gopher",
)
def gopher_duplicate_paragraph_char_fraction(batch: TextBatch) -> pa.Array:
    """Characters of the paragraphs that equal one before, over those of the text; null for an empty text."""
    return exact_ratio(batch.once(duplicate_paragraphs).duplicate_chars, batch.chars)


@signal(
    "gopher_duplicate_line_fraction",
    dtype=pa.float64(),
    unit="fraction of lines",
    source=SOURCE,
    version=1,
    family="gopher",
)
def gopher_duplicate_line_fraction(batch: TextBatch) -> pa.Array:
    """Lines equal to one before, over all: pieces of the text between one or more U+000A; null for an empty text.

    Lines are compared as they are, white space too. U+000A at the start or the end of the text makes an empty line.
    """
    found = batch.once(duplicate_lines)
    return exact_ratio(found.duplicates, found.pieces)


@signal(
    "gopher_duplicate_line_char_fraction",
    dtype=pa.float64(),
    unit="fraction of chars",
    source=SOURCE,
    version=1,
    family="gopher",
)
def gopher_duplicate_line_char_fraction(batch: TextBatch) -> pa.Array:
    """Characters of the lines that equal one before, over those of the text; null for an empty text."""
    return exact_ratio(batch.once(duplicate_lines).duplicate_chars, batch.chars)


def top_ngram_chars(batch: TextBatch, tokenizer: str) -> tuple[Int64s, Int64s]:
    """[n, 3] characters of the most frequent n-gram times its occurrences, and [n] tokens; through `batch.once`.

    One blank stands between tokens. Of equally frequent n-grams the first counts, be it the only one of its kind.
    """
    from corpusmill.kernels.words.ngrams import measure_repetition
    from corpusmill.kernels.words.token_ngrams import first_chars
    from corpusmill.segment.tokenize import tokens

    found, rows = tokens(batch, tokenizer), len(batch)
    sizes = TOP[1] - TOP[0] + 1
    chars, counts = (np.empty((rows, sizes), np.int64) for _ in range(2))
    ignored = np.empty((rows, 1), np.int64)
    distinct, totals, entropies = np.empty(rows, np.int64), np.empty(rows, np.int64), np.empty(rows, np.float64)
    words = (found.hashes, found.lengths, found.offsets)
    measure_repetition(*words, TOP, (TOP[1], TOP[1]), False, distinct, totals, entropies, chars, counts, ignored)
    once = np.empty((rows, sizes), np.int64)
    first_chars(found.lengths, found.offsets, TOP, once)
    blanks = np.arange(TOP[0], TOP[1] + 1) - 1
    repeats = counts > 0
    return (np.where(repeats, chars, once) + blanks) * np.where(repeats, counts, 1), found.counts


def duplicate_ngram_chars(batch: TextBatch, tokenizer: str) -> Int64s:
    """[n, 6] characters of duplicate n-grams, see kernels/words/token_ngrams.py. Call through `batch.once`."""
    from corpusmill.kernels.words.token_ngrams import copied_ngram_chars
    from corpusmill.segment.tokenize import tokens

    found = tokens(batch, tokenizer)
    chars = np.empty((len(batch), DUPLICATE[1] - DUPLICATE[0] + 1), np.int64)
    copied_ngram_chars(found.hashes, found.powers, found.lengths, found.offsets, DUPLICATE, chars)
    return chars


def _top(n: int, batch: TextBatch, tokenizer: str) -> pa.Array:
    chars, tokens = batch.once(with_tokenizer(top_ngram_chars, tokenizer))
    return pa.array(quotients(chars[:, n - TOP[0]], batch.chars), pa.float64(), mask=tokens < n)


def _duplicate(n: int, batch: TextBatch, tokenizer: str) -> pa.Array:
    chars = batch.once(with_tokenizer(duplicate_ngram_chars, tokenizer))
    return exact_ratio(chars[:, n - DUPLICATE[0]], batch.chars)


for _n in range(TOP[0], TOP[1] + 1):
    tokenized(
        f"gopher_top_{_n}gram_char_fraction",
        functools.partial(_top, _n),
        f"Characters of the most frequent run of {_n} tokens times its occurrences, over those of the text.\n\n"
        "A blank stands between tokens. Of equals the first counts, even one that occurs once; above 1 where\n"
        f"occurrences overlap. Null under {_n} tokens.",
        dtype=pa.float64(),
        unit="fraction of chars",
        source=SOURCE,
        version=1,
        family=FAMILY,
    )
for _n in range(DUPLICATE[0], DUPLICATE[1] + 1):
    tokenized(
        f"gopher_duplicate_{_n}gram_char_fraction",
        functools.partial(_duplicate, _n),
        f"Characters of the runs of {_n} tokens that spell what one before did, over those of the text.\n\n"
        "They are compared joined without a blank, from the first token on; behind a run that is found the scan goes\n"
        f"on. 0.0 under {_n} tokens, null for an empty text.",
        dtype=pa.float64(),
        unit="fraction of chars",
        source=SOURCE,
        version=1,
        family=FAMILY,
    )
