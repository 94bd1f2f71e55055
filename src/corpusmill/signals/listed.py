"""Tokens that stand in a list of words."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from corpusmill.batch import Hashes, Int32s, Int64s, TextBatch, empty


@dataclass(frozen=True)
class Listed:
    """Of each text."""

    occurrences: Int64s  # tokens that are in the list
    distinct: Int64s  # entries of the list that are tokens


def listed(batch: TextBatch, tokenizer: str, words: tuple[str, ...]) -> Listed:
    """Tokens of each text that equal one of `words`, letter by letter."""
    from corpusmill.kernels.words.token_statistics import count_listed
    from corpusmill.segment.tokenize import tokens

    found, (table, hashes) = tokens(batch, tokenizer), _table(words)
    occurrences, distinct = empty(len(batch), np.int64), empty(len(batch), np.int64)
    count_listed(found.hashes, found.offsets, table, hashes, occurrences, distinct)
    return Listed(occurrences, distinct)


@functools.cache
def _table(words: tuple[str, ...]) -> tuple[Int32s, Hashes]:
    """A table to look hashes up in and the hashes of the distinct words, as in Tokens.hashes."""
    from corpusmill.kernels.matching.occurrences import make_set
    from corpusmill.segment.measure import measured

    given = TextBatch(pa.array(sorted({word for word in words if word}), pa.string()))
    one_each = np.arange(len(given) + 1)
    hashes = measured(given.data, given.offsets[:-1], given.offsets[1:], one_each).hashes
    return make_set(hashes), hashes
