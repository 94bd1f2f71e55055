"""Gopher's quality statistics as datatrove 0.10.1 counts them (Gopher specification §2, §4).

Symbols to words is `gopher_hash_count / gopher_token_count_T`, and so for ellipses: the denominator is all tokens.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from corpusmill.batch import Int64s, TextBatch
from corpusmill.segment.tokens import ALPHABETIC, SYMBOL
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio
from corpusmill.signals.fineweb2 import fineweb2_settings
from corpusmill.signals.listed import Listed, listed
from corpusmill.signals.registry import signal
from corpusmill.signals.tokenized import tokenized, with_tokenizer

SOURCE = "datatrove 0.10.1, GopherQualityFilter; Gopher §2"
STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")
BULLETS = ("•", "-")
ELLIPSES = ("...", "…")


@signal("gopher_char_count", dtype=pa.int64(), unit="chars", source=SOURCE, version=1, family="gopher")
def gopher_char_count(batch: TextBatch) -> pa.Array:
    """Code points of the text, white space and all."""
    return pa.array(batch.chars, pa.int64())


@signal("gopher_hash_count", dtype=pa.int64(), unit="occurrences", source=SOURCE, version=1, family="gopher")
def gopher_hash_count(batch: TextBatch) -> pa.Array:
    """Occurrences of `#` in the text."""
    return pa.array(batch.once(symbols).number_signs, pa.int64())


@signal("gopher_ellipsis_count", dtype=pa.int64(), unit="occurrences", source=SOURCE, version=1, family="gopher")
def gopher_ellipsis_count(batch: TextBatch) -> pa.Array:
    """Occurrences of `...`, not overlapping, and of U+2026 in the text."""
    found = batch.once(symbols)
    return pa.array(found.dots + found.ellipses, pa.int64())


@signal(
    "gopher_bullet_line_fraction",
    dtype=pa.float64(),
    unit="fraction of lines",
    source=SOURCE,
    version=1,
    family="gopher",
)
def gopher_bullet_line_fraction(batch: TextBatch) -> pa.Array:
    """Lines of `str.splitlines` that begin with `•` or `-` behind white space, over all; null without lines."""
    lines = batch.once(stripped_universal_lines)
    return exact_ratio(lines.totals(spans.start_with(batch, lines, *BULLETS)), lines.counts)


@signal(
    "gopher_ellipsis_line_fraction",
    dtype=pa.float64(),
    unit="fraction of lines",
    source=SOURCE,
    version=1,
    family="gopher",
)
def gopher_ellipsis_line_fraction(batch: TextBatch) -> pa.Array:
    """Lines of `str.splitlines` that end with `...` or U+2026 before white space, over all; null without lines."""
    lines = batch.once(stripped_universal_lines)
    return exact_ratio(lines.totals(spans.end_with(batch, lines, *ELLIPSES)), lines.counts)


@dataclass(frozen=True)
class Symbols:
    """Occurrences in each text."""

    number_signs: Int64s  # `#`
    dots: Int64s  # `...`, not overlapping
    ellipses: Int64s  # U+2026


def symbols(batch: TextBatch) -> Symbols:
    """Call through `batch.once`."""
    from corpusmill.kernels.tokens import COUNTS, DOTS, ELLIPSES, NUMBER_SIGNS, count_symbols

    counts = np.zeros((len(batch), COUNTS), np.int64)
    count_symbols(batch.data, batch.masks, batch.blocks, batch.offsets, counts)
    return Symbols(counts[:, NUMBER_SIGNS], counts[:, DOTS], counts[:, ELLIPSES])


def stripped_universal_lines(batch: TextBatch) -> spans.Spans:
    """Lines of `str.splitlines` without the white space around them, empty ones too. Call through `batch.once`."""
    return spans.stripped(batch, batch.once(spans.universal_lines))


@dataclass(frozen=True)
class Kinds:
    """Tokens of each text by kind."""

    tokens: Int64s
    words: Int64s  # not all characters are symbols
    word_chars: Int64s
    alphabetic: Int64s  # some character is a letter


def kinds(batch: TextBatch, tokenizer: str) -> Kinds:
    """Call through `batch.once(with_tokenizer(kinds, …))`."""
    from corpusmill.kernels.token_statistics import COUNTS, count_kinds
    from corpusmill.segment.tokenize import tokens

    found = tokens(batch, tokenizer)
    counts = np.empty((len(batch), COUNTS), np.int64)
    count_kinds(found.kinds, found.lengths, found.offsets, SYMBOL, ALPHABETIC, counts)
    return Kinds(found.counts, *np.ascontiguousarray(counts.T))


def stop_words(batch: TextBatch, tokenizer: str) -> Listed:
    """Gopher's stop words, case-sensitive. Call through `batch.once(with_tokenizer(stop_words, …))`."""
    return listed(batch, tokenizer, STOP_WORDS)


def _token_count(batch: TextBatch, tokenizer: str) -> pa.Array:
    return pa.array(batch.once(with_tokenizer(kinds, tokenizer)).tokens, pa.int64())


def _word_count(batch: TextBatch, tokenizer: str) -> pa.Array:
    return pa.array(batch.once(with_tokenizer(kinds, tokenizer)).words, pa.int64())


def _mean_word_length(batch: TextBatch, tokenizer: str) -> pa.Array:
    found = batch.once(with_tokenizer(kinds, tokenizer))
    return exact_ratio(found.word_chars, found.words)


def _alpha_token_fraction(batch: TextBatch, tokenizer: str) -> pa.Array:
    found = batch.once(with_tokenizer(kinds, tokenizer))
    return exact_ratio(found.alphabetic, found.tokens)


def _distinct_stop_words(batch: TextBatch, tokenizer: str) -> pa.Array:
    return pa.array(batch.once(with_tokenizer(stop_words, tokenizer)).distinct, pa.int64())


def _stop_words(batch: TextBatch, tokenizer: str) -> pa.Array:
    return pa.array(batch.once(with_tokenizer(stop_words, tokenizer)).occurrences, pa.int64())


def _fineweb2_distinct_stop_words(batch: TextBatch, tokenizer: str) -> pa.Array:
    settings = fineweb2_settings(batch.language)
    if settings is None:
        return pa.nulls(len(batch), pa.int64())
    return pa.array(listed(batch, tokenizer, settings.stop_words).distinct, pa.int64())


_quality = functools.partial(tokenized, source=SOURCE, version=1)
_quality("gopher_token_count", _token_count, "Tokens of the text, symbols too.", dtype=pa.int64(), unit="tokens")
_quality(
    "gopher_word_count",
    _word_count,
    "Tokens with a character that is no symbol (datatrove's set of punctuation, which lacks `•`).",
    dtype=pa.int64(),
    unit="words",
)
_quality(
    "gopher_mean_word_length",
    _mean_word_length,
    "Characters of the words (tokens with a character that is no symbol) over words; null without words.",
    dtype=pa.float64(),
    unit="chars",
)
_quality(
    "gopher_alpha_token_fraction",
    _alpha_token_fraction,
    "Tokens with a letter over all tokens, symbols too; null without tokens.",
    dtype=pa.float64(),
    unit="fraction of tokens",
)
_quality(
    "gopher_distinct_stop_words",
    _distinct_stop_words,
    "How many of `the be to of and that have with` are tokens of the text; case-sensitive.",
    dtype=pa.int64(),
    unit="words",
)
_quality(
    "gopher_stop_words",
    _stop_words,
    "Tokens that are one of `the be to of and that have with`; case-sensitive.",
    dtype=pa.int64(),
    unit="words",
)
tokenized(
    "fineweb2_distinct_stop_words",
    _fineweb2_distinct_stop_words,
    "How many of FineWeb-2's stop words of the language are tokens of the text; null for languages without a list.",
    dtype=pa.int64(),
    unit="words",
    source="FineWeb-2; FineWeb §6",
    version=1,
    tokenizers=("spacy", "nltk", "fast"),
)
