"""Tokens with their places, keys of the windows of consecutive tokens, and the windows that occur again.

A token is a word of UAX #29 that is not white space alone; equal ones that touch are one. A key is the value of two
polynomials over the window's hashes, each modulo the prime 2⁶¹ - 1, mixed to 64 bits. reference_substrings.py says the
same in plain Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.characters.word_break import WordBreak
from corpusmill.kernels.duplicates.row_tables import EMPTY, slot_of
from corpusmill.kernels.hashes.hashing import SPLITMIX_STEP, hash_bytes, splitmix
from corpusmill.kernels.hashes.modular import PRIME, product, reduced
from corpusmill.kernels.words.word_bounds import is_blank, word_end
from corpusmill.machine_code.jit import inlined, kernel

_ONE, _NONE = np.uint64(1), np.uint64(0)
_GIVEN = np.uint64(1 << 63)  # of a slot's position: it was given out
_BIT = np.uint64(63)


@inlined
def _next(state: Any, base: Any, entering: Any, leaving: Any, weight: Any) -> Any:
    """state · base + entering - leaving · weight modulo PRIME."""
    return reduced(product(state, base) + entering + (PRIME - reduced(product(leaving, weight))))


@inlined
def _same_bytes(left: Any, right: Any, end: Any) -> Any:
    """Whether the bytes from address `left` on are those from `right` to `end`."""
    while right < end and peek8(left) == peek8(right):
        left += 1
        right += 1
    return right == end


@kernel
def find_tokens(data: Any, offsets: Any, tables: WordBreak, starts: Any, ends: Any, hashes: Any, firsts: Any) -> None:
    """Fill the byte spans in `data` and the hashes of all tokens; firsts int64[n+1]: the first of each text.

    data uint8 and offsets int64[n+1]: the UTF-8 of n texts. There is room for a token a byte.
    """
    origin, limit = address(data), len(data)
    found = 0
    firsts[0] = 0
    for text in range(len(offsets) - 1):
        at, end = origin + offsets[text], origin + offsets[text + 1]
        last = last_end = at  # the word before, if it is no white space
        while at < end:
            stop = word_end(at, end, tables)
            if not is_blank(at, stop, tables):
                if last_end == at and stop - at == at - last and _same_bytes(last, at, stop):
                    ends[found - 1] = stop - origin
                else:
                    starts[found], ends[found] = at - origin, stop - origin
                    found += 1
                last, last_end = at, stop
            at = stop
        firsts[text + 1] = found
        for token in range(firsts[text], found):
            hashes[token] = hash_bytes(origin, starts[token], ends[token], limit)


@kernel
def window_rows(hashes: Any, firsts: Any, size: Any, bases: Any, position: Any, out: Any) -> Any:
    """Write a row (key, key, position) for each window of `size` tokens; returns their number.

    A window lies within one text. Its position is that of its first token, where the first of all tokens has
    `position`; bases uint64[2] below PRIME. `out` uint64[tokens, 3].
    """
    base, other_base = bases[0], bases[1]
    weight = other_weight = _ONE
    for _ in range(size):
        weight, other_weight = reduced(product(weight, base)), reduced(product(other_weight, other_base))
    found = 0
    for text in range(len(firsts) - 1):
        first = firsts[text]
        if firsts[text + 1] - first < size:
            continue
        state = other = _NONE
        for token in range(first, firsts[text + 1]):
            value = hashes[token]
            leaving = other_leaving = _NONE
            if token - size >= first:
                gone = hashes[token - size]
                leaving, other_leaving = reduced(gone), reduced(splitmix(gone + SPLITMIX_STEP))
            state = _next(state, base, reduced(value), leaving, weight)
            other = _next(other, other_base, reduced(splitmix(value + SPLITMIX_STEP)), other_leaving, other_weight)
            if token - first >= size - 1:
                row = out[found]
                row[0], row[1] = splitmix(state + SPLITMIX_STEP), splitmix(other + SPLITMIX_STEP)
                row[2] = position + np.uint64(token - size + 1)
                found += 1
    return found


@kernel
def find_copies(
    rows: Any, table: Any, filled: Any, limit: Any, size: Any, every: Any, sweep: Any, sweeps: Any, out: Any
) -> Any:
    """Put rows[n, 3] of window_rows into the open-addressing `table`[slots, 3]; positions of copies go to `out`.

    Rows come in the order of their positions, which are below 2^63. A copy is a window whose key stood in a row before,
    with `every` also the first of them; without it only one that begins `size` or more after the first: their tokens
    are others. Of all keys those whose lower half is `sweep` modulo `sweeps` are looked at. Slots with the position
    EMPTY are free; `filled` are taken, at most `limit` may be. `out` uint64[2 n, 1].
    Returns (rows done, slots taken, copies): fewer rows than n are done only where the table has no more room.
    """
    found = 0
    for i in range(rows.shape[0]):
        upper, lower, position = rows[i, 0], rows[i, 1], rows[i, 2]
        if lower % sweeps != sweep:
            continue
        slot = slot_of(table, upper, lower)
        first = table[slot, 2]
        if first == EMPTY:
            if filled == limit:
                return i, filled, found
            table[slot, 0], table[slot, 1], table[slot, 2] = upper, lower, position
            filled += 1
        elif every:
            if not first & _GIVEN:
                out[found, 0] = first
                found += 1
                table[slot, 2] = first | _GIVEN
            out[found, 0] = position
            found += 1
        elif position - first >= size:
            out[found, 0] = position
            found += 1
    return rows.shape[0], filled, found


@kernel
def rehash(rows: Any, table: Any) -> None:
    """Put the taken rows of a table into the slots of an empty one that is larger."""
    for i in range(rows.shape[0]):
        if rows[i, 2] != EMPTY:
            slot = slot_of(table, rows[i, 0], rows[i, 1])
            for column in range(3):
                table[slot, column] = rows[i, column]


@kernel
def set_bits(bits: Any, positions: Any, origin: Any) -> None:
    """Set in `bits` uint64[…] that of each of positions[n, 1] less `origin`."""
    for i in range(positions.shape[0]):
        place = positions[i, 0] - origin
        bits[place >> np.uint64(6)] |= _ONE << (place & _BIT)


@kernel
def cover(bits: Any, origin: Any, firsts: Any, size: Any, covered: Any) -> None:
    """covered[t]: whether token t lies in a window of `size` tokens whose first token has its bit set.

    Bits are numbered from the token before which `origin` others are; firsts int64[n+1]: the first token of each text.
    """
    for text in range(len(firsts) - 1):
        end = firsts[text]
        for token in range(firsts[text], firsts[text + 1]):
            place = np.uint64(origin + token)
            if bits[place >> np.uint64(6)] >> (place & _BIT) & _ONE:
                end = token + size
            covered[token] = token < end
