"""Words between the default word boundaries of UAX #29 (Unicode 14.0), and their hashes.

A word is what lies between two boundaries: letters and digits with what joins them, a punctuation mark, a run of
spaces. Boundaries do not depend on what lies before a word, so words are found one after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek16
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.kernels.characters.word_break import (
    CLASS,
    CR,
    DOUBLE_QUOTE,
    EXTEND,
    EXTEND_NUM_LET,
    HEBREW,
    KATAKANA,
    LETTER,
    MID_LETTER,
    MID_NUM,
    MID_NUM_LET,
    NEWLINE,
    NUMERIC,
    OTHER,
    PICTOGRAPHIC,
    REGIONAL,
    SINGLE_QUOTE,
    SPACE,
    WHITE_SPACE,
    ZWJ,
    WordBreak,
)
from corpusmill.kernels.hashes.hashing import hash_bytes, splitmix
from corpusmill.machine_code.jit import inlined, kernel

# What the classes left and right of a place decide: a boundary, none, or what depends on the class after the right one.
_BREAK, _JOIN, _PAIR, _LETTER_AFTER, _QUOTE, _HEBREW_AFTER, _NUMBER_AFTER = range(7)


def _decisions() -> np.ndarray:
    table = np.zeros((CLASS + 1, CLASS + 1), np.uint8)
    letters, joiners = (LETTER, HEBREW), (LETTER, HEBREW, NUMERIC, KATAKANA)
    for left in (*letters, NUMERIC):
        for right in (*letters, NUMERIC):
            table[left, right] = _JOIN  # WB5, WB8, WB9, WB10
    table[KATAKANA, KATAKANA] = _JOIN  # WB13
    for each in joiners:
        table[each, EXTEND_NUM_LET] = table[EXTEND_NUM_LET, each] = _JOIN  # WB13a, WB13b
    table[EXTEND_NUM_LET, EXTEND_NUM_LET] = _JOIN
    for letter in letters:
        for middle in (MID_LETTER, MID_NUM_LET, SINGLE_QUOTE):
            table[letter, middle] = _LETTER_AFTER  # WB6, WB7
    for middle in (MID_NUM, MID_NUM_LET, SINGLE_QUOTE):
        table[NUMERIC, middle] = _NUMBER_AFTER  # WB11, WB12
    table[HEBREW, SINGLE_QUOTE] = _QUOTE  # WB7a, and WB6 where a letter follows
    table[HEBREW, DOUBLE_QUOTE] = _HEBREW_AFTER  # WB7b, WB7c
    table[REGIONAL, REGIONAL] = _PAIR  # WB15, WB16
    return table


_DECIDED = _decisions()


@inlined
def _kind(at: Any, tables: WordBreak) -> Any:
    """Class and bits of the code point at an address."""
    point = decode(at)
    if point < 256:
        return peek8(tables.latin + point)
    return peek8(tables.classes + (peek16(tables.stage1 + 2 * (point >> 8)) << 8) + (point & 0xFF))


@inlined
def _is_ignored(kind: Any) -> Any:
    return EXTEND <= kind & CLASS <= ZWJ


@inlined
def _letters_end(at: Any, end: Any, tables: WordBreak) -> Any:
    """The end of the ASCII letters from an address on: most of most texts."""
    while at < end and peek8(at) < 0x80 and peek8(tables.latin + peek8(at)) == LETTER:
        at += 1
    return at


@kernel
def word_end(at: Any, end: Any, tables: WordBreak) -> Any:
    """Where the word that begins at the address `at` < `end` ends."""
    last = base = _kind(at, tables) & CLASS  # the code point before, and the one before that is not ignored (WB4)
    at += width(peek8(at))
    if base <= NEWLINE and base != OTHER:
        return at + (base == CR and at < end and peek8(at) == 0x0A)  # WB3, WB3a
    while at < end:
        if last == LETTER:
            at = _letters_end(at, end, tables)
            if at == end:
                return at
        kind = _kind(at, tables)
        right = kind & CLASS
        after = at + width(peek8(at))
        if _is_ignored(kind):
            last, at = right, after
            continue
        if (last == ZWJ and kind & PICTOGRAPHIC) or (last == SPACE and right == SPACE):  # WB3c, WB3d
            last = base = right
            at = after
            continue
        decision = _DECIDED[base, right]
        if decision == _BREAK:
            return at
        if decision == _PAIR:
            right = OTHER
        elif decision != _JOIN:
            next_ = after
            while next_ < end and _is_ignored(_kind(next_, tables)):
                next_ += width(peek8(next_))
            third = _kind(next_, tables) & CLASS if next_ < end else OTHER
            if decision == _NUMBER_AFTER:
                joined = third == NUMERIC
            elif decision == _HEBREW_AFTER:
                joined = third == HEBREW
            else:
                joined = third in (LETTER, HEBREW)
            if joined:
                right = third
                after = next_ + width(peek8(next_))
            elif decision != _QUOTE:
                return at
        last = base = right
        at = after
    return at


@inlined
def is_blank(at: Any, end: Any, tables: WordBreak) -> Any:
    """Whether all code points are white space."""
    while at < end:
        if not _kind(at, tables) & WHITE_SPACE:
            return False
        at += width(peek8(at))
    return True


@kernel
def find_word_ends(data: Any, start: Any, end: Any, tables: WordBreak, ends: Any) -> Any:
    """Fill `ends` with the byte positions at which the words of data[start:end] end; returns their number."""
    origin = address(data)
    at, found = start, 0
    while at < end:
        at = word_end(origin + at, origin + end, tables) - origin
        ends[found] = at
        found += 1
    return found


@kernel
def find_words(data: Any, offsets: Any, tables: WordBreak, starts: Any, ends: Any, firsts: Any) -> None:
    """Fill the byte spans of the words of n texts, without those that are white space alone.

    data uint8 and offsets int64[n+1]: their UTF-8; there is room for a word a byte. firsts int64[n+1]: the first word
    of each text.
    """
    origin = address(data)
    found = 0
    firsts[0] = 0
    for text in range(len(offsets) - 1):
        at, end = origin + offsets[text], origin + offsets[text + 1]
        while at < end:
            stop = word_end(at, end, tables)
            if not is_blank(at, stop, tables):
                starts[found], ends[found] = at - origin, stop - origin
                found += 1
            at = stop
        firsts[text + 1] = found


@kernel
def hash_pieces(data: Any, starts: Any, ends: Any, tables: WordBreak, hashes: Any, offsets: Any) -> None:
    """Hashes of the words of each piece data[starts[p]:ends[p]], without those that are white space alone.

    `hashes` has room for a word a byte; offsets int64[pieces + 1]: the first word of each piece.
    """
    origin, limit = address(data), len(data)
    found = 0
    offsets[0] = 0
    for piece in range(len(starts)):
        at, end = origin + starts[piece], origin + ends[piece]
        while at < end:
            stop = word_end(at, end, tables)
            if not is_blank(at, stop, tables):
                hashes[found] = hash_bytes(origin, at - origin, stop - origin, limit)
                found += 1
            at = stop
        offsets[piece + 1] = found


@kernel
def ngram_keys(hashes: Any, offsets: Any, factors: Any, keys: Any, key_offsets: Any) -> None:
    """Keys of 128 bits of the n-grams of each piece: two sums of n products modulo 2⁶⁴, each mixed by SplitMix64.

    `factors` uint64[n, 2] are odd; `keys` has room for a key a word; a piece of less than n words has none.
    """
    n = factors.shape[0]
    found = 0
    key_offsets[0] = 0
    for piece in range(len(offsets) - 1):
        for first in range(offsets[piece], offsets[piece + 1] - n + 1):
            upper = lower = np.uint64(0)
            for i in range(n):
                upper += hashes[first + i] * factors[i, 0]
                lower += hashes[first + i] * factors[i, 1]
            keys[found, 0], keys[found, 1] = splitmix(upper), splitmix(lower)
            found += 1
        key_offsets[piece + 1] = found
