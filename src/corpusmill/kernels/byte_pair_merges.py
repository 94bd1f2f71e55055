"""Merging by rank: of all neighbours that may be merged those of the lowest rank are, the leftmost first, and again.

A short piece is looked through for every merge; a long one keeps its merges in a heap, so that n bytes take n log n.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import peek8, peek32, peek64, poke32, poke64
from corpusmill.kernels.jit import inlined, kernel

NONE = np.uint64(0xFFFFFFFFFFFFFFFF)  # no such pair; as a rank it is behind all others
SCRATCH_WORDS_PER_BYTE = 6
_SCANNED_BYTES = 64
_FILTER_BITS = 8  # for each slot
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class Merges(NamedTuple):
    """Addresses: ids of the 256 bytes (uint32); of a `pair_table` the slots and their number less one, and its filter,
    which is small enough to stay near: most neighbours are not merged.
    """

    byte_ids: int
    pairs: int
    last_slot: int
    filter: int


@inlined
def _mixed(pair: Any) -> Any:
    mixed = pair * _FACTOR
    return mixed ^ (mixed >> _HALF)


@inlined
def _slot(mixed: Any, last: Any) -> Any:
    return np.int64(mixed & np.uint64(last))


@inlined
def _place(mixed: Any, last: Any) -> Any:
    """The bit of a filter, which has _FILTER_BITS for each slot."""
    return np.int64((mixed >> np.uint64(24)) & np.uint64(_FILTER_BITS * (last + 1) - 1))


@inlined
def found(left: Any, right: Any, merges: Any) -> Any:
    """Rank and new id of two neighbours, as rank << 32 | id; NONE where they are not merged."""
    pair = np.uint64(left) << _HALF | np.uint64(right)
    mixed = _mixed(pair)
    place = _place(mixed, merges.last_slot)
    if not peek8(merges.filter + (place >> 3)) >> (place & 7) & 1:
        return NONE
    slot = _slot(mixed, merges.last_slot)
    while True:
        at = merges.pairs + 16 * slot
        value = peek64(at + 8)
        if value == NONE or peek64(at) == pair:
            return value
        slot = (slot + 1) & merges.last_slot


@kernel
def _fill(lefts: Any, rights: Any, ids: Any, table: Any, bits: Any) -> None:
    last = table.shape[0] - 1
    for rank in range(lefts.size):
        pair = np.uint64(lefts[rank]) << _HALF | np.uint64(rights[rank])
        mixed = _mixed(pair)
        place = _place(mixed, last)
        bits[place >> 3] |= np.uint8(1 << (place & 7))
        slot = _slot(mixed, last)
        while table[slot, 1] != NONE and table[slot, 0] != pair:
            slot = (slot + 1) & last
        table[slot, 0] = pair
        table[slot, 1] = np.uint64(rank) << _HALF | np.uint64(ids[rank])


def pair_table(
    lefts: npt.NDArray[Any], rights: npt.NDArray[Any], ids: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """[slots, 2] pairs by open addressing; lefts[i] and rights[i] make ids[i], with rank i. Of a pair that is there
    twice the last rank counts. And the filter: a bit for each that may be there.
    """
    slots = 2 << max(4, int(lefts.size).bit_length())
    table = np.full((slots, 2), NONE)
    bits = np.zeros(_FILTER_BITS * slots // 8, np.uint8)
    _fill(lefts, rights, ids, table, bits)
    return table, bits


@inlined
def _scanned(at: Any, size: Any, merges: Any, scratch: Any, out: Any) -> Any:
    """Values of the pairs lie in the scratch, ids where they are wanted in the end."""
    for k in range(size):
        poke32(out + 4 * k, peek32(merges.byte_ids + 4 * peek8(at + k)))
    for k in range(size - 1):
        poke64(scratch + 8 * k, found(peek32(out + 4 * k), peek32(out + 4 * k + 4), merges))
    while size > 1:
        best, place = NONE, 0
        for k in range(size - 1):
            value = peek64(scratch + 8 * k)
            if value < best:
                best, place = value, k
        if best == NONE:
            break
        size -= 1
        poke32(out + 4 * place, np.int64(best & _LOW))
        for k in range(place + 1, size):
            poke32(out + 4 * k, peek32(out + 4 * k + 4))
            poke64(scratch + 8 * k - 8, peek64(scratch + 8 * k))
        if place > 0:
            value = found(peek32(out + 4 * place - 4), peek32(out + 4 * place), merges)
            poke64(scratch + 8 * place - 8, value)
        if place + 1 < size:
            value = found(peek32(out + 4 * place), peek32(out + 4 * place + 4), merges)
            poke64(scratch + 8 * place, value)
    return size


@inlined
def _push(heap: Any, count: Any, entry: Any) -> Any:
    place = count
    while place > 0:
        above = (place - 1) >> 1
        other = peek64(heap + 8 * above)
        if other <= entry:
            break
        poke64(heap + 8 * place, other)
        place = above
    poke64(heap + 8 * place, entry)
    return count + 1


@inlined
def _pop(heap: Any, count: Any) -> Any:
    """Drops the least entry of `count`; returns how many are left."""
    count -= 1
    entry = peek64(heap + 8 * count)
    place = 0
    while True:
        below = 2 * place + 1
        if below >= count:
            break
        if below + 1 < count and peek64(heap + 8 * below + 8) < peek64(heap + 8 * below):
            below += 1
        other = peek64(heap + 8 * below)
        if entry <= other:
            break
        poke64(heap + 8 * place, other)
        place = below
    poke64(heap + 8 * place, entry)
    return count


@inlined
def _note(place: Any, right: Any, values: Any, ids: Any, merges: Any, heap: Any, count: Any) -> Any:
    """The value of the pair that begins at `place`, also in the heap if it can be merged."""
    value = found(peek32(ids + 4 * place), peek32(ids + 4 * right), merges)
    poke64(values + 8 * place, value)
    if value == NONE:
        return count
    return _push(heap, count, (value & ~_LOW) | np.uint64(place))


@inlined
def _by_heap(at: Any, size: Any, merges: Any, scratch: Any, out: Any) -> Any:
    """Entries of the heap are rank << 32 | place; one whose pair has changed since has another rank than its place."""
    values, heap = scratch, scratch + 8 * size
    ids = heap + 24 * size  # at most two pairs are made by a merge
    following, before = ids + 4 * size, ids + 8 * size
    for k in range(size):
        poke32(ids + 4 * k, peek32(merges.byte_ids + 4 * peek8(at + k)))
        poke32(following + 4 * k, k + 1)
        poke32(before + 4 * k, k - 1)
    count = 0
    for k in range(size - 1):
        count = _note(k, k + 1, values, ids, merges, heap, count)
    poke64(values + 8 * size - 8, NONE)
    while count:
        entry = peek64(heap)
        count = _pop(heap, count)
        place = np.int64(entry & _LOW)
        value = peek64(values + 8 * place)
        if value == NONE or (value ^ entry) >> _HALF:
            continue
        poke32(ids + 4 * place, np.int64(value & _LOW))
        gone = peek32(following + 4 * place)
        right = peek32(following + 4 * gone)
        poke64(values + 8 * gone, NONE)
        poke32(following + 4 * place, right)
        if right < size:
            poke32(before + 4 * right, place)
            count = _note(place, right, values, ids, merges, heap, count)
        else:
            poke64(values + 8 * place, NONE)
        if place > 0:
            count = _note(peek32(before + 4 * place), place, values, ids, merges, heap, count)
    written, place = 0, np.int64(0)
    while place < size:
        poke32(out + 4 * written, peek32(ids + 4 * place))
        written += 1
        place = peek32(following + 4 * place)
    return written


@kernel
def merge(at: Any, size: Any, merges: Merges, scratch: Any, out: Any) -> Any:
    """Write the ids of `size` bytes at an address to the address `out`, where there is room for `size`; returns how
    many they are. `scratch`: SCRATCH_WORDS_PER_BYTE words of eight bytes for each byte.
    """
    if size <= _SCANNED_BYTES:
        return _scanned(at, size, merges, scratch, out)
    return _by_heap(at, size, merges, scratch, out)
