"""Rows of n-grams: of the characters of a token, and of words. Each falls into a bucket, which may have a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import peek8, peek64, poke64, popcount
from corpusmill.kernels.fasttext.dictionary import HASH_BASIS, hash_byte
from corpusmill.kernels.fasttext.model import ALL_BUCKETS, NO_BUCKETS, Model
from corpusmill.kernels.fasttext.sums import add_matrix_rows
from corpusmill.machine_code.jit import inlined, ir, kernel, primitive, types

MOST_ROWS = 2048  # collected before they are summed
_WORD_FACTOR = np.uint64(116049371)
_32_BITS = 0xFFFFFFFF


@primitive
def remainder(typing: Any, value: Any, magic: Any, divisor: Any) -> Any:
    """value mod divisor of 32-bit numbers, by the fraction of value / divisor in 64 bits times divisor."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        fraction = builder.mul(arguments[0], arguments[1])
        product = builder.mul(builder.zext(fraction, wide), builder.zext(arguments[2], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.int64(types.int64, types.uint64, types.int64), generate


@kernel
def add_rows(rows: Any, count: Any, model: Model, sums: Any) -> None:
    """Add the `count` rows at the address `rows` to the float32 at `sums`; sums behind the dimensions are undefined."""
    add_matrix_rows(rows, count, model.input, model.dimensions, sums)


@inlined
def push_bucket(bucket: Any, model: Model, rows: Any, count: Any) -> Any:
    """Append the row of a bucket, if it has one; returns the new count."""
    if model.kept == ALL_BUCKETS:
        poke64(rows + 8 * count, np.uint64(model.words + bucket))
        return count + 1
    if model.kept == NO_BUCKETS:
        return count
    block = np.int64(peek64(model.bucket_bits + 8 * (bucket >> 5)))
    below = np.uint64(block & ((1 << (bucket & 31)) - 1))
    rank = ((block >> 32) & _32_BITS) + popcount(below)
    poke64(rows + 8 * count, np.uint64(model.words + rank))  # overwritten by the next if this bucket has no row
    return count + ((block >> (bucket & 31)) & 1)


@inlined
def push_ngrams(start: Any, end: Any, ascii_only: Any, model: Model, rows: Any, count: Any, sums: Any) -> Any:
    """Append the rows of the n-grams of the characters from `start` to `end`, which include the marks `<` and `>`.

    Adds to sums what does not fit. Returns the new count and how many were added to sums.
    """
    added = 0
    at = start
    while at < end:
        if count + model.longest > MOST_ROWS:
            add_rows(rows, count, model, sums)
            added += count
            count = 0
        state = HASH_BASIS
        to = at
        size = 0
        while to < end and size < model.longest:
            state = hash_byte(state, peek8(to))
            to += 1
            if not ascii_only:
                while to < end and peek8(to) & 0xC0 == 0x80:
                    state = hash_byte(state, peek8(to))
                    to += 1
            size += 1
            if size >= model.shortest and not (size == 1 and (at == start or to == end)):
                count = push_bucket(remainder(state, model.magic, model.buckets), model, rows, count)
        at += 1
        if not ascii_only:
            while at < end and peek8(at) & 0xC0 == 0x80:
                at += 1
    return count, added


@inlined
def push_2_to_4(start: Any, end: Any, model: Model, rows: Any, count: Any) -> Any:
    """`push_ngrams` of 2 to 4 characters, all ASCII, for whose rows there is room: without a branch but at the end."""
    first = hash_byte(HASH_BASIS, peek8(start))
    for at in range(start, end - 1):
        state = hash_byte(first, peek8(at + 1))
        first = hash_byte(HASH_BASIS, peek8(at + 1))
        count = push_bucket(remainder(state, model.magic, model.buckets), model, rows, count)
        if at + 2 < end:
            state = hash_byte(state, peek8(at + 2))
            count = push_bucket(remainder(state, model.magic, model.buckets), model, rows, count)
            if at + 3 < end:
                state = hash_byte(state, peek8(at + 3))
                count = push_bucket(remainder(state, model.magic, model.buckets), model, rows, count)
    return count


@inlined
def push_word_ngrams(hashes: Any, words: Any, model: Model, rows: Any, count: Any, sums: Any) -> Any:
    """Append the rows of the n-grams of words, as `push_ngrams` does."""
    added = 0
    for first in range(words):
        state = np.uint64(hashes[first])
        if count + model.word_ngrams > MOST_ROWS:
            add_rows(rows, count, model, sums)
            added += count
            count = 0
        for last in range(first + 1, min(words, first + model.word_ngrams)):
            state = state * _WORD_FACTOR + np.uint64(hashes[last])
            count = push_bucket(np.int64(state % np.uint64(model.buckets)), model, rows, count)
    return count, added
