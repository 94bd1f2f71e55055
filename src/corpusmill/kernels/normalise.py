"""Words of the normalised text: ASCII punctuation deleted, lower case, white space collapsed, NFD (Unicode 14).

Every run of characters between white space is normalised by itself: neither the final-sigma rule nor the canonical
ordering of marks looks across white space. Runs of ASCII take a path of eight bytes at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import load64, store64
from corpusmill.kernels.hashing import absorb, begin, finish, load_tail
from corpusmill.kernels.jit import inlined, kernel
from corpusmill.kernels.tables import (
    CAPITAL_SIGMA,
    FINAL_SIGMA,
    IS_CASED,
    IS_IGNORABLE,
    IS_MAPPED,
    SIGMA,
    Unicode,
)
from corpusmill.kernels.utf8 import class_of, decode, encode, width

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
def is_punctuation(byte: Any) -> Any:
    return 0x21 <= byte <= 0x2F or 0x3A <= byte <= 0x40 or 0x5B <= byte <= 0x60 or 0x7B <= byte <= 0x7E


@kernel
def lower_ascii(data: Any, start: Any, end: Any, out: Any, at: Any) -> Any:
    """Copy ASCII bytes without punctuation in lower case to `out[at:]`; returns their hash."""
    state = begin(end - start)
    while end - start >= 8:
        chunk = _lower8(load64(data, start))
        store64(out, at, chunk)
        state = absorb(state, chunk)
        start += 8
        at += 8
    if start < end:
        chunk = _lower8(load_tail(data, start, end))
        store64(out, at, chunk)
        state = absorb(state, chunk)
    return finish(state)


@kernel
def squeeze_ascii(data: Any, start: Any, end: Any, out: Any, at: Any) -> Any:
    """Copy ASCII bytes in lower case and without punctuation to `out[at:]`; returns the byte after the last one."""
    for i in range(start, end):
        byte = data[i]
        out[at] = byte | (0x20 if 0x41 <= byte <= 0x5A else 0)
        at += not is_punctuation(byte)
    return at


@kernel
def _sort_marks(points: Any, classes: Any, count: Any, spare: Any) -> None:
    """Stable sort of `count` marks by combining class: insertion when few, counting when many."""
    if count <= 16:
        for i in range(1, count):
            point, kind = points[i], classes[i]
            j = i
            while j > 0 and classes[j - 1] > kind:
                points[j], classes[j] = points[j - 1], classes[j - 1]
                j -= 1
            points[j], classes[j] = point, kind
        return
    places = np.zeros(257, np.int64)
    for i in range(count):
        places[np.int64(classes[i]) + 1] += 1
    for kind in range(256):
        places[kind + 1] += places[kind]
    for i in range(count):
        kind = np.int64(classes[i])
        spare[places[kind]] = points[i]
        places[kind] += 1
    points[:count] = spare[:count]


@kernel
def _flush(points: Any, classes: Any, count: Any, spare: Any, out: Any, at: Any) -> Any:
    """Write the pending marks in canonical order."""
    if count > 1:
        _sort_marks(points, classes, count, spare)
    for i in range(count):
        at = encode(np.int64(points[i]), out, at)
    return at


@kernel
def _cased_follows(data: Any, at: Any, end: Any, tables: Unicode) -> Any:
    """Whether the next character that is neither case-ignorable nor deleted is cased."""
    while at < end:
        byte = data[at]
        if not is_punctuation(byte):
            kind = class_of(decode(data, at), tables)
            if not kind & IS_IGNORABLE:
                return kind & IS_CASED != 0
        at += width(byte)
    return False


@kernel
def normalise_run(
    data: Any, start: Any, end: Any, out: Any, at: Any, tables: Unicode, points: Any, classes: Any, spare: Any
) -> Any:
    """Normalise the run `data[start:end]` to `out[at:]`; returns the byte after it and its number of code points.

    `points`, `classes` and `spare` are scratch for the marks of one cluster, at least `end - start` long.
    """
    chars = pending = 0
    cased: Any = False  # of the last character that is not case-ignorable
    i = start
    while i < end:
        byte = np.int64(data[i])
        if byte < 0x80:
            i += 1
            if is_punctuation(byte):
                continue
            if pending:
                at = _flush(points, classes, pending, spare, out, at)
                pending = 0
            upper = 0x41 <= byte <= 0x5A
            out[at] = byte | (0x20 if upper else 0)
            at += 1
            chars += 1
            cased = upper or 0x61 <= byte <= 0x7A
            continue
        point = decode(data, i)
        bytes_ = width(byte)
        kind = class_of(point, tables)
        if not kind & IS_MAPPED:
            if pending:
                at = _flush(points, classes, pending, spare, out, at)
                pending = 0
            for k in range(bytes_):
                out[at + k] = data[i + k]
            at += bytes_
            chars += 1
        elif point == CAPITAL_SIGMA:
            at = _flush(points, classes, pending, spare, out, at)
            pending = 0
            final = cased and not _cased_follows(data, i + bytes_, end, tables)
            at = encode(FINAL_SIGMA if final else SIGMA, out, at)
            chars += 1
        elif 0xAC00 <= point <= 0xD7A3:
            at = _flush(points, classes, pending, spare, out, at)
            pending = 0
            syllable = point - 0xAC00
            at = encode(0x1100 + syllable // 588, out, at)
            at = encode(0x1161 + syllable % 588 // 28, out, at)
            chars += 2
            if syllable % 28:
                at = encode(0x11A7 + syllable % 28, out, at)
                chars += 1
        else:
            record = tables.records[tables.stage1[point >> 8], point & 0xFF]
            for k in range(tables.record_starts[record], tables.record_ends[record]):
                if tables.pool_classes[k] == 0:
                    at = _flush(points, classes, pending, spare, out, at)
                    pending = 0
                    at = encode(np.int64(tables.pool[k]), out, at)
                else:
                    points[pending] = tables.pool[k]
                    classes[pending] = tables.pool_classes[k]
                    pending += 1
                chars += 1
        if not kind & IS_IGNORABLE:
            cased = kind & IS_CASED != 0
        i += bytes_
    return _flush(points, classes, pending, spare, out, at), chars
