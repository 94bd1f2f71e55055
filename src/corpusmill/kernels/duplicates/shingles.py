"""Hashes of shingles: runs of consecutive words, or of characters where a script is written without spaces.

What a word and a character is, is said in reference_shingles.py, the plain oracle. Lower case is followed by canonical
decomposition before hashing, which joins only what no reader can tell apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek16, peek32
from corpusmill.kernels.characters.casing import cased_follows
from corpusmill.kernels.characters.tables import (
    CAPITAL_SIGMA,
    FINAL_SIGMA,
    IS_CASED,
    IS_IGNORABLE,
    IS_MAPPED,
    IS_SPACE,
    IS_WORD,
    SIGMA,
    Unicode,
)
from corpusmill.kernels.characters.utf8 import class_of, decode, width
from corpusmill.kernels.hashes.hashing import absorb, splitmix
from corpusmill.machine_code.jit import inlined, kernel

UNSPACED_PART = 5  # one in so many characters makes a text one of characters
_DOTTED_I = 0x130  # the one letter whose lower case is two characters, the second no letter
_EMPTY = np.uint64(0)
_BY_WORDS, _BY_CHARS = 0, 1


@inlined
def is_unspaced(point: Any) -> Any:
    """Thai, Hangul, kana and Han, as listed in reference_shingles.py."""
    return point >= 0xE00 and (
        point <= 0xE7F
        or 0x1100 <= point <= 0x11FF
        or 0x3040 <= point <= 0x30FF
        or 0x3130 <= point <= 0x318F
        or 0x3400 <= point <= 0x4DBF
        or 0x4E00 <= point <= 0x9FFF
        or 0xAC00 <= point <= 0xD7AF
        or 0xF900 <= point <= 0xFAFF
    )


@inlined
def _absorb_lower(state: Any, point: Any, kind: Any, tables: Unicode) -> Any:
    """`state` with the lower case of a character that is not ASCII, nor a sigma."""
    if not kind & IS_MAPPED or 0xAC00 <= point <= 0xD7A3:
        return absorb(state, np.uint64(point))
    block = peek16(tables.stage1 + 2 * (point >> 8))
    record = peek16(tables.records + 2 * ((block << 8) + (point & 0xFF)))
    for k in range(peek32(tables.record_starts + 4 * record), peek32(tables.record_ends + 4 * record)):
        state = absorb(state, np.uint64(peek32(tables.pool + 4 * k)))
    return state


@kernel
def _units(start: Any, end: Any, by: Any, tables: Unicode, out: Any) -> Any:
    """Hashes of the words (or characters) between two addresses, into `out`, which has room for one a byte.

    Returns their number, the characters of the text in lower case, and how many of these are unspaced.
    """
    count = chars = unspaced = 0
    state = _EMPTY
    inside = cased = False
    at = start
    while at < end:
        byte = peek8(at)
        if byte < 0x80:
            at += 1
            chars += 1
            letter = 0x61 <= byte | 0x20 <= 0x7A
            if letter:
                byte |= 0x20
            cased = letter or (cased and class_of(byte, tables) & IS_IGNORABLE != 0)
            if letter or 0x30 <= byte <= 0x39 or byte == 0x5F:
                state = absorb(state, np.uint64(byte))
                inside = True
                if by == _BY_WORDS:
                    continue
            elif by == _BY_CHARS and not class_of(byte, tables) & IS_SPACE:
                state = absorb(state, np.uint64(byte))
                inside = True
        else:
            point = decode(at)
            at += width(byte)
            chars += 1
            unspaced += is_unspaced(point)
            kind = class_of(point, tables)
            taken = kind & IS_WORD if by == _BY_WORDS else not kind & IS_SPACE
            if point == _DOTTED_I:
                chars += 1
                state = absorb(state, np.uint64(0x69))
                if by == _BY_CHARS:
                    out[count] = splitmix(state)
                    count += 1
                    state = absorb(_EMPTY, np.uint64(0x307))
                inside = True
                taken = False  # the word ends with its i
            elif point == CAPITAL_SIGMA:
                final = cased and not cased_follows(at, end, tables)
                state = absorb(state, np.uint64(FINAL_SIGMA if final else SIGMA))
                inside = True
            elif taken:
                state = _absorb_lower(state, point, kind, tables)
                inside = True
            if not kind & IS_IGNORABLE:
                cased = kind & IS_CASED != 0
            if taken and by == _BY_WORDS:
                continue
        if inside:
            out[count] = splitmix(state)
            count += 1
            state = _EMPTY
            inside = False
    if inside:
        out[count] = splitmix(state)
        count += 1
    return count, chars, unspaced


@kernel
def shingle_hashes(data: Any, offsets: Any, size: Any, multiplier: Any, tables: Unicode, units: Any, out: Any) -> Any:
    """Hashes of all shingles of `size` units, in their order and with repetitions, and where each text's begin.

    data uint8 and offsets int64[n+1]: the UTF-8 of n texts. `units` and `out` are uint64 with room for the bytes of the
    longest text, and of all texts. A text of fewer units than `size` is one shingle, one of none has none.
    Returns int64[n+1]: text t has out[begins[t]:begins[t + 1]].
    """
    leaving = np.uint64(1)
    for _ in range(size):
        leaving *= multiplier
    begins = np.zeros(offsets.size, np.int64)
    at = 0
    for text in range(offsets.size - 1):
        start, end = address(data) + offsets[text], address(data) + offsets[text + 1]
        count, chars, unspaced = _units(start, end, _BY_WORDS, tables, units)
        if UNSPACED_PART * unspaced > chars:
            count, _, _ = _units(start, end, _BY_CHARS, tables, units)
        rolled = np.uint64(0)
        for i in range(count):
            rolled = rolled * multiplier + units[i]
            if i >= size:
                rolled -= units[i - size] * leaving
            if i >= size - 1:
                out[at] = splitmix(rolled)
                at += 1
        if 0 < count < size:
            out[at] = splitmix(rolled + np.uint64(count))
            at += 1
        begins[text + 1] = at
    return begins


@kernel
def least_permuted(hashes: Any, begins: Any, a: Any, b: Any) -> Any:
    """Signatures uint32[n, permutations]: the least a·x + b mod 2^32 over the upper halves x of each text's hashes.

    a (odd) and b are uint32. Rows of texts without a hash are all ones.
    """
    out = np.full((begins.size - 1, a.size), np.uint32(0xFFFFFFFF), np.uint32)
    x = np.empty(8, np.uint32)
    for text in range(begins.size - 1):
        row = out[text]
        last = begins[text + 1] - 1
        for i in range(begins[text], begins[text + 1], 8):  # eight hashes per pass over the table
            for k in range(8):
                x[k] = np.uint32(hashes[min(i + k, last)] >> np.uint64(32))
            x0, x1, x2, x3, x4, x5, x6, x7 = x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]
            for j in range(a.size):
                p, q = a[j], b[j]
                least = min(
                    min(np.uint32(p * x0 + q), np.uint32(p * x1 + q)), min(np.uint32(p * x2 + q), np.uint32(p * x3 + q))
                )
                other = min(
                    min(np.uint32(p * x4 + q), np.uint32(p * x5 + q)), min(np.uint32(p * x6 + q), np.uint32(p * x7 + q))
                )
                row[j] = min(row[j], min(least, other))
    return out


@kernel
def distinct(hashes: Any, begins: Any) -> Any:
    """Sort each text's hashes in place and drop repetitions; returns the new begins. What is left moves up front."""
    ends = np.zeros(begins.size, np.int64)
    at = 0
    for text in range(begins.size - 1):
        own = hashes[begins[text] : begins[text + 1]]
        own.sort()
        first = at
        for i in range(own.size):
            value = own[i]
            if at == first or hashes[at - 1] != value:
                hashes[at] = value
                at += 1
        ends[text + 1] = at
    return ends
