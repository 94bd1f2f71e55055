"""The best label of each text by a fastText classifier: tokens → rows → mean → label.

Every addition, rounding and tie follows fastText 0.9.2, so labels and probabilities are bit for bit those of the C++
program built without fused multiplication. How a text becomes numbers:

    tokens    between the bytes of `is_separator`, then the end of the line, `</s>`; `</s>` in a text ends it there
    rows      of each token: its own, if the dictionary has it, and one for each n-gram of characters of `<token>`;
              then one for each n-gram of words; labels among the tokens have none
    hashes    FNV-1a of 32 bits over *signed* bytes; n-grams fall into buckets by the remainder
    hidden    the mean of the rows, summed one after the other in float32
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8, poke8, poke64
from corpusmill.kernels.characters.tables import Unicode
from corpusmill.kernels.fasttext.dictionary import (
    HASH_BASIS,
    find_entry,
    hash_byte,
    is_end_of_line,
    is_label,
    is_separator,
    token_end,
)
from corpusmill.kernels.fasttext.memo import memo_slot, recall, remember
from corpusmill.kernels.fasttext.model import Model
from corpusmill.kernels.fasttext.ngrams import MOST_ROWS, add_rows, push_2_to_4, push_ngrams, push_word_ngrams
from corpusmill.kernels.fasttext.output import best_output
from corpusmill.kernels.fasttext.sums import BEHIND
from corpusmill.kernels.fasttext.text import joined_lines, without_line_feeds
from corpusmill.kernels.words.word_keys import MOST_BYTES, has_key, word_key
from corpusmill.machine_code.jit import kernel

MOST_LONGEST = 64  # characters of an n-gram, for words to be remembered
_ROOM = 1 + (MOST_BYTES + 3) * MOST_LONGEST  # for the rows of a word that is
_NOTHING = np.uint64(0)


@kernel
def read_line(at: Any, limit: Any, model: Model, memo: Any, rows: Any, hashes: Any, sums: Any) -> Any:
    """Add up the rows of the line from the address `at` to `limit`; one byte on either side may be written.

    `memo`: address of what is remembered of words (0: nothing is), for a model without n-grams of words. Returns the
    number of rows and of tokens.
    """
    added = count = tokens = words = 0
    while True:
        while at < limit and is_separator(peek8(at)):
            at += 1
        if at == limit:
            break
        start = at
        slot, first, second = 0, _NOTHING, _NOTHING
        if memo:
            size = token_end(at, limit) - at
            if size <= MOST_BYTES:
                if count + _ROOM > MOST_ROWS:
                    add_rows(rows, count, model, sums)
                    added += count
                    count = 0
                first, second = word_key(at, size)
                slot = memo_slot(memo, first, second)
                if has_key(slot, first, second):
                    count = recall(slot, rows, count)
                    tokens += 1
                    at += size
                    continue
        before = count
        state = HASH_BASIS
        seen = 0
        while at < limit:
            byte = peek8(at)
            if is_separator(byte):
                break
            state = hash_byte(state, byte)
            seen |= byte
            at += 1
        tokens += 1
        if is_end_of_line(start, at - start):
            break
        entry = find_entry(model, start, at - start, state)
        if entry >= model.words or (entry < 0 and is_label(start, at - start)):
            continue
        if model.word_ngrams > 1:
            hashes[words] = state if state < 1 << 31 else state - (1 << 32)
            words += 1
        if count == MOST_ROWS:
            add_rows(rows, count, model, sums)
            added += count
            count = 0
        if entry >= 0:
            poke64(rows + 8 * count, np.uint64(entry))
            count += 1
        if model.longest > 0:
            after = peek8(at)
            poke8(start - 1, 0x3C)
            poke8(at, 0x3E)
            if slot and seen < 128 and model.shortest == 2 and model.longest == 4:
                count = push_2_to_4(start - 1, at + 1, model, rows, count)
            else:
                count, more = push_ngrams(start - 1, at + 1, seen < 128, model, rows, count, sums)
                added += more
            poke8(at, after)
        if slot:
            remember(slot, first, second, rows, before, count)
    if model.end_of_line < model.words:
        if model.end_of_line >= 0:
            if count == MOST_ROWS:
                add_rows(rows, count, model, sums)
                added += count
                count = 0
            poke64(rows + 8 * count, np.uint64(model.end_of_line))
            count += 1
        if model.word_ngrams > 1:
            hashes[words] = model.end_hash if model.end_hash < 1 << 31 else model.end_hash - (1 << 32)
            count, more = push_word_ngrams(hashes, words + 1, model, rows, count, sums)
            added += more
    add_rows(rows, count, model, sums)
    return added + count, tokens


@kernel
def best_labels(
    data: Any,
    offsets: Any,
    join: Any,
    tables: Unicode,
    model: Model,
    memo: Any,
    labels: Any,
    probabilities: Any,
    tokens: Any,
) -> None:
    """Best label (-1: none) of each text, its probability, and how many tokens the text has.

    `data` is the address of the UTF-8. `join`: lines are joined with one space and stripped (`joined_lines`); otherwise
    line feeds are deleted (`without_line_feeds`). Probabilities are q + 1e-5, as fastText reports them; NaN where the
    weights overflow. `memo`: see `read_line`.
    """
    longest = 0
    for i in range(len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    text = np.empty(longest + 16, np.uint8)
    rows = np.empty(MOST_ROWS + 1, np.int64)
    hashes = np.empty(longest // 2 + 2 if model.word_ngrams > 1 else 1, np.int64)
    hidden = np.empty(model.dimensions + BEHIND, np.float32)
    scores = np.empty(model.labels + 2, np.float32)
    nodes = np.empty(model.labels + 2, np.int64)
    for i in range(len(offsets) - 1):
        start, end, out = data + offsets[i], data + offsets[i + 1], address(text) + 8
        stop = joined_lines(start, end, tables, out) if join else without_line_feeds(start, end, out)
        hidden[:] = 0
        count, tokens[i] = read_line(out, stop, model, memo, address(rows), hashes, address(hidden))
        labels[i] = -1
        probabilities[i] = 0
        if count > 0:
            hidden *= np.float32(1.0 / count)
            labels[i], probabilities[i] = best_output(model, address(hidden), nodes, scores)
