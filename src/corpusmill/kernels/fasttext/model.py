"""A fastText classifier as the kernels see it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ALL_BUCKETS, NO_BUCKETS, SOME_BUCKETS = range(3)


class Model(NamedTuple):
    """A classifier as addresses (of arrays that the caller keeps alive) and numbers."""

    slots: int  # uint64 [slot_mask + 1]: hash << 32 | entry + 1, or 0
    slot_mask: int
    entries: int  # bytes of all dictionary entries
    starts: int  # int64 [entries]: where each begins; it ends before a NUL
    words: int  # entries below are words, the others labels
    end_of_line: int  # entry of `</s>`, or -1
    end_hash: int
    shortest: int  # n-grams of characters
    longest: int
    word_ngrams: int
    buckets: int
    magic: np.uint64  # 2⁶⁴ / buckets, rounded up: see `ngrams.remainder`
    kept: int  # ALL_BUCKETS, NO_BUCKETS, SOME_BUCKETS
    bucket_bits: int  # uint64 [buckets / 32]: 32 bits, which buckets are kept | how many are before these << 32
    dimensions: int
    input: int  # float32 [words + kept buckets, dimensions]
    output: int  # float32 [labels, dimensions]
    norms: int  # float32 [labels]: a factor for each product with a row of `output`
    labels: int
    loss: int
    children: int  # int32 [labels - 1, 2]: left and right below each inner node; leaves first, then inner nodes
    sigmoid: int  # float32 [513]
