"""Stochastic gradient descent of fastText's supervised model: softmax over the mean of the rows of a text.

Sums, products and roundings are those of fastText 0.9.2 on one thread: float32, one term after the other.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import address, poke64
from corpusmill.kernels.fasttext.output import softmax
from corpusmill.kernels.fasttext.sums import BEHIND, add_matrix_rows
from corpusmill.kernels.hashes.hashing import SPLITMIX_STEP, splitmix
from corpusmill.machine_code.jit import cgutils, inlined, ir, kernel, primitive, types

_WORD_FACTOR = np.uint64(116049371)
_ZERO = np.float32(0)
_LANES = 4  # floats that are changed at a time; what is left of a row is changed one by one

TOKENS, WAITING, EXAMPLES, IS_NAN = range(4)  # of `progress`


class Texts(NamedTuple):
    """Texts as numbers of words, and what each word stands for."""

    tokens: Any  # int32
    ends: Any  # int64: where each text ends in `tokens`
    labels: Any  # int32: of each text; -1: none
    order: Any  # int64: numbers of texts, as they are learned
    hashes: Any  # int64: of each word, signed
    word_rows: Any  # int64: rows of the words, one after the other
    word_ends: Any  # int64: where those of each word end; empty: word i has row i, if it is one of the first `words`


class Schedule(NamedTuple):
    """What does not change while a model learns."""

    words: int  # with rows of their own
    word_ngrams: int
    buckets: int
    dimensions: int
    labels: int
    tokens: int  # to read in all
    rate: float
    rate_update: int  # tokens after which the rate falls


@primitive
def add_to_rows(typing: Any, rows: Any, count: Any, matrix: Any, stride: Any, floats: Any, addend: Any) -> Any:
    """Add the `floats` float32 at `addend` to each of `count` rows of a matrix, one row after the other."""
    number, real = ir.IntType(64), ir.FloatType()
    vector = ir.VectorType(real, _LANES)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, count, matrix, stride, floats, addend = arguments
        size = ir.Constant(number, 4)
        blocks = builder.udiv(floats, ir.Constant(number, _LANES))

        def add(row: Any, index: Any, kind: Any) -> None:
            offset = builder.mul(index, size)
            target = builder.inttoptr(builder.add(row, offset), kind.as_pointer())
            source = builder.inttoptr(builder.add(addend, offset), kind.as_pointer())
            changed = builder.fadd(builder.load(target, align=4), builder.load(source, align=4))
            builder.store(changed, target, align=4)

        with cgutils.for_range(builder, count) as each:
            at = builder.add(rows, builder.mul(each.index, ir.Constant(number, 8)))
            index = builder.load(builder.inttoptr(at, number.as_pointer()))
            row = builder.add(matrix, builder.mul(index, stride))
            with cgutils.for_range(builder, blocks) as block:
                add(row, builder.mul(block.index, ir.Constant(number, _LANES)), vector)
            done = builder.mul(blocks, ir.Constant(number, _LANES))
            with cgutils.for_range_slice(builder, done, floats, ir.Constant(number, 1), number) as (index, _):
                add(row, index, real)
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 6), generate


@inlined
def _rows_of(text: Any, texts: Texts, schedule: Schedule, rows: Any) -> Any:
    """Write the rows of a text at the address `rows`: words, then n-grams of words; returns how many."""
    start = texts.ends[text - 1] if text > 0 else 0
    end = texts.ends[text]
    count = 0
    for i in range(start, end):
        word = np.int64(texts.tokens[i])
        if len(texts.word_ends) == 0:
            if word < schedule.words:
                poke64(rows + 8 * count, np.uint64(word))
                count += 1
            continue
        for k in range(texts.word_ends[word - 1] if word > 0 else 0, texts.word_ends[word]):
            poke64(rows + 8 * count, np.uint64(texts.word_rows[k]))
            count += 1
    if schedule.word_ngrams > 1:
        for first in range(start, end):
            state = np.uint64(texts.hashes[texts.tokens[first]])
            for last in range(first + 1, min(end, first + schedule.word_ngrams)):
                state = state * _WORD_FACTOR + np.uint64(texts.hashes[texts.tokens[last]])
                bucket = np.int64(state % np.uint64(schedule.buckets))
                poke64(rows + 8 * count, np.uint64(schedule.words + bucket))
                count += 1
    return count


@kernel
def most_rows(texts: Texts, schedule: Schedule) -> Any:
    """Rows of the text that has most of them, or more."""
    most = 0
    start = 0
    for text in range(len(texts.ends)):
        count = (texts.ends[text] - start) * max(schedule.word_ngrams, 1)
        if len(texts.word_ends) > 0:
            for i in range(start, texts.ends[text]):
                word = texts.tokens[i]
                count += texts.word_ends[word] - (texts.word_ends[word - 1] if word > 0 else 0)
        most = max(most, count)
        start = texts.ends[text]
    return most


@inlined
def _learn(
    count: Any, label: Any, rate: Any, schedule: Schedule, rows: Any, input_: Any, output: Any, work: Any
) -> Any:
    """One step down the gradient, for a text of `count` rows; its loss, NaN where the weights overflow."""
    hidden, gradient, scores = work
    size = schedule.dimensions
    hidden[:] = 0
    add_matrix_rows(rows, count, input_, size, address(hidden))
    share = np.float32(1.0 / count)
    for k in range(size):
        hidden[k] *= share
        gradient[k] = 0
    most = np.float32(-np.inf)
    for i in range(schedule.labels):
        score = _ZERO
        for k in range(size):
            score += output[i, k] * hidden[k]
        if math.isnan(score):
            return np.float64(np.nan)
        scores[i] = score
        most = max(most, score)
    softmax(scores, schedule.labels, most)
    for i in range(schedule.labels):
        step = np.float32(rate * ((np.float32(1) if i == label else _ZERO) - scores[i]))
        for k in range(size):
            gradient[k] += step * output[i, k]
        for k in range(size):
            output[i, k] += step * hidden[k]
    for k in range(size):
        gradient[k] *= share
    add_to_rows(rows, count, input_, 4 * size, size, address(gradient))
    return -math.log(np.float64(scores[label]) + 1e-5)


@kernel
def learn_texts(
    texts: Texts, schedule: Schedule, input_: Any, output: Any, rows: Any, progress: Any, most_texts: Any
) -> Any:
    """Learn up to `most_texts` texts, going on where `progress` says; the sum of their losses.

    `input_` is flat float32 with BEHIND floats behind the last row, `output` float32 [labels, dimensions], `rows` int64
    [most_rows]. `progress`, int64: tokens counted, tokens not yet counted, texts learned, whether a weight is no number
    (then it stops). All is learned when `progress[TOKENS]` reaches `schedule.tokens`; the order begins anew where it
    ends.
    """
    work = (
        np.zeros(schedule.dimensions + BEHIND, np.float32),
        np.zeros(schedule.dimensions, np.float32),
        np.zeros(schedule.labels, np.float32),
    )
    loss = 0.0
    for _ in range(most_texts):
        if progress[TOKENS] >= schedule.tokens:
            break
        done = np.float32(progress[TOKENS]) / np.float32(schedule.tokens)
        rate = np.float32(schedule.rate * (1.0 - np.float64(done)))
        text = texts.order[progress[EXAMPLES] % len(texts.order)]
        progress[EXAMPLES] += 1
        progress[WAITING] += texts.ends[text] - (texts.ends[text - 1] if text > 0 else 0) + 1
        if texts.labels[text] >= 0:
            count = _rows_of(text, texts, schedule, address(rows))
            if count > 0:
                lost = _learn(count, texts.labels[text], rate, schedule, address(rows), address(input_), output, work)
                if math.isnan(lost):
                    progress[IS_NAN] = 1
                    break
                loss += lost
        if progress[WAITING] > schedule.rate_update:
            progress[TOKENS] += progress[WAITING]
            progress[WAITING] = 0
    return loss


@kernel
def fill_uniform(weights: Any, limit: Any, seed: Any) -> None:
    """Fill with numbers in [-limit, limit), each a hash (SplitMix64) of the seed and its place."""
    start = splitmix(np.uint64(seed) + SPLITMIX_STEP)
    for i in range(len(weights)):
        bits = splitmix(start + np.uint64(i + 1) * SPLITMIX_STEP)
        fraction = np.float64(bits >> np.uint64(40)) * (2.0**-23) - 1.0
        weights[i] = np.float32(fraction * limit)
