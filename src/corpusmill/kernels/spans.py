"""Spans of bytes of texts: lines at every line boundary, paragraphs, and pieces without the white space around.

Pieces of text t are `offsets[t]:offsets[t + 1]`; `documents` int64[n+1] are the byte offsets of the texts in `data`,
`masks` and `blocks` those of kernels/classify.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import LEAD, SPACE, address, equal64, trailing_zeros
from corpusmill.kernels.classify import BLOCK, count_bits, window
from corpusmill.kernels.jit import inlined, kernel
from corpusmill.kernels.utf8 import decode

ONE = np.uint64(1)
BLANK = np.uint8(0x20)


@inlined
def _boundary(data: Any, at: Any) -> Any:
    """Bytes of the line boundary of `str.splitlines` at `at`, the first byte of white space; 0 where it is none."""
    byte = data[at]
    if byte < 0x80:
        return int(0x0A <= byte <= 0x0D or 0x1C <= byte <= 0x1E)
    if byte == 0xC2:
        return 2 * int(data[at + 1] == 0x85)
    if byte == 0xE2:
        return 3 * int(data[at + 1] == 0x80 and (data[at + 2] == 0xA8 or data[at + 2] == 0xA9))
    return 0


@kernel
def find_universal_lines(
    data: Any, masks: Any, blocks: Any, documents: Any, starts: Any, ends: Any, offsets: Any
) -> None:
    """Fill offsets int64[n+1] and the spans of the lines of `str.splitlines`, without what ends them.

    With empty `starts` and `ends` the offsets alone, so that room can be made for the spans.
    """
    room = len(starts)
    line = 0
    offsets[0] = 0
    for document in range(len(blocks) - 1):
        start = position = documents[document]
        end = documents[document + 1]
        for block in range(blocks[document], blocks[document + 1]):
            bits = masks[block, SPACE] & masks[block, LEAD]
            if position + BLOCK <= len(data):  # nearly all white space is a blank
                bits &= ~equal64(address(data) + position, BLANK)
            while bits:
                at = position + trailing_zeros(bits)
                bits &= bits - ONE
                size = _boundary(data, at)
                if size == 0:
                    continue
                if data[at] == 0x0A and at == start and at > documents[document] and data[at - 1] == 0x0D:
                    start = at + 1
                    continue
                if room:
                    starts[line], ends[line] = start, at
                line += 1
                start = at + size
            position += BLOCK
        if start < end:
            if room:
                starts[line], ends[line] = start, end
            line += 1
        offsets[document + 1] = line


@inlined
def _blank(masks: Any, base: Any, at: Any) -> Any:
    return window(masks, base, SPACE, at, 1) != 0


@kernel
def strip_spans(masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any) -> None:
    """Move the starts and ends of all pieces inwards over white space; a blank piece ends where it starts."""
    for document in range(len(blocks) - 1):
        base, origin = blocks[document], documents[document]
        for piece in range(offsets[document], offsets[document + 1]):
            start, end = starts[piece] - origin, ends[piece] - origin
            while start < end and _blank(address(masks), base, start):
                start += 1
            while start < end and _blank(address(masks), base, end - 1):
                end -= 1
            starts[piece], ends[piece] = start + origin, end + origin


@kernel
def join_lines(
    starts: Any,
    ends: Any,
    offsets: Any,
    first: Any,
    last: Any,
    paragraph_starts: Any,
    paragraph_ends: Any,
    paragraphs: Any,
) -> Any:
    """Fill the spans of runs of lines that are not empty, each within first[t]..last[t] of its text; returns how many.

    Lines are spans without their U+000A. paragraphs int64[n+1]: the first of each text. There is room for one a line.
    """
    found = 0
    paragraphs[0] = 0
    for document in range(len(offsets) - 1):
        inside = False
        for line in range(offsets[document], offsets[document + 1]):
            start, end = max(starts[line], first[document]), min(ends[line], last[document])
            if start >= end:
                inside = False
                continue
            if not inside:
                paragraph_starts[found] = start
                found += 1
            paragraph_ends[found - 1] = end
            inside = True
        paragraphs[document + 1] = found
    return found


@kernel
def last_points(data: Any, starts: Any, ends: Any, points: Any) -> None:
    """points int32: the last code point of each piece; -1: it is empty."""
    for piece in range(len(starts)):
        at = ends[piece] - 1
        if at < starts[piece]:
            points[piece] = -1
            continue
        while data[at] & 0xC0 == 0x80:
            at -= 1
        points[piece] = decode(address(data) + at)


@kernel
def count_points(masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any, points: Any) -> None:
    """points int64: the code points of each piece."""
    for document in range(len(blocks) - 1):
        base, origin = blocks[document], documents[document]
        for piece in range(offsets[document], offsets[document + 1]):
            points[piece] = count_bits(address(masks), base, LEAD, starts[piece] - origin, ends[piece] - origin)


@kernel
def start_with(data: Any, starts: Any, ends: Any, wanted: Any, found: Any) -> None:
    """Set `found` bool where the first bytes of a piece are `wanted`."""
    size = len(wanted)
    for piece in range(len(starts)):
        if ends[piece] - starts[piece] >= size and _same(data, starts[piece], wanted):
            found[piece] = True


@kernel
def end_with(data: Any, starts: Any, ends: Any, wanted: Any, found: Any) -> None:
    """Set `found` bool where the last bytes of a piece are `wanted`."""
    size = len(wanted)
    for piece in range(len(starts)):
        if ends[piece] - starts[piece] >= size and _same(data, ends[piece] - size, wanted):
            found[piece] = True


@inlined
def _same(data: Any, at: Any, wanted: Any) -> Any:
    """Whether the bytes from `at` on are `wanted`."""
    k = 0
    while k < len(wanted) and data[at + k] == wanted[k]:
        k += 1
    return k == len(wanted)
