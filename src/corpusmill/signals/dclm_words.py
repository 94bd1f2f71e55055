"""The words that DCLM counts (RefinedWeb specification §4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corpusmill.batch import Int64s, TextBatch, empty
from corpusmill.segment.characters import character_kinds
from corpusmill.segment.tokens import ALPHABETIC, ALPHANUMERIC_FIRST, Tokens
from corpusmill.signals.gopher_views import STOP_WORDS


def words(batch: TextBatch) -> Tokens:
    """Words of UAX #29 whose first character is a letter or a digit. Call through `batch.once`."""
    from corpusmill.segment.tokenize import tokens

    found = tokens(batch, "uax29")
    keep = found.kinds & ALPHANUMERIC_FIRST != 0
    before = np.concatenate(([0], np.cumsum(keep)))
    return Tokens(found.hashes[keep], found.powers[keep], found.lengths[keep], found.kinds[keep], before[found.offsets])


@dataclass(frozen=True)
class SpacedWords:
    """Words of `str.split` of each text."""

    words: Int64s
    chars: Int64s  # code points of all of them
    non_alphabetic: Int64s  # words without a letter
    stop_words: Int64s  # occurrences of Gopher's stop words, in any case


def spaced_words(batch: TextBatch) -> SpacedWords:
    """Call through `batch.once`."""
    from corpusmill.kernels.words import spaced_words as kernels

    offsets = empty(len(batch) + 1, np.int64)
    kernels.count_spaced_words(batch.masks, batch.blocks, offsets)
    starts, ends = empty(offsets[-1], np.int64), empty(offsets[-1], np.int64)
    kernels.find_spaced_words(batch.masks, batch.blocks, batch.offsets, starts, ends)
    counts = np.empty((len(batch), kernels.COUNTS), np.int64)
    listed = np.array([int.from_bytes(word.encode(), "big") for word in STOP_WORDS], np.uint64)
    text = (batch.data, batch.masks, batch.blocks, batch.offsets)
    kernels.measure_spaced_words(*text, starts, ends, offsets, character_kinds(), ALPHABETIC, listed, counts)
    return SpacedWords(np.diff(offsets), *np.ascontiguousarray(counts.T))
