"""Words of the normalised text: ASCII punctuation deleted, lower case, white space collapsed, NFD (Unicode 14).

Every run of characters between white space is normalised by itself: neither the final-sigma rule nor the canonical
ordering of marks looks across white space. Runs of ASCII take a path of eight bytes at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import peek8, peek16, peek32, peek64, poke8, poke32, poke64
from corpusmill.kernels.characters.tables import (
    CAPITAL_SIGMA,
    CLASS_SHIFT,
    DELETED,
    FINAL_SIGMA,
    IS_CASED,
    IS_IGNORABLE,
    IS_MAPPED,
    SIGMA,
    Unicode,
)
from corpusmill.kernels.characters.utf8 import class_of, decode, encode, width
from corpusmill.kernels.hashes.hashing import absorb, begin, finish, load_tail
from corpusmill.machine_code.jit import inlined, kernel

POINT = (1 << CLASS_SHIFT) - 1  # of a mark: its code point; above it stands its combining class
SLACK = 16  # bytes behind the end of the output that may be overwritten
_ONES = np.uint64(0x0101010101010101)
_TOPS = np.uint64(0x8080808080808080)


@inlined
def _lower8(chunk: Any) -> Any:
    """Eight ASCII bytes in lower case."""
    from_a = chunk + _ONES * np.uint64(0x80 - 0x41)
    after_z = chunk + _ONES * np.uint64(0x80 - 0x5B)
    return chunk | ((from_a ^ after_z) & _TOPS) >> np.uint64(2)


@inlined
def lower_ascii(data: Any, start: Any, end: Any, limit: Any, out: Any, at: Any) -> Any:
    """Copy the ASCII bytes `start`..`end`, free of punctuation, in lower case to `at`; returns their hash."""
    state = begin(end - start)
    while end - start > 8:
        chunk = _lower8(peek64(data + start))
        poke64(out + at, chunk)
        state = absorb(state, chunk)
        start += 8
        at += 8
    if start < end:
        chunk = _lower8(load_tail(data, start, end, limit))
        poke64(out + at, chunk)
        state = absorb(state, chunk)
    return finish(state)


@inlined
def squeeze_ascii(data: Any, start: Any, end: Any, out: Any, at: Any, tables: Unicode) -> Any:
    """Copy ASCII bytes in lower case and without punctuation to `at`; returns the byte after the last one."""
    for i in range(start, end):
        byte = peek8(tables.ascii + peek8(data + i))
        poke8(out + at, byte)
        at += byte != DELETED
    return at


@kernel
def _sort_marks(marks: Any, count: Any, capacity: Any) -> None:
    """Stable sort of `count` marks by combining class: insertion when few, counting when many."""
    if count <= 16:
        for i in range(1, count):
            mark = peek32(marks + 4 * i)
            j = i
            while j > 0 and peek32(marks + 4 * (j - 1)) >> CLASS_SHIFT > mark >> CLASS_SHIFT:
                poke32(marks + 4 * j, peek32(marks + 4 * (j - 1)))
                j -= 1
            poke32(marks + 4 * j, mark)
        return
    places = np.zeros(257, np.int64)
    for i in range(count):
        places[(peek32(marks + 4 * i) >> CLASS_SHIFT) + 1] += 1
    for kind in range(256):
        places[kind + 1] += places[kind]
    spare = marks + 4 * capacity
    for i in range(count):
        mark = peek32(marks + 4 * i)
        poke32(spare + 4 * places[mark >> CLASS_SHIFT], mark)
        places[mark >> CLASS_SHIFT] += 1
    for i in range(count):
        poke32(marks + 4 * i, peek32(spare + 4 * i))


@kernel
def flush_marks(marks: Any, count: Any, capacity: Any, at: Any) -> Any:
    """Write the pending marks in canonical order to the address `at`."""
    if count > 1:
        _sort_marks(marks, count, capacity)
    for i in range(count):
        at = encode(peek32(marks + 4 * i) & POINT, at)
    return at


@kernel
def _cased_follows(data: Any, at: Any, end: Any, tables: Unicode) -> Any:
    """Whether the next character that is neither case-ignorable nor deleted is cased."""
    while at < end:
        byte = peek8(data + at)
        if byte >= 0x80 or peek8(tables.ascii + byte) != DELETED:
            kind = class_of(decode(data + at), tables)
            if not kind & IS_IGNORABLE:
                return kind & IS_CASED != 0
        at += width(byte)
    return False


@kernel
def normalise_run(
    data: Any, start: Any, end: Any, out: Any, begin: Any, tables: Unicode, marks: Any, capacity: Any
) -> Any:
    """Normalise the bytes `start`..`end` to `out + begin`; returns the byte after them and their number of code points.

    `data`, `out` and `marks` are addresses; `marks` is scratch of 2 * capacity uint32 for the marks of one cluster,
    capacity at least `end - start`.
    """
    at = out + begin
    chars = pending = 0
    cased = False  # of the last character that is not case-ignorable
    i = data + start
    stop = data + end
    while i < stop:
        byte = peek8(i)
        if byte < 0x80:
            i += 1
            lower = peek8(tables.ascii + byte)
            if lower == DELETED:
                continue
            if pending:
                at = flush_marks(marks, pending, capacity, at)
                pending = 0
            poke8(at, lower)
            at += 1
            chars += 1
            cased = 0x61 <= lower <= 0x7A
            continue
        point = decode(i)
        bytes_ = width(byte)
        kind = class_of(point, tables)
        if not kind & IS_MAPPED:
            if pending:
                at = flush_marks(marks, pending, capacity, at)
                pending = 0
            for k in range(bytes_):
                poke8(at + k, peek8(i + k))
            at += bytes_
            chars += 1
        elif point == CAPITAL_SIGMA:
            at = flush_marks(marks, pending, capacity, at)
            pending = 0
            final = cased and not _cased_follows(data, i + bytes_ - data, end, tables)
            at = encode(FINAL_SIGMA if final else SIGMA, at)
            chars += 1
        elif 0xAC00 <= point <= 0xD7A3:
            at = flush_marks(marks, pending, capacity, at)
            pending = 0
            syllable = point - 0xAC00
            at = encode(0x1100 + syllable // 588, at)
            at = encode(0x1161 + syllable % 588 // 28, at)
            chars += 2
            if syllable % 28:
                at = encode(0x11A7 + syllable % 28, at)
                chars += 1
        else:
            block = peek16(tables.stage1 + 2 * (point >> 8))
            record = peek16(tables.records + 2 * ((block << 8) + (point & 0xFF)))
            for k in range(peek32(tables.record_starts + 4 * record), peek32(tables.record_ends + 4 * record)):
                mark = peek32(tables.pool + 4 * k)
                if mark <= POINT:
                    if pending:
                        at = flush_marks(marks, pending, capacity, at)
                        pending = 0
                    at = encode(mark, at)
                else:
                    poke32(marks + 4 * pending, mark)
                    pending += 1
                chars += 1
        if not kind & IS_IGNORABLE:
            cased = kind & IS_CASED != 0
        i += bytes_
    return flush_marks(marks, pending, capacity, at) - out, chars
