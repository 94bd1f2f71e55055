"""Chunks of texts, what stands between white space, and a table of all that is known of each distinct one.

The table is open-addressing: slots hold the number of an entry and 32 bits of its hash, and the bytes are compared, so
that no two chunks are ever taken for one another. An entry owns a span of rows, one a token.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import SPACE, address, peek8, peek64, trailing_zeros
from corpusmill.kernels.hashes.hashing import hash_bytes
from corpusmill.machine_code.jit import inlined, kernel

NO_ENTRY = np.int64(-1)
NEWLINE = 0x0A
_ONE, _LAST, _HALF = np.uint64(1), np.uint64(63), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_STEP = np.uint64(0x9E3779B97F4A7C15)


@kernel
def find_chunks(masks: Any, blocks: Any, documents: Any, starts: Any, ends: Any, offsets: Any) -> None:
    """Byte spans of the runs of code points that are not white space; offsets int64[n+1] = first of each text.

    `documents` int64[n+1] are the byte offsets; there is room for a chunk in every second byte of each text.
    """
    opened = closed = 0
    offsets[0] = 0
    for document in range(len(blocks) - 1):
        position = documents[document]
        before = np.uint64(0)
        for block in range(blocks[document], blocks[document + 1]):
            inside = ~masks[block, SPACE]
            shifted = inside << _ONE | before
            bits = inside & ~shifted
            while bits:
                starts[opened] = position + trailing_zeros(bits)
                opened += 1
                bits &= bits - _ONE
            bits = shifted & ~inside
            while bits:
                ends[closed] = position + trailing_zeros(bits)
                closed += 1
                bits &= bits - _ONE
            before = inside >> _LAST
            position += 64
        if opened > closed:
            ends[closed] = documents[document + 1]
            closed += 1
        offsets[document + 1] = opened


@inlined
def _same(left: Any, right: Any, length: Any) -> Any:
    """Whether `length` bytes from two addresses on are equal."""
    while length >= 8:
        if peek64(left) != peek64(right):
            return False
        left, right, length = left + 8, right + 8, length - 8
    while length > 0:
        if peek8(left) != peek8(right):
            return False
        left, right, length = left + 1, right + 1, length - 1
    return True


@kernel
def look_up(
    data: Any, starts: Any, ends: Any, variants: Any, first: Any, table: Any, arena: Any, text_ends: Any, known: Any,
    count: Any, entries: Any,
) -> Any:  # fmt: skip
    """entries[i] = the entry of the chunk data[starts[i]:ends[i]], for i from `first` on; new chunks make new entries.

    Chunks of different `variants` uint8 are different; `known` uint8 are those of the entries.

    table uint64[slots]: 0 where free, else 32 bits of the hash above the entry's number plus one; slots is a power of
    two. Entry e has the bytes arena[text_ends[e]:text_ends[e + 1] - 1] and a newline; both have room for all chunks.
    `count` entries are there. Returns (chunks done, entries then): fewer than all where half of the slots are taken.
    """
    slots = np.uint64(len(table) - 1)
    origin, limit, kept = address(data), len(data), address(arena)
    for i in range(first, len(starts)):
        start, end = starts[i], ends[i]
        length = end - start
        hash_ = hash_bytes(origin, start, end, limit) + _STEP * np.uint64(variants[i])
        tag = hash_ & ~_LOW
        slot = hash_ & slots
        entry = NO_ENTRY
        while table[slot] != 0:
            if table[slot] & ~_LOW == tag:
                candidate = np.int64(table[slot] & _LOW) - 1
                at = text_ends[candidate]
                if (
                    known[candidate] == variants[i]
                    and text_ends[candidate + 1] - at == length + 1
                    and _same(kept + at, origin + start, length)
                ):
                    entry = candidate
                    break
            slot = (slot + _ONE) & slots
        if entry == NO_ENTRY:
            if 2 * (count + 1) > len(table):
                return i, count
            entry = count
            table[slot] = tag | np.uint64(entry + 1)
            at = text_ends[entry]
            for byte in range(length):
                arena[at + byte] = data[start + byte]
            arena[at + length] = NEWLINE
            known[entry] = variants[i]
            text_ends[entry + 1] = at + length + 1
            count += 1
        entries[i] = entry
    return len(starts), count


@kernel
def enter(arena: Any, text_ends: Any, known: Any, count: Any, table: Any) -> None:
    """Put all entries into an empty table, which has room for them."""
    slots = np.uint64(len(table) - 1)
    for entry in range(count):
        hash_ = hash_bytes(address(arena), text_ends[entry], text_ends[entry + 1] - 1, len(arena))
        hash_ += _STEP * np.uint64(known[entry])
        slot = hash_ & slots
        while table[slot] != 0:
            slot = (slot + _ONE) & slots
        table[slot] = (hash_ & ~_LOW) | np.uint64(entry + 1)


@kernel
def find_linked(
    starts: Any, ends: Any, data: Any, offsets: Any, entries: Any, heads: Any, tails: Any, pairs: Any, fragile: Any,
    always: Any, linked: Any,
) -> None:  # fmt: skip
    """linked[d] = whether two chunks of text d, one U+0020 between them, are so that the rules may see them as one.

    They are where `pairs`, sorted, has tails[left] << 32 | heads[right] (both int32, 0: none), and one of the two is
    fragile (uint8) or `always` holds.
    """
    for text in range(len(offsets) - 1):
        found = False
        for i in range(offsets[text] + 1, offsets[text + 1]):
            left, right = entries[i - 1], entries[i]
            if tails[left] == 0 or heads[right] == 0:
                continue
            if not (always or fragile[left] or fragile[right]):
                continue
            if starts[i] != ends[i - 1] + 1 or data[ends[i - 1]] != 0x20:
                continue
            code = np.int64(tails[left]) << 32 | np.int64(heads[right])
            place = np.searchsorted(pairs, code)
            if place < len(pairs) and pairs[place] == code:
                found = True
                break
        linked[text] = found


@kernel
def count_rows(offsets: Any, entries: Any, first_rows: Any, row_offsets: Any) -> None:
    """row_offsets int64[n+1]: the rows before each text, where entry e has the rows first_rows[e]:first_rows[e + 1]."""
    total = 0
    row_offsets[0] = 0
    for text in range(len(offsets) - 1):
        for i in range(offsets[text], offsets[text + 1]):
            entry = entries[i]
            if entry != NO_ENTRY:
                total += first_rows[entry + 1] - first_rows[entry]
        row_offsets[text + 1] = total


@kernel
def gather_rows(
    entries: Any, first_rows: Any, hashes: Any, powers: Any, lengths: Any, kinds: Any, out_hashes: Any,
    out_powers: Any, out_lengths: Any, out_kinds: Any,
) -> None:  # fmt: skip
    """The rows of all entries in their order, NO_ENTRY left out."""
    out = 0
    for i in range(len(entries)):
        entry = entries[i]
        if entry == NO_ENTRY:
            continue
        for row in range(first_rows[entry], first_rows[entry + 1]):
            out_hashes[out], out_powers[out] = hashes[row], powers[row]
            out_lengths[out], out_kinds[out] = lengths[row], kinds[row]
            out += 1
