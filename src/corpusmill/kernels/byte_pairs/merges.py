"""Merging by rank: of all neighbours that may be merged those of the lowest rank are, the leftmost first, and again.

A short piece is looked through for every merge; a long one keeps its merges in a heap, so that n bytes take n log n.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import (
    address,
    bit_at,
    leading_zeros,
    least8,
    low_bits,
    peek8,
    peek16,
    peek32,
    peek64,
    poke32,
    poke64,
    set_bit_at,
    trailing_zeros,
)
from corpusmill.machine_code.jit import inlined, kernel

NONE = np.uint64(0xFFFFFFFFFFFFFFFF)  # no such pair; as a rank it is behind all others
SCRATCH_WORDS_PER_BYTE = 6
_SCANNED_BYTES = 64
_FILTER_BITS = 8  # for each slot
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)
_NO_RANK = NONE & ~_LOW  # whatever place is below it
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class Merges(NamedTuple):
    """Addresses: ids of the 256 bytes (uint32); of a `pair_table` the slots and their number less one, and its filter,
    which is small enough to stay near: most neighbours are not merged.
    """

    byte_ids: int
    pairs: int
    last_slot: int
    filter: int
    of_bytes: int  # `byte_pairs`


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
    if not bit_at(merges.filter, _place(mixed, merges.last_slot)):
        return NONE
    slot = _slot(mixed, merges.last_slot)
    while True:
        at = merges.pairs + 16 * slot
        value = peek64(at + 8)
        if value == NONE or peek64(at) == pair:
            return value
        slot = (slot + 1) & merges.last_slot


@kernel
def _fill(lefts: Any, rights: Any, ids: Any, ranks: Any, table: Any, bits: Any) -> None:
    last = table.shape[0] - 1
    for k in range(lefts.size):
        pair = np.uint64(lefts[k]) << _HALF | np.uint64(rights[k])
        mixed = _mixed(pair)
        set_bit_at(address(bits), _place(mixed, last))
        slot = _slot(mixed, last)
        while table[slot, 1] != NONE and table[slot, 0] != pair:
            slot = (slot + 1) & last
        table[slot, 0] = pair
        table[slot, 1] = np.uint64(ranks[k]) << _HALF | np.uint64(ids[k])


def pair_table(
    lefts: npt.NDArray[Any],
    rights: npt.NDArray[Any],
    ids: npt.NDArray[Any],
    ranks: npt.NDArray[np.int64] | None = None,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """[slots, 2] pairs by open addressing; lefts[i] and rights[i] make ids[i], with rank i if `ranks` say nothing
    else. Of a pair that is there twice the last rank counts. And the filter: a bit for each that may be there.
    """
    slots = 2 << max(4, int(lefts.size).bit_length())
    table = np.full((slots, 2), NONE)
    bits = np.zeros(_FILTER_BITS * slots // 8, np.uint8)
    ranks = np.arange(lefts.size) if ranks is None else ranks
    _fill(lefts, rights, ids, ranks, table, bits)
    return table, bits


@kernel
def _byte_pairs(byte_ids: Any, merges: Any, table: Any) -> None:
    for first in range(256):
        for second in range(256):
            table[first | second << 8] = found(np.int64(byte_ids[first]), np.int64(byte_ids[second]), merges)


def byte_pairs(byte_ids: npt.NDArray[np.uint32], merges: Merges) -> npt.NDArray[np.uint64]:
    """[65536]: what any two bytes make, the second one in the high bits."""
    table = np.empty(1 << 16, np.uint64)
    _byte_pairs(byte_ids, merges, table)
    return table


@inlined
def _set(place: Any, value: Any, keys: Any, made: Any) -> None:
    """What the pair that begins at `place` makes: its rank, with the place below it, and the id."""
    poke64(keys + 8 * place, (value & ~_LOW) | np.uint64(place))
    poke32(made + 4 * place, np.int64(value & _LOW))


@inlined
def _least(keys: Any, size: Any) -> Any:
    """Few are read one by one: they were written one by one just now, and eight at once would have to wait for that."""
    if size <= 16:
        even, odd = peek64(keys), peek64(keys + 8)
        for k in range(2, size, 2):
            even, odd = min(even, peek64(keys + 8 * k)), min(odd, peek64(keys + 8 * k + 8))
        return min(even, odd)
    best = least8(keys)
    for k in range(8, size, 8):
        best = min(best, least8(keys + 8 * k))
    return best


@inlined
def _scanned_bytes(at: Any, size: Any, merges: Any, scratch: Any, out: Any) -> Any:
    keys, made = scratch, scratch + 8 * _SCANNED_BYTES
    ids = made + 4 * _SCANNED_BYTES
    for k in range(size):
        poke32(ids + 4 * k, peek32(merges.byte_ids + 4 * peek8(at + k)))
    for k in range(size - 1):
        _set(k, peek64(merges.of_bytes + 8 * peek16(at + k)), keys, made)
    begins = _scanned(size, merges, keys, made, ids)
    count = 0
    while begins:
        poke32(out + 4 * count, peek32(ids + 4 * trailing_zeros(begins)))
        begins &= begins - _ONE
        count += 1
    return count


@inlined
def _scanned(size: Any, merges: Any, keys: Any, made: Any, ids: Any) -> Any:
    """At most 64 ids, with what their pairs make: all keys are looked through for the least, and again. Returns a bit
    for each place where an id still begins.
    """
    for k in range(size - 1, (size + 7) & ~7):
        poke64(keys + 8 * k, NONE)
    begins = low_bits(size)
    while True:
        best = _least(keys, size)
        if best >= _NO_RANK:
            break
        place = np.int64(best & _LOW)
        joined = peek32(made + 4 * place)
        poke32(ids + 4 * place, joined)
        behind = begins & ~low_bits(place + 1)
        gone = behind & (~behind + _ONE)
        begins ^= gone
        behind ^= gone
        poke64(keys + 8 * trailing_zeros(gone), NONE)
        value = NONE
        if behind:
            value = found(joined, peek32(ids + 4 * trailing_zeros(behind)), merges)
        _set(place, value, keys, made)
        before = begins & (low_bits(place + 1) >> _ONE)
        if before:
            left = 63 - leading_zeros(before)
            _set(left, found(peek32(ids + 4 * left), joined, merges), keys, made)
    return begins


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
def _heap_ids(size: Any, scratch: Any) -> Any:
    """Where the ids lie that `_by_heap` merges."""
    return scratch + 32 * size  # at most two pairs are made by a merge


@inlined
def _by_heap(size: Any, merges: Any, scratch: Any) -> Any:
    """Entries of the heap are rank << 32 | place; one whose pair has changed since has another rank than its place.

    Returns the address of the place (uint32) behind each that is left.
    """
    values, heap = scratch, scratch + 8 * size
    ids = _heap_ids(size, scratch)
    following, before = ids + 4 * size, ids + 8 * size
    for k in range(size):
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
    return following


@inlined
def _heap_bytes(at: Any, size: Any, merges: Any, scratch: Any, out: Any) -> Any:
    ids = _heap_ids(size, scratch)
    for k in range(size):
        poke32(ids + 4 * k, peek32(merges.byte_ids + 4 * peek8(at + k)))
    following = _by_heap(size, merges, scratch)
    written, place = 0, np.int64(0)
    while place < size:
        poke32(out + 4 * written, peek32(ids + 4 * place))
        written += 1
        place = peek32(following + 4 * place)
    return written


@kernel
def merge(at: Any, size: Any, merges: Merges, scratch: Any, out: Any) -> Any:
    """Write the ids of `size` > 0 bytes at an address to the address `out`, where there is room for `size`; returns how
    many they are. `scratch`: SCRATCH_WORDS_PER_BYTE words of eight bytes for each byte.
    """
    if size <= _SCANNED_BYTES:
        return _scanned_bytes(at, size, merges, scratch, out)
    return _heap_bytes(at, size, merges, scratch, out)


@kernel
def merge_ids(given: Any, size: Any, merges: Merges, scratch: Any, out: Any, places: Any) -> Any:
    """Merge `size` > 0 ids (uint32) at an address, to other such at `out`, with the places among those given that each
    begins at; returns how many they are. `scratch`: SCRATCH_WORDS_PER_BYTE words for each id, for 64 at least.
    """
    count = 0
    if size <= _SCANNED_BYTES:
        keys, made = scratch, scratch + 8 * _SCANNED_BYTES
        ids = made + 4 * _SCANNED_BYTES
        for k in range(size):
            poke32(ids + 4 * k, peek32(given + 4 * k))
        for k in range(size - 1):
            _set(k, found(peek32(given + 4 * k), peek32(given + 4 * k + 4), merges), keys, made)
        begins = _scanned(size, merges, keys, made, ids)
        while begins:
            place = trailing_zeros(begins)
            poke32(out + 4 * count, peek32(ids + 4 * place))
            poke32(places + 4 * count, place)
            begins &= begins - _ONE
            count += 1
        return count
    ids = _heap_ids(size, scratch)
    for k in range(size):
        poke32(ids + 4 * k, peek32(given + 4 * k))
    following = _by_heap(size, merges, scratch)
    place = np.int64(0)
    while place < size:
        poke32(out + 4 * count, peek32(ids + 4 * place))
        poke32(places + 4 * count, place)
        count += 1
        place = peek32(following + 4 * place)
    return count
