"""What several signals of Gopher's quality rules share (Gopher specification §2, §4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corpusmill.batch import Int64s, TextBatch
from corpusmill.segment.tokens import ALPHABETIC, EARLY_SYMBOL, SYMBOL
from corpusmill.signals.listed import Listed, listed

STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")


@dataclass(frozen=True)
class Symbols:
    """Occurrences in each text."""

    number_signs: Int64s  # `#`
    dots: Int64s  # `...`, not overlapping
    ellipses: Int64s  # U+2026


def symbols(batch: TextBatch) -> Symbols:
    """Call through `batch.once`."""
    from corpusmill.kernels.words.tokens import COUNTS, DOTS, ELLIPSES, NUMBER_SIGNS, count_symbols

    counts = np.zeros((len(batch), COUNTS), np.int64)
    count_symbols(batch.data, batch.masks, batch.blocks, batch.offsets, counts)
    return Symbols(counts[:, NUMBER_SIGNS], counts[:, DOTS], counts[:, ELLIPSES])


@dataclass(frozen=True)
class Kinds:
    """Tokens of each text by kind."""

    tokens: Int64s
    words: Int64s  # not all characters are symbols
    word_chars: Int64s
    alphabetic: Int64s  # some character is a letter


def kinds(batch: TextBatch, tokenizer: str) -> Kinds:
    """Call through `batch.once(with_tokenizer(kinds, …))`."""
    return _kinds(batch, tokenizer, SYMBOL)


def early_kinds(batch: TextBatch, tokenizer: str) -> Kinds:
    """The same with the symbols of datatrove 0.2.0. Call through `batch.once(with_tokenizer(early_kinds, …))`."""
    return _kinds(batch, tokenizer, EARLY_SYMBOL)


def _kinds(batch: TextBatch, tokenizer: str, symbol: int) -> Kinds:
    from corpusmill.kernels.words.token_statistics import COUNTS, count_kinds
    from corpusmill.segment.tokenize import tokens

    found = tokens(batch, tokenizer)
    counts = np.empty((len(batch), COUNTS), np.int64)
    count_kinds(found.kinds, found.lengths, found.offsets, symbol, ALPHABETIC, counts)
    return Kinds(found.counts, *np.ascontiguousarray(counts.T))


def stop_words(batch: TextBatch, tokenizer: str) -> Listed:
    """Gopher's stop words, case-sensitive. Call through `batch.once(with_tokenizer(stop_words, …))`."""
    return listed(batch, tokenizer, STOP_WORDS)
