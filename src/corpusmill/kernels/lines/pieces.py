"""Pieces of texts: lines of `str.splitlines` or between U+000A, stripped spans, words between white space."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import LEAD, SPACE, address, equal64, peek8, trailing_zeros
from corpusmill.kernels.bits import NEWLINE as NEWLINES
from corpusmill.kernels.characters.classify import BLOCK, count_bits, window
from corpusmill.machine_code.jit import inlined, kernel

NEWLINE, RETURN = 0x0A, 0x0D
BLANK, ONE = np.uint8(0x20), np.uint64(1)


@inlined
def break_width(at: Any, end: Any) -> Any:
    """Bytes of the line break at address `at`: LF, VT, FF, CR, CR LF, FS, GS, RS, NEL, U+2028, U+2029; else 0."""
    byte = peek8(at)
    if byte == RETURN:
        return 2 if at + 1 < end and peek8(at + 1) == NEWLINE else 1
    if NEWLINE <= byte <= 0x0C or 0x1C <= byte <= 0x1E:
        return 1
    if byte == 0xC2:
        return 2 if peek8(at + 1) == 0x85 else 0
    if byte == 0xE2 and peek8(at + 1) == 0x80 and peek8(at + 2) & 0xFE == 0xA8:
        return 3
    return 0


@kernel
def split_lines(data: Any, masks: Any, blocks: Any, documents: Any, starts: Any, ends: Any, offsets: Any) -> Any:
    """Spans of the lines of `str.splitlines` without their breaks; returns how many there are.

    `starts` and `ends` int64 may be empty: then lines are only counted. `offsets` int64[n+1] = first of each document.
    """
    count = 0
    fill = len(starts) > 0
    origin = address(data)
    offsets[0] = 0
    for document in range(len(documents) - 1):
        start = position = documents[document]
        end = documents[document + 1]
        for block in range(blocks[document], blocks[document + 1]):
            bits = masks[block, SPACE] & masks[block, LEAD]
            if position + BLOCK <= len(data):  # nearly all white space is a blank
                bits &= ~equal64(origin + position, BLANK)
            while bits:
                at = position + trailing_zeros(bits)
                bits &= bits - ONE
                width = break_width(origin + at, origin + end)
                if width == 0 or at < start:  # inside CR LF
                    continue
                if fill:
                    starts[count], ends[count] = start, at
                count += 1
                start = at + width
            position += BLOCK
        if start < end:
            if fill:
                starts[count], ends[count] = start, end
            count += 1
        offsets[document + 1] = count
    return count


@kernel
def split_newlines(data: Any, masks: Any, blocks: Any, documents: Any, starts: Any, ends: Any, offsets: Any) -> Any:
    """As `split_lines`, at each U+000A alone: one piece more than newlines, so an empty text has an empty piece."""
    count = 0
    fill = len(starts) > 0
    offsets[0] = 0
    for document in range(len(documents) - 1):
        start = position = documents[document]
        for block in range(blocks[document], blocks[document + 1]):
            bits = masks[block, NEWLINES]
            while bits:
                at = position + trailing_zeros(bits)
                bits &= bits - ONE
                if fill:
                    starts[count], ends[count] = start, at
                count += 1
                start = at + 1
            position += BLOCK
        if fill:
            starts[count], ends[count] = start, documents[document + 1]
        count += 1
        offsets[document + 1] = count
    return count


@inlined
def next_space(masks: Any, base: Any, start: Any, end: Any) -> Any:
    """The first byte of a document from `start` on that is white space; `end` where there is none."""
    while start < end:
        bits = window(masks, base, SPACE, start, min(BLOCK, end - start))
        if bits:
            return start + trailing_zeros(bits)
        start += BLOCK
    return end


@inlined
def next_text(masks: Any, base: Any, start: Any, end: Any) -> Any:
    """The first byte of a document from `start` on that is no white space; `end` where there is none."""
    while start < end:
        bits = ~window(masks, base, SPACE, start, min(BLOCK, end - start))
        if bits:
            return min(end, start + trailing_zeros(bits))
        start += BLOCK
    return end


@inlined
def text_end(masks: Any, base: Any, start: Any, end: Any) -> Any:
    """Behind the last byte of a document before `end` that is no white space; `start` where there is none."""
    while start < end and window(masks, base, SPACE, end - 1, 1):
        end -= 1
    return end


@kernel
def strip_pieces(masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any) -> None:
    """Move the spans, in place, as `str.strip` does; one that is all white space becomes empty where it began."""
    for document in range(len(documents) - 1):
        base, origin = blocks[document], documents[document]
        for piece in range(offsets[document], offsets[document + 1]):
            start, end = starts[piece] - origin, ends[piece] - origin
            end = text_end(address(masks), base, start, end)
            start = next_text(address(masks), base, start, end)
            starts[piece], ends[piece] = origin + start, origin + end


@kernel
def measure_words(
    masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any, counts: Any, longest: Any
) -> None:
    """counts int32 = words of `str.split` of each piece; longest int32 = code points of the longest, 0 if none."""
    for document in range(len(documents) - 1):
        base, origin = blocks[document], documents[document]
        for piece in range(offsets[document], offsets[document + 1]):
            at, end = starts[piece] - origin, ends[piece] - origin
            count = most = 0
            at = next_text(address(masks), base, at, end)
            while at < end:
                stop = next_space(address(masks), base, at, end)
                if stop - at > most:  # a word has at least as many bytes as code points
                    most = max(most, count_bits(address(masks), base, LEAD, at, stop))
                count += 1
                at = next_text(address(masks), base, stop, end)
            counts[piece], longest[piece] = count, most


@kernel
def last_bytes(data: Any, offsets: Any, out: Any) -> None:
    """out uint8[n, k] = the last k bytes of each text, right-aligned; what it lacks stays as it is."""
    for text in range(len(offsets) - 1):
        for back in range(min(out.shape[1], offsets[text + 1] - offsets[text])):
            out[text, out.shape[1] - 1 - back] = data[offsets[text + 1] - 1 - back]


@kernel
def measure_chars(
    masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any, char_starts: Any, char_ends: Any
) -> None:
    """Spans of bytes as spans of code points from the start of the document; they ascend and are disjoint."""
    for document in range(len(documents) - 1):
        base, origin = blocks[document], documents[document]
        at = chars = 0
        for piece in range(offsets[document], offsets[document + 1]):
            start, end = starts[piece] - origin, ends[piece] - origin
            chars += count_bits(address(masks), base, LEAD, at, start)
            char_starts[piece] = chars
            chars += count_bits(address(masks), base, LEAD, start, end)
            char_ends[piece] = chars
            at = end


@kernel
def measure_bytes(
    data: Any, documents: Any, offsets: Any, char_starts: Any, char_ends: Any, starts: Any, ends: Any
) -> None:
    """The inverse of `measure_chars`; spans that reach behind their document's end are cut there."""
    for document in range(len(documents) - 1):
        at, stop = documents[document], documents[document + 1]
        chars = 0
        for piece in range(offsets[document], offsets[document + 1]):
            for edge in range(2):
                wanted = char_ends[piece] if edge else char_starts[piece]
                while at < stop and (chars < wanted or data[at] & 0xC0 == 0x80):
                    chars += data[at] & 0xC0 != 0x80
                    at += 1
                if edge:
                    ends[piece] = at
                else:
                    starts[piece] = at


@kernel
def nth_greatest(values: Any, offsets: Any, greatest: Any, found: Any) -> None:
    """found int64[n] = the k-th greatest of each document's values (0 or more), k = len(greatest); -1 with fewer."""
    for document in range(len(offsets) - 1):
        greatest[:] = -1
        for i in range(offsets[document], offsets[document + 1]):
            value = values[i]
            for place in range(len(greatest)):
                if value > greatest[place]:
                    value, greatest[place] = greatest[place], value
        found[document] = greatest[-1]


@kernel
def find_made_of(data: Any, starts: Any, ends: Any, table: Any, found: Any) -> None:
    """found bool = whether all bytes of a piece are in `table` uint8[256], and one of them with a 1 (of 1 and 2)."""
    for piece in range(len(starts)):
        any_one = False
        at = starts[piece]
        while at < ends[piece] and table[data[at]]:
            any_one |= table[data[at]] == 1
            at += 1
        found[piece] = any_one and at == ends[piece]
