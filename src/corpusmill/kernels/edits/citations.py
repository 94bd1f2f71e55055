"""Citation marks as C4 deletes them, `[` digits `]`, `[edit]`, `[citation needed]`, and pieces without them."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, borrowed, peek8
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.kernels.seek import seek
from corpusmill.machine_code.jit import inlined, kernel

MARKS = (b"[edit]", b"[citation needed]")
MARK_BYTES = np.frombuffer(b"".join(MARKS), np.uint8)
MARK_OFFSETS = np.cumsum([0, *map(len, MARKS)])


@inlined
def _citation_end(at: Any, end: Any, digits: Any, marks: Any, mark_offsets: Any) -> Any:
    """Where the citation mark ends that begins with the `[` at address `at`; `at` where none does."""
    stop = at + 1
    while stop < end:
        byte = peek8(stop)
        if byte == 0x5D:
            return stop + 1
        if byte < 0x80:
            if byte < 0x30 or byte > 0x39:
                break
            stop += 1
        else:
            if not digits[decode(stop)]:
                break
            stop += width(byte)
    for mark in range(len(mark_offsets) - 1):
        first = mark_offsets[mark]
        size = mark_offsets[mark + 1] - first
        same = 0
        while same < size and at + same < end and peek8(at + same) == marks[first + same]:
            same += 1
        if same == size:
            return at + size
    return at


@kernel
def find_citations(
    data: Any, starts: Any, ends: Any, digits: Any, marks: Any, mark_offsets: Any, cuts: Any, offsets: Any
) -> Any:
    """Spans of the citation marks in each piece, not overlapping, from the left; returns how many there are.

    `cuts` int64[count, 2] may have no rows: then they are only counted. offsets int64[pieces + 1] = first of each
    piece; `digits` bool[0x110000]: decimal digits; `marks`, `mark_offsets`: `MARK_BYTES`, `MARK_OFFSETS`.
    """
    count = 0
    fill = len(cuts) > 0
    data = borrowed(data)
    origin = address(data)
    offsets[0] = 0
    for piece in range(len(starts)):
        at, end = starts[piece], ends[piece]
        while at < end:
            at = seek(data[:end], at, 0x5B)
            if at == end:
                break
            stop = _citation_end(origin + at, origin + end, digits, marks, mark_offsets) - origin
            if stop > at:
                if fill:
                    cuts[count, 0], cuts[count, 1] = at, stop
                count += 1
                at = stop
            else:
                at += 1
        offsets[piece + 1] = count
    return count


@kernel
def copy_pieces(data: Any, starts: Any, ends: Any, cuts: Any, cut_offsets: Any, out: Any, offsets: Any) -> None:
    """The pieces without their cuts, one behind the other, into `out`; offsets int64[pieces + 1]: where each begins."""
    size = 0
    offsets[0] = 0
    for piece in range(len(starts)):
        at = starts[piece]
        for cut in range(cut_offsets[piece], cut_offsets[piece + 1] + 1):
            last = cut == cut_offsets[piece + 1]
            stop = ends[piece] if last else cuts[cut, 0]
            out[size : size + stop - at] = data[at:stop]
            size += stop - at
            if not last:
                at = cuts[cut, 1]
        offsets[piece + 1] = size
