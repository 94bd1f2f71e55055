"""Paragraphs of texts as spans of bytes, and what pieces begin and end with.

Pieces of text t are `offsets[t]:offsets[t + 1]`; `documents` int64[n+1] are the byte offsets of the texts in `data`,
`masks` and `blocks` those of kernels/characters/classify.py.
"""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import LEAD, address
from corpusmill.kernels.characters.classify import count_bits
from corpusmill.kernels.characters.utf8 import decode
from corpusmill.machine_code.jit import inlined, kernel


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
