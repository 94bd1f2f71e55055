"""One pass over the UTF-8 of a batch: ten masks of 64 bits for every block of 64 bytes of each document.

All later kernels read these masks instead of bytes. Blocks start anew with each document; behind the end of a document
the mask SPACE is set and all others are clear. SPACE and WORD are set on all bytes of a code point; UPPER, LOWER,
NUMERIC and LEAD on its first byte; PUNCTUATION, NEWLINE and LETTER on ASCII alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import (
    HIGH,
    LEAD,
    LOWER,
    MASKS,
    NUMERIC,
    SPACE,
    UPPER,
    WORD,
    classify64,
    low_bits,
    popcount,
    trailing_zeros,
)
from corpusmill.kernels.jit import inlined, kernel
from corpusmill.kernels.tables import IS_LOWER, IS_NUMERIC, IS_SPACE, IS_UPPER, IS_WORD, Unicode
from corpusmill.kernels.utf8 import class_of, decode, width

BLOCK = 64


def block_offsets(offsets: np.ndarray) -> np.ndarray:
    """int64[n+1]: first block of each document."""
    blocks = np.zeros(len(offsets), np.int64)
    np.cumsum((np.diff(offsets) + (BLOCK - 1)) // BLOCK, out=blocks[1:])
    return blocks


@inlined
def _non_ascii(data: Any, start: Any, end: Any, mask: Any, spill: Any, tables: Unicode) -> None:
    """Complete the masks of the block at byte `start` for its non-ASCII code points.

    `spill`: WORD and SPACE bits of the code point that reaches over the end of the block, kept for the next one.
    """
    mask[WORD] |= spill[0]
    mask[SPACE] |= spill[1]
    spill[0] = 0
    spill[1] = 0
    leads = mask[HIGH] & mask[LEAD]
    while leads:
        bit = trailing_zeros(leads)
        leads &= leads - np.uint64(1)
        bytes_ = width(data[start + bit])
        kind = class_of(decode(data, start + bit), tables)
        if kind & (IS_WORD | IS_SPACE):
            column = 0 if kind & IS_WORD else 1
            ones = low_bits(bytes_)
            mask[WORD if column == 0 else SPACE] |= ones << np.uint64(bit)
            if bit + bytes_ > BLOCK:
                spill[column] = ones >> np.uint64(BLOCK - bit)
        if kind & (IS_UPPER | IS_LOWER | IS_NUMERIC):
            one = np.uint64(1) << np.uint64(bit)
            if kind & IS_UPPER:
                mask[UPPER] |= one
            if kind & IS_LOWER:
                mask[LOWER] |= one
            if kind & IS_NUMERIC:
                mask[NUMERIC] |= one


@kernel
def classify(data: Any, offsets: Any, blocks: Any, tables: Unicode, masks: Any) -> None:
    """Fill `masks` uint64[blocks, MASKS] from `data` uint8 and its documents' `offsets`; `blocks`: `block_offsets`."""
    tail = np.zeros(BLOCK, np.uint8)
    spill = np.zeros(2, np.uint64)
    for document in range(len(offsets) - 1):
        start, end = offsets[document], offsets[document + 1]
        spill[:] = 0
        for block in range(blocks[document], blocks[document + 1]):
            mask = masks[block]
            if start + BLOCK <= len(data):
                columns = classify64(data, start)
            else:
                tail[:] = 0
                tail[: end - start] = data[start:end]
                columns = classify64(tail, 0)
            valid = low_bits(min(end - start, BLOCK))
            for column in range(MASKS):
                mask[column] = columns[column] & valid
            if mask[HIGH]:
                _non_ascii(data, start, end, mask, spill, tables)
            mask[SPACE] |= ~valid
            start += BLOCK


@inlined
def window(masks: Any, base: Any, column: Any, start: Any, count: Any) -> Any:
    """Bits `start`..`start + count` (count ≤ 64) of a document's column; `base` is the document's first block."""
    block = base + (start >> 6)
    shift = np.uint64(start & 63)
    bits = masks[block, column] >> shift
    if (start & 63) + count > BLOCK:
        bits |= masks[block + 1, column] << (np.uint64(BLOCK) - shift)
    return bits & low_bits(count)


@kernel
def count_bits(masks: Any, base: Any, column: Any, start: Any, end: Any) -> Any:
    """Number of bits `start`..`end` of a document's column that are set."""
    if start >= end:
        return 0
    first, last = base + (start >> 6), base + ((end - 1) >> 6)
    head = masks[first, column] >> np.uint64(start & 63)
    if first == last:
        return popcount(head & low_bits(end - start))
    total = popcount(head)
    for block in range(first + 1, last):
        total += popcount(masks[block, column])
    return total + popcount(masks[last, column] & low_bits(((end - 1) & 63) + 1))


@kernel
def any_bit(masks: Any, base: Any, column: Any, start: Any, end: Any) -> Any:
    """Whether one of the bits `start`..`end` of a document's column is set."""
    while end - start > BLOCK:
        if window(masks, base, column, start, BLOCK):
            return True
        start += BLOCK
    return window(masks, base, column, start, end - start) != 0
