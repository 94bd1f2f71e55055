"""What the filters of DCLM-Baseline compare, counted as mlfoundations/dclm does at 361714bd (RefinedWeb §4, Gopher §3).

Lines are the pieces between U+000A, stripped, blank ones left out. Three kinds of words: those of UAX #29 and those of
fastText whose first character is a letter or a digit, and those between white space.
"""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch, empty
from corpusmill.segment.characters import character_kinds
from corpusmill.segment.tokens import ALPHANUMERIC_FIRST
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio
from corpusmill.signals.dclm_words import spaced_words, words
from corpusmill.signals.gopher_views import symbols
from corpusmill.signals.registry import signal

SOURCE = "mlfoundations/dclm 361714bd, content_filters; RefinedWeb §4"
SPACED_DOTS = ". . ."
BULLETS = ("●", "•", "*", "-")
ELLIPSES = ("...", SPACED_DOTS, "…")

_count = functools.partial(signal, dtype=pa.int64(), source=SOURCE, version=1, family="dclm")
_value = functools.partial(signal, dtype=pa.float64(), source=SOURCE, version=1, family="dclm")


@_count("dclm_uax29_word_count", unit="words")
def dclm_uax29_word_count(batch: TextBatch) -> pa.Array:
    """Words of UAX #29 whose first character is a letter or a digit: those of the n-grams."""
    return pa.array(batch.once(words).counts, pa.int64())


@_count("dclm_fasttext_word_count", unit="words")
def dclm_fasttext_word_count(batch: TextBatch) -> pa.Array:
    """Words of fastText whose first character is a letter or a digit; they are cut at blank, U+0009 to U+000D, U+0000.

    These are the words that a page has too few or too many of, and that line corrections may take a twentieth of.
    """
    from corpusmill.kernels.words.spaced_words import count_fasttext_words

    counts = empty(len(batch), np.int64)
    count_fasttext_words(batch.data, batch.offsets, character_kinds(), ALPHANUMERIC_FIRST, counts)
    return pa.array(counts, pa.int64())


@_count("dclm_white_space_word_count", unit="words")
def dclm_white_space_word_count(batch: TextBatch) -> pa.Array:
    """Words of `str.split`."""
    return pa.array(batch.once(spaced_words).words, pa.int64())


@_value("dclm_mean_word_length", unit="chars")
def dclm_mean_word_length(batch: TextBatch) -> pa.Array:
    """Characters of the words of `str.split` over words; null without words."""
    found = batch.once(spaced_words)
    return exact_ratio(found.chars, found.words)


@_value("dclm_non_alphabetic_word_fraction", unit="fraction of words")
def dclm_non_alphabetic_word_fraction(batch: TextBatch) -> pa.Array:
    """Words of `str.split` without a letter over words; null without words."""
    found = batch.once(spaced_words)
    return exact_ratio(found.non_alphabetic, found.words)


@_count("dclm_stop_words", unit="words")
def dclm_stop_words(batch: TextBatch) -> pa.Array:
    """Words of `str.split` that are, in any case, one of `the be to of and that have with`; each occurrence counts."""
    return pa.array(batch.once(spaced_words).stop_words, pa.int64())


@_count("dclm_symbol_count", unit="occurrences")
def dclm_symbol_count(batch: TextBatch) -> pa.Array:
    """Occurrences of `#`, `...`, `. . .` and U+2026 in the text, none of them overlapping another of its kind."""
    from corpusmill.kernels.matching.occurrences import count_substring

    found, spaced = batch.once(symbols), empty(len(batch), np.int64)
    wanted = np.frombuffer(SPACED_DOTS.encode(), np.uint8)
    count_substring(batch.data, batch.offsets[:-1], batch.offsets[1:], wanted, spaced)
    return pa.array(found.number_signs + found.dots + found.ellipses + spaced, pa.int64())


@_count("dclm_line_count", unit="lines")
def dclm_line_count(batch: TextBatch) -> pa.Array:
    """Lines that are not blank."""
    return pa.array(spans.counts(batch.once(spans.stripped_lines)), pa.int64())


@_count("dclm_bullet_line_count", unit="lines")
def dclm_bullet_line_count(batch: TextBatch) -> pa.Array:
    """Lines that begin with one of `● • * -`."""
    lines = batch.once(spans.stripped_lines)
    return pa.array(spans.totals(lines, spans.start_with(batch, lines, *BULLETS)), pa.int64())


@_count("dclm_ellipsis_line_count", unit="lines")
def dclm_ellipsis_line_count(batch: TextBatch) -> pa.Array:
    """Lines that end with `...`, `. . .` or U+2026."""
    lines = batch.once(spans.stripped_lines)
    return pa.array(spans.totals(lines, spans.end_with(batch, lines, *ELLIPSES)), pa.int64())
