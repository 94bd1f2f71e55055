r"""Matches of `\w+|[^\w\s]+` (re of Python 3.11, Unicode 14) and what is measured on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import LETTER, LOWER, SPACE, UPPER, WORD, popcount, trailing_zeros
from corpusmill.kernels.classify import any_bit
from corpusmill.kernels.hashing import hash_bytes
from corpusmill.kernels.jit import kernel

ONE, LAST = np.uint64(1), np.uint64(63)

# Columns of the counts per document.
CAPITALS, ALPHABETIC, SEGMENTS, HASHES, DOTS, ELLIPSES, BRACES = range(7)
COUNTS = 7


@kernel
def count_tokens(masks: Any, blocks: Any, offsets: Any) -> None:
    """offsets int64[n+1] = first token of each document."""
    total = 0
    offsets[0] = 0
    for document in range(len(blocks) - 1):
        word_before = other_before = np.uint64(0)
        for block in range(blocks[document], blocks[document + 1]):
            word = masks[block, WORD]
            other = ~(word | masks[block, SPACE])
            total += popcount(word & ~(word << ONE | word_before)) + popcount(other & ~(other << ONE | other_before))
            word_before, other_before = word >> LAST, other >> LAST
        offsets[document + 1] = total


@kernel
def find_tokens(masks: Any, blocks: Any, documents: Any, starts: Any, ends: Any) -> None:
    """Fill the byte spans of all tokens; `documents` int64[n+1] are the byte offsets."""
    opened = closed = 0
    for document in range(len(blocks) - 1):
        position = documents[document]
        word_before = other_before = np.uint64(0)
        for block in range(blocks[document], blocks[document + 1]):
            word = masks[block, WORD]
            other = ~(word | masks[block, SPACE])
            word_shifted, other_shifted = word << ONE | word_before, other << ONE | other_before
            bits = (word & ~word_shifted) | (other & ~other_shifted)
            while bits:
                starts[opened] = position + trailing_zeros(bits)
                opened += 1
                bits &= bits - ONE
            bits = (word_shifted & ~word) | (other_shifted & ~other)
            while bits:
                ends[closed] = position + trailing_zeros(bits)
                closed += 1
                bits &= bits - ONE
            word_before, other_before = word >> LAST, other >> LAST
            position += 64
        if opened > closed:
            ends[closed] = documents[document + 1]
            closed += 1


@kernel
def measure_tokens(
    data: Any, masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any, hashes: Any, counts: Any
) -> None:
    """Hash every token and fill `counts` int64[n, COUNTS].

    CAPITALS: tokens with `isupper()`; ALPHABETIC: tokens with an ASCII letter; SEGMENTS: pieces between `.`, `!` and
    `?` that hold a token of word characters; HASHES, ELLIPSES, BRACES: `#`, U+2026, `{` and `}`; DOTS: `...`, not
    overlapping.
    """
    for document in range(len(blocks) - 1):
        base, origin = blocks[document], documents[document]
        capitals = alphabetic = segments = number_signs = dots = ellipses = braces = 0
        in_segment = False
        for token in range(offsets[document], offsets[document + 1]):
            start, end = starts[token], ends[token]
            hashes[token] = hash_bytes(data, start, end)
            first, last = start - origin, end - origin
            capitals += any_bit(masks, base, UPPER, first, last) and not any_bit(masks, base, LOWER, first, last)
            if (masks[base + (first >> 6), WORD] >> np.uint64(first & 63)) & ONE:
                alphabetic += any_bit(masks, base, LETTER, first, last)
                in_segment = True
                continue
            run = 0
            for at in range(start, end):
                byte = data[at]
                if byte == 0x2E:
                    run += 1
                    if run == 3:
                        dots += 1
                        run = 0
                else:
                    run = 0
                if byte == 0x2E or byte == 0x21 or byte == 0x3F:
                    segments += in_segment
                    in_segment = False
                elif byte == 0x23:
                    number_signs += 1
                elif byte == 0x7B or byte == 0x7D:
                    braces += 1
                elif byte == 0xE2 and data[at + 1] == 0x80 and data[at + 2] == 0xA6:
                    ellipses += 1
        row = counts[document]
        row[CAPITALS], row[ALPHABETIC], row[SEGMENTS] = capitals, alphabetic, segments + in_segment
        row[HASHES], row[DOTS], row[ELLIPSES], row[BRACES] = number_signs, dots, ellipses, braces
