"""The best label of each text by a fastText classifier: tokens → rows → mean → label.

Every addition, rounding and tie follows fastText 0.9.2, so labels and probabilities are bit for bit those of the C++
program built without fused multiplication. How a text becomes numbers:

    tokens    between the bytes of SEPARATORS, then the end of the line, `</s>`; `</s>` in a text ends it there
    rows      of each token: its own, if the dictionary has it, and one for each n-gram of characters of `<token>`;
              then one for each n-gram of words; labels among the tokens have none
    hashes    FNV-1a of 32 bits over *signed* bytes; n-grams fall into buckets by the remainder
    hidden    the mean of the rows, summed one after the other in float32
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek32, peek64, poke8, poke64, popcount, trailing_zeros
from corpusmill.kernels.characters.tables import Unicode
from corpusmill.kernels.fasttext.memo import memo_slot, recall, remember
from corpusmill.kernels.fasttext.output import best_output
from corpusmill.kernels.fasttext.text import joined_lines, without_line_feeds
from corpusmill.kernels.hashes.hashing import mix
from corpusmill.kernels.words.word_keys import MOST_BYTES, has_key, word_key
from corpusmill.machine_code.jit import cgutils, inlined, ir, kernel, primitive, types

_NARROW, _WIDE, _WIDEST = 16, 64, 128  # floats that are read at a time
BEHIND = _WIDEST  # floats behind the last row that may be read
_ROWS = 2048  # collected before they are summed
MOST_LONGEST = 64  # characters of an n-gram, for words to be remembered
_ROOM = 1 + (MOST_BYTES + 3) * MOST_LONGEST  # for the rows of a word that is
_NOTHING = np.uint64(0)
_WORD_FACTOR = np.uint64(116049371)
_BASIS, _PRIME, _32_BITS = 2166136261, 16777619, 0xFFFFFFFF
_SEPARATORS = sum(1 << byte for byte in b" \n\r\t\v\f\0")
_HIGH, _UP_TO_BLANK = np.uint64(0x8080808080808080), np.uint64(0x2121212121212121)
_END_OF_LINE = int.from_bytes(b"</s>", "little")
_LABEL, _LABEL_LAST, _LABEL_LENGTH = np.uint64(int.from_bytes(b"__label_", "little")), ord("_"), len("__label__")

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
    magic: np.uint64  # 2⁶⁴ / buckets, rounded up: see `remainder`
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


@primitive
def remainder(typing: Any, value: Any, magic: Any, divisor: Any) -> Any:
    """value mod divisor of 32-bit numbers, by the fraction of value / divisor in 64 bits times divisor."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        fraction = builder.mul(arguments[0], arguments[1])
        product = builder.mul(builder.zext(fraction, wide), builder.zext(arguments[2], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.int64(types.int64, types.uint64, types.int64), generate


def _adder(lanes: int) -> Any:
    """Code that adds `count` rows to the `lanes` floats at `total`, one after the other."""
    vector, number = ir.VectorType(ir.FloatType(), lanes), ir.IntType(64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total, rows, count, matrix, stride = arguments
        target = builder.inttoptr(total, vector.as_pointer())
        sums = cgutils.alloca_once_value(builder, builder.load(target, align=4))
        with cgutils.for_range(builder, count) as loop:
            at = builder.add(rows, builder.mul(loop.index, ir.Constant(number, 8)))
            row = builder.load(builder.inttoptr(at, number.as_pointer()))
            at = builder.add(matrix, builder.mul(row, stride))
            values = builder.load(builder.inttoptr(at, vector.as_pointer()), align=4)
            builder.store(builder.fadd(builder.load(sums), values), sums)
        builder.store(builder.load(sums), target, align=4)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64, types.int64), generate


@primitive
def add_narrow(typing: Any, total: Any, rows: Any, count: Any, matrix: Any, stride: Any) -> Any:
    """Add rows to _NARROW sums."""
    return _adder(_NARROW)


@primitive
def add_wide(typing: Any, total: Any, rows: Any, count: Any, matrix: Any, stride: Any) -> Any:
    """Add rows to _WIDE sums."""
    return _adder(_WIDE)


@primitive
def add_widest(typing: Any, total: Any, rows: Any, count: Any, matrix: Any, stride: Any) -> Any:
    """Add rows to _WIDEST sums."""
    return _adder(_WIDEST)


@kernel
def add_rows(rows: Any, count: Any, model: Model, sums: Any) -> None:
    """Add the `count` rows at the address `rows` to the float32 at `sums`; sums behind the dimensions are undefined."""
    add_matrix_rows(rows, count, model.input, model.dimensions, sums)


@inlined
def add_matrix_rows(rows: Any, count: Any, matrix: Any, dimensions: Any, sums: Any) -> None:
    """`add_rows` of the matrix at an address; BEHIND floats behind its last row are read."""
    stride = 4 * dimensions
    at = 0
    while at < dimensions:
        left = dimensions - at
        if left <= _NARROW:
            add_narrow(sums + 4 * at, rows, count, matrix + 4 * at, stride)
            at += _NARROW
        elif left <= _WIDE:
            add_wide(sums + 4 * at, rows, count, matrix + 4 * at, stride)
            at += _WIDE
        else:
            add_widest(sums + 4 * at, rows, count, matrix + 4 * at, stride)
            at += _WIDEST


@inlined
def is_separator(byte: Any) -> Any:
    return byte <= 32 and (_SEPARATORS >> byte) & 1 == 1


@inlined
def hash_byte(state: Any, byte: Any) -> Any:
    """FNV-1a's next state; bytes from 128 on count as negative."""
    signed = byte if byte < 128 else byte | 0xFFFFFF00
    return ((state ^ signed) * _PRIME) & _32_BITS


@kernel
def hash_entry(at: Any, length: Any) -> Any:
    """Hash of the bytes at an address."""
    state = _BASIS
    for i in range(length):
        state = hash_byte(state, peek8(at + i))
    return state


@inlined
def same_bytes(a: Any, b: Any, length: Any) -> Any:
    i = 0
    while i < length and peek8(a + i) == peek8(b + i):
        i += 1
    return i == length


@inlined
def find_slot(model: Any, at: Any, length: Any, state: Any) -> Any:
    """Slot of the entry with these bytes, or the free one where it belongs; any table with a model's names will do."""
    slot = np.int64(mix(np.uint64(state))) & model.slot_mask
    while True:
        found = np.int64(peek64(model.slots + 8 * slot))
        if found == 0:
            return slot
        if (found >> 32) & _32_BITS == state:
            entry = (found & _32_BITS) - 1
            start = model.entries + np.int64(peek64(model.starts + 8 * entry))
            if same_bytes(start, at, length) and peek8(start + length) == 0:
                return slot
        slot = (slot + 1) & model.slot_mask


@inlined
def find_entry(model: Model, at: Any, length: Any, state: Any) -> Any:
    """Number of the dictionary entry with these bytes and this hash; -1: there is none."""
    found = np.int64(peek64(model.slots + 8 * find_slot(model, at, length, state)))
    return (found & _32_BITS) - 1


@kernel
def fill_slots(model: Model, entries: Any) -> None:
    """Enter the first `entries` entries; of equal ones the last counts."""
    for entry in range(entries):
        start = model.entries + np.int64(peek64(model.starts + 8 * entry))
        length = 0
        while peek8(start + length) != 0:
            length += 1
        state = hash_entry(start, length)
        slot = find_slot(model, start, length, state)
        poke64(model.slots + 8 * slot, np.uint64(state) << np.uint64(32) | np.uint64(entry + 1))


@kernel
def entry_of(model: Model, at: Any, length: Any) -> Any:
    """Number of the dictionary entry with these bytes; -1: there is none."""
    return find_entry(model, at, length, hash_entry(at, length))


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
        if count + model.longest > _ROWS:
            add_rows(rows, count, model, sums)
            added += count
            count = 0
        state = _BASIS
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
def _push_2_to_4(start: Any, end: Any, model: Model, rows: Any, count: Any) -> Any:
    """`push_ngrams` of 2 to 4 characters, all ASCII, for whose rows there is room: without a branch but at the end."""
    first = hash_byte(_BASIS, peek8(start))
    for at in range(start, end - 1):
        state = hash_byte(first, peek8(at + 1))
        first = hash_byte(_BASIS, peek8(at + 1))
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
        if count + model.word_ngrams > _ROWS:
            add_rows(rows, count, model, sums)
            added += count
            count = 0
        for last in range(first + 1, min(words, first + model.word_ngrams)):
            state = state * _WORD_FACTOR + np.uint64(hashes[last])
            count = push_bucket(np.int64(state % np.uint64(model.buckets)), model, rows, count)
    return count, added


@inlined
def is_label(at: Any, length: Any) -> Any:
    if length < _LABEL_LENGTH:
        return False
    return peek64(at) == _LABEL and peek8(at + 8) == _LABEL_LAST


@inlined
def is_end_of_line(at: Any, length: Any) -> Any:
    return length == 4 and peek32(at) == _END_OF_LINE


@inlined
def token_end(at: Any, limit: Any) -> Any:
    """The separator behind the token at an address, or `limit`, behind which eight bytes may be read."""
    while at < limit:
        word = peek64(at)
        small = (word - _UP_TO_BLANK) & ~word & _HIGH  # its lowest bit is right: the first byte up to the blank
        at += trailing_zeros(small) >> 3
        if small:
            if at >= limit or is_separator(peek8(at)):
                break
            at += 1
    return min(at, limit)


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
                if count + _ROOM > _ROWS:
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
        state = _BASIS
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
        if count == _ROWS:
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
                count = _push_2_to_4(start - 1, at + 1, model, rows, count)
            else:
                count, more = push_ngrams(start - 1, at + 1, seen < 128, model, rows, count, sums)
                added += more
            poke8(at, after)
        if slot:
            remember(slot, first, second, rows, before, count)
    if model.end_of_line < model.words:
        if model.end_of_line >= 0:
            if count == _ROWS:
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
    rows = np.empty(_ROWS + 1, np.int64)
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
