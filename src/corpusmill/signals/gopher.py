"""Gopher's quality statistics as datatrove 0.10.1 counts them (Gopher specification §2, §4).

Symbols to words is `gopher_hash_count / gopher_token_count_T`, and so for ellipses: the denominator is all tokens.
"""

from __future__ import annotations

import functools

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.segment.pieces import stripped_lines
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio
from corpusmill.signals.fineweb2 import fineweb2_settings
from corpusmill.signals.gopher_views import kinds, stop_words, symbols
from corpusmill.signals.listed import listed
from corpusmill.signals.registry import signal
from corpusmill.signals.tokenized import tokenized, with_tokenizer

SOURCE = "datatrove 0.10.1, GopherQualityFilter; Gopher §2"
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
    lines = batch.once(stripped_lines)
    return exact_ratio(spans.totals(lines, spans.start_with(batch, lines, *BULLETS)), spans.counts(lines))


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
    lines = batch.once(stripped_lines)
    return exact_ratio(spans.totals(lines, spans.end_with(batch, lines, *ELLIPSES)), spans.counts(lines))


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
