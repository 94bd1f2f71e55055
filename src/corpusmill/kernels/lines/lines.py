"""Lines: pieces that end in U+000A, which belongs to them, and a last piece without it. Nothing else ends a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import (
    LEAD,
    MASKS,
    NEWLINE,
    NUMERIC,
    SPACE,
    UPPER,
    address,
    peek64,
    popcount,
    trailing_zeros,
)
from corpusmill.kernels.characters.classify import count_bits
from corpusmill.kernels.characters.utf8 import decode
from corpusmill.machine_code.jit import inlined, kernel

ONE = np.uint64(1)


@kernel
def count_lines(data: Any, documents: Any, masks: Any, blocks: Any, offsets: Any, chars: Any) -> None:
    """offsets int64[n+1] = first line of each document; chars int64[n] = its code points."""
    total = 0
    offsets[0] = 0
    for document in range(len(blocks) - 1):
        points = 0
        for block in range(blocks[document], blocks[document + 1]):
            total += popcount(masks[block, NEWLINE])
            points += popcount(masks[block, LEAD])
        end = documents[document + 1]
        total += end > documents[document] and data[end - 1] != 0x0A
        offsets[document + 1] = total
        chars[document] = points


@kernel
def find_lines(masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any) -> None:
    """Fill the byte spans of all lines."""
    line = 0
    for document in range(len(blocks) - 1):
        start = position = documents[document]
        for block in range(blocks[document], blocks[document + 1]):
            bits = masks[block, NEWLINE]
            while bits:
                starts[line] = start
                start = position + trailing_zeros(bits) + 1
                ends[line] = start
                line += 1
                bits &= bits - ONE
            position += 64
        if line < offsets[document + 1]:
            starts[line] = start
            ends[line] = documents[document + 1]
            line += 1


@inlined
def _is_space(masks: Any, base: Any, at: Any) -> Any:
    return (peek64(masks + 8 * ((base + (at >> 6)) * MASKS + SPACE)) >> np.uint64(at & 63)) & ONE != 0


@kernel
def measure_lines(
    data: Any,
    masks: Any,
    blocks: Any,
    documents: Any,
    offsets: Any,
    starts: Any,
    ends: Any,
    char_ends: Any,
    uppercase: Any,
    numeric: Any,
    first: Any,
    last: Any,
    dots: Any,
) -> None:
    """Per line: the code point it ends at, its upper-case and (normalised) numeric characters, the first and last code
    point that is not white space (-1: none) and how many full stops it ends in, at most 3."""
    for document in range(len(blocks) - 1):
        base, origin = blocks[document], documents[document]
        chars = 0
        for line in range(offsets[document], offsets[document + 1]):
            start, end = starts[line] - origin, ends[line] - origin
            chars += count_bits(address(masks), base, LEAD, start, end)
            char_ends[line] = chars
            uppercase[line] = count_bits(address(masks), base, UPPER, start, end)
            numeric[line] = count_bits(address(masks), base, NUMERIC, start, end)
            while start < end and _is_space(address(masks), base, start):
                start += 1
            while start < end and _is_space(address(masks), base, end - 1):
                end -= 1
            first[line] = last[line] = -1
            dots[line] = 0
            if start == end:
                continue
            start, end = start + origin, end + origin
            first[line] = decode(address(data) + start)
            lead = end - 1
            while data[lead] & 0xC0 == 0x80:
                lead -= 1
            last[line] = decode(address(data) + lead)
            count = 0
            while count < 3 and end - count > start and data[end - count - 1] == 0x2E:
                count += 1
            dots[line] = count
