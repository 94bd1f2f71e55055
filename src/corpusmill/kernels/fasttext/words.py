"""Texts as numbers of words, in the order in which words first occur: the dictionary that fastText trains with.

Tables have room for a text before it is read, so a kernel never grows them: it stops, and the caller does.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek64, poke8, poke64
from corpusmill.kernels.characters.tables import Unicode
from corpusmill.kernels.fasttext.dictionary import (
    HASH_BASIS,
    find_slot,
    hash_byte,
    hash_entry,
    is_end_of_line,
    is_label,
    is_separator,
)
from corpusmill.kernels.fasttext.ngrams import remainder
from corpusmill.kernels.fasttext.text import joined_lines
from corpusmill.kernels.hashes.hashing import mix
from corpusmill.machine_code.jit import inlined, kernel

END_OF_LINE = 0  # number of the word `</s>`
_32_BITS = 0xFFFFFFFF


class Words(NamedTuple):
    """Distinct words as addresses of arrays that the caller keeps alive."""

    slots: int  # uint64 [slot_mask + 1]: hash << 32 | number + 1, or 0
    slot_mask: int
    entries: int  # their bytes, each with a NUL behind
    starts: int  # int64: where each begins; one more than there are words
    hashes: int  # int64: FNV-1a of each, as fastText's n-grams of words take it (signed)


class Ngrams(NamedTuple):
    """n-grams of characters, and the buckets that they fall into."""

    shortest: int
    longest: int
    buckets: int
    magic: np.uint64  # 2⁶⁴ / buckets, rounded up: see `remainder`
    words: int  # rows before the buckets


@inlined
def add_word(words: Words, count: Any, slot: Any, at: Any, length: Any, state: Any) -> None:
    """Enter the bytes at an address as word number `count`."""
    start = np.int64(peek64(words.starts + 8 * count))
    for i in range(length):
        poke8(words.entries + start + i, peek8(at + i))
    poke8(words.entries + start + length, 0)
    poke64(words.starts + 8 * (count + 1), np.uint64(start + length + 1))
    poke64(words.hashes + 8 * count, np.uint64(state if state < 1 << 31 else state - (1 << 32)))
    poke64(words.slots + 8 * slot, np.uint64(state) << np.uint64(32) | np.uint64(count + 1))


@kernel
def add_end_of_line(words: Words, mark: Any) -> None:
    """Make `</s>`, whose bytes are at an address, the first word."""
    state = hash_entry(mark, 4)
    add_word(words, 0, find_slot(words, mark, 4, state), mark, 4, state)


@kernel
def fill_word_slots(words: Words, count: Any) -> None:
    """Enter `count` distinct words into empty slots."""
    for number in range(count):
        state = np.int64(peek64(words.hashes + 8 * number)) & _32_BITS
        slot = np.int64(mix(np.uint64(state))) & words.slot_mask
        while peek64(words.slots + 8 * slot) != 0:
            slot = (slot + 1) & words.slot_mask
        poke64(words.slots + 8 * slot, np.uint64(state) << np.uint64(32) | np.uint64(number + 1))


@kernel
def number_words(
    data: Any, offsets: Any, first: Any, tables: Unicode, words: Words, tokens: Any, ends: Any, used: Any, room: Any
) -> Any:
    """Append the numbers of each text's words to `tokens`, from text `first` on; `</s>` ends each text.

    `used`: how many tokens, words and bytes of words there are; `room`: how many fit. `ends[i]`: where text i ends in
    `tokens`. A text is what `joined_lines` makes of it; `</s>` in it ends it, labels in it are passed over. Returns the
    first text for which there may be no room, or how many texts there are.
    """
    longest = 0
    for i in range(first, len(offsets) - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    text = np.empty(longest + 16, np.uint8)
    out = address(text) + 8
    token, count = used[0], used[1]
    i = first
    while i < len(offsets) - 1:
        length = offsets[i + 1] - offsets[i]
        most = length // 2 + 2
        start_bytes = np.int64(peek64(words.starts + 8 * count))
        if token + most > room[0] or count + most > room[1] or start_bytes + length + most > room[2]:
            break
        at = out
        limit = joined_lines(data + offsets[i], data + offsets[i + 1], tables, out)
        while True:
            while at < limit and is_separator(peek8(at)):
                at += 1
            if at == limit:
                break
            start = at
            state = HASH_BASIS
            while at < limit:
                byte = peek8(at)
                if is_separator(byte):
                    break
                state = hash_byte(state, byte)
                at += 1
            if is_end_of_line(start, at - start):
                break
            if is_label(start, at - start):
                continue
            slot = find_slot(words, start, at - start, state)
            number = (np.int64(peek64(words.slots + 8 * slot)) & _32_BITS) - 1
            if number < 0:
                number = count
                add_word(words, count, slot, start, at - start, state)
                count += 1
            tokens[token] = number
            token += 1
        tokens[token] = END_OF_LINE
        token += 1
        ends[i] = token
        i += 1
    used[0], used[1], used[2] = token, count, np.int64(peek64(words.starts + 8 * count))
    return i


@inlined
def _ngrams_between(begin: Any, end: Any, ngrams: Ngrams, rows: Any, used: Any) -> Any:
    """Append the rows of the n-grams of the characters between two addresses, the marks `<` and `>` included."""
    at = begin
    while at < end:
        state = HASH_BASIS
        to = at
        size = 0
        while to < end and size < ngrams.longest:
            state = hash_byte(state, peek8(to))
            to += 1
            while to < end and peek8(to) & 0xC0 == 0x80:
                state = hash_byte(state, peek8(to))
                to += 1
            size += 1
            if size >= ngrams.shortest and not (size == 1 and (at == begin or to == end)):
                rows[used] = ngrams.words + remainder(state, ngrams.magic, ngrams.buckets)
                used += 1
        at += 1
        while at < end and peek8(at) & 0xC0 == 0x80:
            at += 1
    return used


@kernel
def word_rows(words: Words, order: Any, ngrams: Ngrams, rows: Any, ends: Any, first: Any) -> Any:
    """Rows of each word, its own and those of its n-grams of characters, from word `first` of `order` on.

    `ends[i]`: where those of word i end in `rows`. Returns the first word for which there may be no room, or how many
    words there are. `</s>` has no n-grams, words from `ngrams.words` on no row of their own.
    """
    used = ends[first - 1] if first > 0 else 0
    for i in range(first, len(order)):
        start = np.int64(peek64(words.starts + 8 * order[i]))
        length = np.int64(peek64(words.starts + 8 * order[i] + 8)) - 1 - start
        if used + 1 + (length + 2) * ngrams.longest > len(rows):
            return i
        if i < ngrams.words:
            rows[used] = i
            used += 1
        if order[i] != END_OF_LINE:
            marked = np.empty(length + 2, np.uint8)
            at = address(marked)
            poke8(at, 0x3C)
            for k in range(length):
                poke8(at + 1 + k, peek8(words.entries + start + k))
            poke8(at + 1 + length, 0x3E)
            used = _ngrams_between(at, at + length + 2, ngrams, rows, used)
        ends[i] = used
    return len(order)
