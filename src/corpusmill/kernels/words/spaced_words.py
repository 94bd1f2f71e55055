"""Words between white space, as `str.split` and as fastText cut them, and what is measured on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import HIGH, LEAD, LETTER, SPACE, address, peek8, popcount, trailing_zeros
from corpusmill.kernels.characters.classify import any_bit
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.machine_code.jit import inlined, kernel

ONE, LAST = np.uint64(1), np.uint64(63)
LOWER_CASE = 0x20

# Columns of what `measure_spaced_words` counts.
CHARS, WITHOUT, LISTED = range(3)
COUNTS = 3


@kernel
def count_spaced_words(masks: Any, blocks: Any, offsets: Any) -> None:
    """offsets int64[n+1] = first word of each document: runs of what is no white space."""
    total = 0
    offsets[0] = 0
    for document in range(len(blocks) - 1):
        before = np.uint64(0)
        for block in range(blocks[document], blocks[document + 1]):
            inside = ~masks[block, SPACE]
            total += popcount(inside & ~(inside << ONE | before))
            before = inside >> LAST
        offsets[document + 1] = total


@kernel
def find_spaced_words(masks: Any, blocks: Any, documents: Any, starts: Any, ends: Any) -> None:
    """Fill the byte spans of all words; `documents` int64[n+1] are the byte offsets."""
    opened = closed = 0
    for document in range(len(blocks) - 1):
        position = documents[document]
        before = np.uint64(0)
        for block in range(blocks[document], blocks[document + 1]):
            inside = ~masks[block, SPACE]
            shifted = inside << ONE | before
            bits = inside & ~shifted
            while bits:
                starts[opened] = position + trailing_zeros(bits)
                opened += 1
                bits &= bits - ONE
            bits = shifted & ~inside
            while bits:
                ends[closed] = position + trailing_zeros(bits)
                closed += 1
                bits &= bits - ONE
            before = inside >> LAST
            position += 64
        if opened > closed:
            ends[closed] = documents[document + 1]
            closed += 1


@inlined
def _any_kind(at: Any, end: Any, kinds: Any, kind: Any) -> Any:
    """Whether a code point from address `at` to `end` has a bit of `kind`."""
    while at < end:
        if peek8(kinds + decode(at)) & kind:
            return True
        at += width(peek8(at))
    return False


@inlined
def _lower_case(at: Any, end: Any) -> Any:
    """At most eight bytes, their letters of ASCII in lower case, as a number."""
    packed = np.uint64(0)
    while at < end:
        packed = packed << np.uint64(8) | np.uint64(peek8(at) | LOWER_CASE)
        at += 1
    return packed


@kernel
def measure_spaced_words(
    data: Any,
    masks: Any,
    blocks: Any,
    documents: Any,
    starts: Any,
    ends: Any,
    offsets: Any,
    kinds: Any,
    letter: Any,
    listed: Any,
    counts: Any,
) -> None:
    """counts int64[n, COUNTS]: code points of all words, words without a letter, words of a list in any case.

    `kinds` uint8[0x110000]: letters have its bit `letter`. `listed` uint64: words of at most eight small letters of
    ASCII, as numbers of base 256.
    """
    for document in range(len(blocks) - 1):
        base, origin = blocks[document], documents[document]
        chars = without = known = 0
        for block in range(base, blocks[document + 1]):
            chars += popcount(masks[block, LEAD] & ~masks[block, SPACE])
        for word in range(offsets[document], offsets[document + 1]):
            start, end = starts[word], ends[word]
            first, last = start - origin, end - origin
            if not any_bit(address(masks), base, LETTER, first, last):
                without += not any_bit(address(masks), base, HIGH, first, last) or not _any_kind(
                    address(data) + start, address(data) + end, address(kinds), letter
                )
            elif end - start <= 8:
                packed = _lower_case(address(data) + start, address(data) + end)
                for entry in range(len(listed)):
                    known += listed[entry] == packed
        row = counts[document]
        row[CHARS], row[WITHOUT], row[LISTED] = chars, without, known


@kernel
def count_fasttext_words(data: Any, documents: Any, kinds: Any, kind: Any, counts: Any) -> None:
    """counts int64[n]: words whose first code point has a bit of `kind` in `kinds` uint8[0x110000].

    Words are cut at fastText's white space: blank, tab, U+000A to U+000D and U+0000.
    """
    for document in range(len(documents) - 1):
        count = 0
        inside = False
        for at in range(documents[document], documents[document + 1]):
            byte = data[at]
            if byte == 0x20 or 0x09 <= byte <= 0x0D or byte == 0:
                inside = False
            elif not inside:
                inside = True
                count += kinds[decode(address(data) + at)] & kind != 0
        counts[document] = count
