"""One pass over the UTF-8 of a batch: 14 masks of 64 bits for every block of 64 bytes of each document.

All later kernels read these masks instead of bytes. Blocks start anew with each document; behind the end of a document
the mask SPACE is set and all others are clear. SPACE and WORD are set on all bytes of a code point; UPPER, LOWER,
NUMERIC and LEAD on its first byte; the others on ASCII alone, HIGH on all else.
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
    address,
    classify64,
    low_bits,
    peek8,
    peek64,
    poke64,
    popcount,
    trailing_zeros,
)
from corpusmill.kernels.characters.tables import IS_LOWER, IS_NUMERIC, IS_SPACE, IS_UPPER, IS_WORD, Unicode
from corpusmill.kernels.characters.utf8 import class_of, decode, width
from corpusmill.machine_code.jit import inlined, kernel

BLOCK = 64
ONE = np.uint64(1)


def block_offsets(offsets: np.ndarray) -> np.ndarray:
    """int64[n+1]: first block of each document."""
    blocks = np.zeros(len(offsets), np.int64)
    np.cumsum((np.diff(offsets) + (BLOCK - 1)) // BLOCK, out=blocks[1:])
    return blocks


@inlined
def _set(mask: Any, column: Any, bits: Any) -> None:
    poke64(mask + 8 * column, peek64(mask + 8 * column) | bits)


@kernel
def _non_ascii(data: Any, mask: Any, word_spill: Any, space_spill: Any, tables: Unicode) -> Any:
    """Complete the masks at address `mask` of the block of bytes at address `data` for its non-ASCII code points.

    The spills are WORD and SPACE bits of a code point that reaches over the end of a block, for the next one.
    """
    leads = peek64(mask + 8 * HIGH) & peek64(mask + 8 * LEAD)
    word, space = word_spill, space_spill
    word_spill = space_spill = upper = lower = numeric = np.uint64(0)
    while leads:
        bit = trailing_zeros(leads)
        one = np.uint64(1) << np.uint64(bit)
        leads ^= one
        bytes_ = width(peek8(data + bit))
        kind = class_of(decode(data + bit), tables)
        ones = low_bits(bytes_)
        over = (ones >> np.uint64(1)) >> np.uint64(63 - bit)
        if kind & IS_WORD:
            word |= ones << np.uint64(bit)
            word_spill |= over
        if kind & IS_SPACE:
            space |= ones << np.uint64(bit)
            space_spill |= over
        if kind & (IS_UPPER | IS_LOWER | IS_NUMERIC):
            if kind & IS_UPPER:
                upper |= one
            if kind & IS_LOWER:
                lower |= one
            if kind & IS_NUMERIC:
                numeric |= one
    _set(mask, WORD, word)
    _set(mask, SPACE, space)
    _set(mask, UPPER, upper)
    _set(mask, LOWER, lower)
    _set(mask, NUMERIC, numeric)
    return word_spill, space_spill


@kernel
def classify(data: Any, offsets: Any, blocks: Any, tables: Unicode, tail: Any, masks: Any) -> None:
    """Fill `masks` uint64[blocks + 1, MASKS] from `data` uint8 and its documents' `offsets`; `blocks`: `block_offsets`.

    The row behind the last block is zero, so that `window` may read it. `tail` is scratch of 64 bytes.
    """
    masks[-1] = 0
    for document in range(len(offsets) - 1):
        start, end = offsets[document], offsets[document + 1]
        word_spill = space_spill = np.uint64(0)
        for block in range(blocks[document], blocks[document + 1]):
            source = address(data) + start
            if start + BLOCK > len(data):
                tail[:] = 0
                tail[: end - start] = data[start:end]
                source = address(tail)
            columns = classify64(source)
            valid = low_bits(min(end - start, BLOCK))
            mask = address(masks) + 8 * MASKS * block
            for column in range(MASKS):
                poke64(mask + 8 * column, columns[column] & valid)
            if columns[HIGH] & valid:
                word_spill, space_spill = _non_ascii(address(data) + start, mask, word_spill, space_spill, tables)
            _set(mask, SPACE, ~valid)
            start += BLOCK


@inlined
def window(masks: Any, base: Any, column: Any, start: Any, count: Any) -> Any:
    """Bits `start`..`start + count` (1 ≤ count ≤ 64) of a document's column.

    `masks`: address of the masks; `base`: the document's first block.
    """
    row = masks + 8 * ((base + (start >> 6)) * MASKS + column)
    shift = np.uint64(start & 63)
    bits = peek64(row) >> shift | peek64(row + 8 * MASKS) << ONE << (np.uint64(63) - shift)
    return bits & low_bits(count)


@inlined
def any_bit(masks: Any, base: Any, column: Any, start: Any, end: Any) -> Any:
    """Whether one of the bits `start`..`end` of a document's column is set."""
    while end - start > BLOCK:
        if window(masks, base, column, start, BLOCK):
            return True
        start += BLOCK
    return end > start and window(masks, base, column, start, end - start) != 0


@inlined
def count_bits(masks: Any, base: Any, column: Any, start: Any, end: Any) -> Any:
    """Number of bits `start`..`end` of a document's column that are set."""
    total = 0
    while end - start > BLOCK:
        total += popcount(window(masks, base, column, start, BLOCK))
        start += BLOCK
    if end > start:
        total += popcount(window(masks, base, column, start, end - start))
    return total
