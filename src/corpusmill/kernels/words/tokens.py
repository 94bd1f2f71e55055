r"""Matches of `\w+|[^\w\s]+` (re of Python 3.11, Unicode 14) and what is measured on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import (
    BRACE,
    DOT,
    HIGH,
    LEAD,
    LETTER,
    LOWER,
    NUMBER_SIGN,
    SPACE,
    TERMINAL,
    UPPER,
    WORD,
    address,
    popcount,
    trailing_zeros,
)
from corpusmill.kernels.characters.classify import BLOCK, any_bit, window
from corpusmill.kernels.hashes.hashing import hash_bytes
from corpusmill.machine_code.jit import kernel

ONE, LAST = np.uint64(1), np.uint64(63)

# Columns of the counts per document.
CAPITALS, ALPHABETIC, SEGMENTS, NUMBER_SIGNS, DOTS, ELLIPSES, BRACES = range(7)
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
    """Hash every token; fill CAPITALS, tokens with `isupper()`, and ALPHABETIC, tokens with an ASCII letter."""
    for document in range(len(blocks) - 1):
        base, origin, bits = blocks[document], documents[document], address(masks)
        capitals = alphabetic = 0
        for token in range(offsets[document], offsets[document + 1]):
            start, end = starts[token], ends[token]
            hashes[token] = hash_bytes(address(data), start, end, len(data))
            first, size = start - origin, end - start
            if size <= BLOCK:
                capitals += (window(bits, base, UPPER, first, size) != 0) & (
                    window(bits, base, LOWER, first, size) == 0
                )
                alphabetic += window(bits, base, LETTER, first, size) != 0
            else:
                last = end - origin
                capitals += any_bit(bits, base, UPPER, first, last) and not any_bit(bits, base, LOWER, first, last)
                alphabetic += any_bit(bits, base, LETTER, first, last)
        counts[document, CAPITALS] = capitals
        counts[document, ALPHABETIC] = alphabetic


@kernel
def count_symbols(data: Any, masks: Any, blocks: Any, documents: Any, counts: Any) -> None:
    """Fill the counts of each document that need no tokens.

    SEGMENTS: pieces between `.`, `!` and `?` that hold a word character; NUMBER_SIGNS, ELLIPSES, BRACES: `#`, U+2026,
    `{` and `}`; DOTS: `...`, not overlapping.
    """
    for document in range(len(blocks) - 1):
        segments = number_signs = dots = ellipses = braces = run = 0
        in_segment = False
        position = documents[document]
        for block in range(blocks[document], blocks[document + 1]):
            word, bits = masks[block, WORD], masks[block, TERMINAL]
            while bits:
                lowest = bits & (~bits + ONE)
                segments += in_segment or word & (lowest - ONE) != 0
                in_segment = False
                word &= ~(lowest - ONE)
                bits ^= lowest
            in_segment = in_segment or word != 0
            number_signs += popcount(masks[block, NUMBER_SIGN])
            braces += popcount(masks[block, BRACE])
            bits = masks[block, DOT]
            if run == 0 and not bits & bits >> ONE:  # no two in a row: at most the last can belong to `...`
                run = int(bits >> LAST)
            else:
                for bit in range(64):
                    run = run + 1 if bits >> np.uint64(bit) & ONE else 0
                    if run == 3:
                        dots += 1
                        run = 0
            bits = masks[block, HIGH] & masks[block, LEAD]
            while bits:
                at = position + trailing_zeros(bits)
                ellipses += data[at] == 0xE2 and data[at + 1] == 0x80 and data[at + 2] == 0xA6
                bits &= bits - ONE
            position += 64
        row = counts[document]
        row[SEGMENTS], row[NUMBER_SIGNS] = segments + in_segment, number_signs
        row[DOTS], row[ELLIPSES], row[BRACES] = dots, ellipses, braces
