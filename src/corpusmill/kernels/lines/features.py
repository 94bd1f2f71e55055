"""What a line of a text looks like, as numbers: its own characters and words, and how it stands among its neighbours.

One pass over the bytes of a document; words and lines are counted by their hashes in small tables. Nothing here knows a
language: words that hold sentences together are found as those that are frequent in the document. `columns.py` has
the names of the columns and the signs that are told apart. Of functions only the square root is taken: it is the same
on every machine.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek32
from corpusmill.kernels.characters.tables import IS_LOWER, IS_NUMERIC, IS_SPACE, IS_UPPER, IS_WORD, Unicode
from corpusmill.kernels.characters.utf8 import class_of, decode, width
from corpusmill.kernels.lines.columns import (
    AROUND,
    AT,
    CLOSES,
    COLON,
    COLUMN,
    COLUMNS,
    COMMA,
    COUNTED,
    DISTANCES,
    ENDS_SENTENCE,
    KINDS,
    MONEY,
    NEIGHBOURS,
    OPENS_ITEM,
    OWN,
    PROSE_BYTES,
    REACH,
    SIGNED_POINTS,
)
from corpusmill.machine_code.jit import inlined, kernel

_STEP, _START = np.uint64(0x100000001B3), np.uint64(0xCBF29CE484222325)  # FNV-1a, over code points
_MIX, _HIGH = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
_PROBES = 16  # places where a hash may stand; where all are taken, it counts as the word that stands in the last
_HTTP, _WWW = 0x70747468, 0x2E777777  # "http" and "www." as four bytes are read
_SPACE, _DOT, _SLASH, _DASH, _COLON, _ELLIPSIS = 0x20, 0x2E, 0x2F, 0x2D, 0x3A, 0x2026

_ENDS, _CLOSED, _SIGNS = COLUMN["ends_sentence"], COLUMN["ends_sentence_closed"], COLUMN["sign_fraction"]
_FREQUENCY, _REPEATS = COLUMN["word_frequency"], COLUMN["line_count"]
_FIRST_COUNTED = COLUMN["commas"]
_NEIGHBOURS = np.array([COLUMN[name] for name in NEIGHBOURS])
_DISTANCES = np.array(DISTANCES)
_AROUND = np.array([COLUMN[name] for name in AROUND])
_COUNTED = np.array(COUNTED)
_BESIDE = len(OWN)  # first column of the neighbours
_MEANS = _BESIDE + len(NEIGHBOURS) * len(DISTANCES)
_PLACE = _MEANS + len(AROUND)


@inlined
def _lookup(table: Any, point: Any) -> Any:
    return table[point] if point < SIGNED_POINTS else 0


@inlined
def _is_digit(data: Any, at: Any, end: Any) -> Any:
    return at < end and 0x30 <= peek8(data + at) <= 0x39


@inlined
def _count(keys: Any, counts: Any, mask: Any, key: Any) -> Any:
    """Count `key` in tables of mask + 1 places; returns its place."""
    at = np.int64((key * _MIX) >> _HIGH) & mask
    for _ in range(_PROBES):
        if counts[at] == 0 or keys[at] == key:
            break
        at = (at + 1) & mask
    if counts[at] == 0:
        keys[at] = key
    counts[at] += 1
    return at


@inlined
def _mask_above(count: Any) -> Any:
    """One less than a power of two, at least `count` and 63: with a word in two bytes, half of the places stay free."""
    mask = 63
    while mask < count:
        mask = 2 * mask + 1
    return mask


@kernel
def line_features(data: Any, offsets: Any, starts: Any, ends: Any, tables: Unicode, signs: Any) -> Any:
    """Features float32[lines, COLUMNS] of the lines data[starts[i]:ends[i]], each stripped and none empty.

    The lines of document d are offsets[d]:offsets[d + 1]. `signs`: `line_columns.sign_tables`. Neighbours
    that are not there, before the first line and behind the last, are NaN.
    """
    out = np.empty((len(starts), COLUMNS), np.float32)
    most_bytes = most_lines = 1
    for document in range(len(offsets) - 1):
        first, end = offsets[document], offsets[document + 1]
        if first < end:
            most_lines = max(most_lines, end - first)
            most_bytes = max(most_bytes, ends[end - 1] - starts[first])
    places, line_places = _mask_above(most_bytes) + 1, _mask_above(2 * most_lines) + 1
    keys, counts, stamps = np.empty(places, np.uint64), np.empty(places, np.int32), np.empty(places, np.int64)
    line_keys, line_counts = np.empty((2, line_places), np.uint64), np.empty((2, line_places), np.int64)
    words = np.empty(most_bytes // 2 + 2, np.int64)  # the place of each word of the document
    lines = np.empty((most_lines + 1, 3), np.int64)  # places of the line and of its first word; its first word
    sums = np.zeros((most_lines + 1, len(_AROUND)), np.float64)
    seen = np.zeros(KINDS, np.int64)
    for document in range(len(offsets) - 1):
        first, end = offsets[document], offsets[document + 1]
        if first == end:
            continue
        mask, line_mask = _mask_above(ends[end - 1] - starts[first]), _mask_above(2 * (end - first))
        counts[: mask + 1] = 0
        line_counts[:, : line_mask + 1] = 0
        found = 0
        for line in range(first, end):
            lines[line - first, 2] = found
            found, whole, begin = _own(
                address(data), starts[line], ends[line], line, tables, signs, seen, keys, counts, stamps, mask,
                words, found, out,
            )  # fmt: skip
            lines[line - first, 0] = _count(line_keys[0], line_counts[0], line_mask, whole)
            lines[line - first, 1] = _count(line_keys[1], line_counts[1], line_mask, begin)
        lines[end - first, 2] = found
        _repetition(first, end, lines, words, counts, line_counts, out)
        _beside(first, end, sums, out)
        _place(first, end, starts, ends, lines, out)
    return out


@inlined
def _own(
    data: Any, start: Any, end: Any, line: Any, tables: Any, signs: Any, seen: Any, keys: Any, counts: Any,
    stamps: Any, mask: Any, words: Any, found: Any, out: Any,
) -> Any:  # fmt: skip
    """Measure one line by itself and count its words; returns the words so far, and hashes of it and its first word."""
    kinds, edges = signs
    seen[:] = 0
    chars = uppers = cased = numbers = spaces = wordy = 0
    count = capitalised = short = longest = distinct = all_chars = 0
    inner = addresses = years = times = dates = prices = runs = 0
    word_chars = digits = value = 0  # of the word and of the run of ASCII digits at hand
    word_hash = line_hash = first_hash = _START
    capital = False
    point = before = last = 0  # this code point and the two before it
    first_point = first_kind = kind = 0
    at = start
    while at <= end:  # one step more, over a space that is not there, ends the last word
        before, last = last, point
        point, step, kind = _SPACE, 1, IS_SPACE
        if at < end:
            point, step = decode(data + at), width(peek8(data + at))
            kind = class_of(point, tables)
            chars += 1
            uppers += (kind & IS_UPPER) != 0
            cased += (kind & (IS_UPPER | IS_LOWER)) != 0
            numbers += (kind & IS_NUMERIC) != 0
            spaces += (kind & IS_SPACE) != 0
            wordy += (kind & IS_WORD) != 0
            inner += (kind & IS_SPACE) != 0 and (_lookup(edges, last) & ENDS_SENTENCE) != 0
            seen[_lookup(kinds, point)] += 1
            if at == start:
                first_point, first_kind = point, kind
        if kind & IS_WORD:
            if word_chars == 0:
                word_hash, capital = _START, (kind & IS_UPPER) != 0
                if at + 4 <= end:
                    addresses += peek32(data + at) == _HTTP or peek32(data + at) == _WWW
            word_chars += 1
            word_hash = (word_hash ^ np.uint64(point + 32 if 0x41 <= point <= 0x5A else point)) * _STEP
        elif word_chars:
            if count == 0:
                first_hash = word_hash
            place = _count(keys, counts, mask, word_hash)
            if counts[place] == 1 or stamps[place] != line:
                stamps[place] = line
                distinct += 1
            words[found + count] = place
            count += 1
            capitalised += capital
            short += word_chars <= 3
            longest = max(longest, word_chars)
            all_chars += word_chars
            line_hash = (line_hash ^ word_hash) * _STEP
            word_chars = 0
        if 0x30 <= point <= 0x39:
            prices += digits == 0 and _lookup(kinds, last) == MONEY
            digits += 1
            value = value * 10 + (point - 0x30) if digits <= 4 else 0
        elif digits:
            follows = _is_digit(data, at + 1, end)
            years += digits == 4 and 1900 <= value < 2100
            times += digits <= 2 and point == _COLON and follows
            dates += digits <= 4 and follows and point in (_DOT, _SLASH, _DASH)
            prices += at < end and _lookup(kinds, point) == MONEY
            runs += 1
            digits = value = 0
        at += step
    last, point = before, last  # the last two code points of the line
    edge, many = _lookup(edges, point), max(count, 1)
    last_kind = class_of(point, tables)
    row = (
        math.sqrt(chars), 1.0 * count, all_chars / many, 1.0 * longest, uppers / max(cased, 1),
        numbers / chars, (chars - wordy - spaces) / chars, cased / chars, capitalised / many, short / many,
        distinct / many,
        1.0 * ((edge & ENDS_SENTENCE) != 0),
        1.0 * ((edge & CLOSES) != 0 and (_lookup(edges, last) & ENDS_SENTENCE) != 0),
        1.0 * (_lookup(kinds, point) == COLON),
        1.0 * (_lookup(kinds, point) == COMMA),
        1.0 * ((last_kind & IS_WORD) != 0 and (last_kind & IS_NUMERIC) == 0),
        1.0 * (point == _ELLIPSIS or (point == _DOT and last == _DOT)),
        1.0 * ((first_kind & IS_UPPER) != 0),
        1.0 * ((first_kind & IS_LOWER) != 0),
        1.0 * ((first_kind & IS_NUMERIC) != 0),
        1.0 * ((_lookup(edges, first_point) & OPENS_ITEM) != 0),
        1.0 * ((first_kind & IS_WORD) == 0),
        1.0 * inner, 1.0 * (addresses + seen[AT]), 1.0 * years, 1.0 * times, 1.0 * dates, 1.0 * prices, 1.0 * runs,
    )  # fmt: skip
    for column in range(len(row)):
        out[line, column] = row[column]
    for column in range(len(_COUNTED)):
        out[line, _FIRST_COUNTED + column] = seen[_COUNTED[column]]
    return found + count, line_hash, first_hash


@kernel
def _repetition(first: Any, end: Any, lines: Any, words: Any, counts: Any, line_counts: Any, out: Any) -> None:
    """How often the words of each line, the line and its first word occur in the document."""
    often = max(3, lines[end - first, 2] // 100)
    for line in range(first, end):
        start, stop = lines[line - first, 2], lines[line - first + 1, 2]
        total = 0.0
        frequent = single = 0
        for i in range(start, stop):
            times = counts[words[i]]
            total += math.sqrt(times)
            frequent += times >= often
            single += times == 1
        many = max(stop - start, 1)
        out[line, _FREQUENCY] = total / many
        out[line, _FREQUENCY + 1] = frequent / many
        out[line, _FREQUENCY + 2] = single / many
        out[line, _REPEATS] = line_counts[0, lines[line - first, 0]]
        out[line, _REPEATS + 1] = line_counts[1, lines[line - first, 1]]
        out[line, _REPEATS + 2] = line > first and lines[line - first, 1] == lines[line - first - 1, 1]
        out[line, _REPEATS + 3] = line + 1 < end and lines[line - first, 1] == lines[line - first + 1, 1]


@kernel
def _beside(first: Any, end: Any, sums: Any, out: Any) -> None:
    """The lines before and behind each, and the means of those around it."""
    for line in range(first, end):
        for i in range(len(_AROUND)):
            sums[line - first + 1, i] = sums[line - first, i] + out[line, _AROUND[i]]
        column = _BESIDE
        for i in range(len(_NEIGHBOURS)):
            for j in range(len(_DISTANCES)):
                other = line + _DISTANCES[j]
                out[line, column] = out[other, _NEIGHBOURS[i]] if first <= other < end else np.nan
                column += 1
    for line in range(first, end):
        low, high = max(first, line - REACH) - first, min(end, line + REACH + 1) - first
        for i in range(len(_AROUND)):
            out[line, _MEANS + i] = (sums[high, i] - sums[low, i]) / (high - low)


@inlined
def _is_prose(out: Any, line: Any, size: Any) -> Any:
    return size >= PROSE_BYTES and (out[line, _ENDS] > 0 or out[line, _CLOSED] > 0)


@kernel
def _place(first: Any, end: Any, starts: Any, ends: Any, lines: Any, out: Any) -> None:
    """Where each line stands in the document, and how far from prose."""
    longest = total = 0
    for line in range(first, end):
        longest = max(longest, ends[line] - starts[line])
        total += ends[line] - starts[line]
    before, since = 0, np.nan
    for line in range(first, end):
        size = ends[line] - starts[line]
        out[line, _PLACE] = line - first
        out[line, _PLACE + 1] = end - 1 - line
        out[line, _PLACE + 2] = (line - first) / (end - first)
        out[line, _PLACE + 3] = before / total
        out[line, _PLACE + 4] = size / longest
        out[line, _PLACE + 5] = since
        before += size
        since = 1.0 if _is_prose(out, line, size) else since + 1.0
    until = np.nan
    for line in range(end - 1, first - 1, -1):
        out[line, _PLACE + 6] = until
        until = 1.0 if _is_prose(out, line, ends[line] - starts[line]) else until + 1.0
