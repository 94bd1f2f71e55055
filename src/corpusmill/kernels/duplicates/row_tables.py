"""Rows of 64-bit numbers: grouped by ranges of their first value, and joined where their keys are equal.

All numbers are uint64. A key is the first two values of a row of three; the third numbers its owner.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import inlined, kernel

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)  # as an owner: the slot is free
_HALF = np.uint64(32)
_ONE, _NONE = np.uint64(1), np.uint64(0)


@kernel
def group_rows(rows: Any, width: Any, counts: Any, out: Any) -> None:
    """Copy `rows` to `out`, those of group 0 first, in their order within a group; counts[g] = rows of group g.

    The group of a row is its first value // width, at most counts.size - 1; counts int64, overwritten.
    """
    last = np.uint64(counts.size - 1)
    counts[:] = 0
    for i in range(rows.shape[0]):
        counts[min(rows[i, 0] // width, last)] += 1
    places = np.empty(counts.size, np.int64)
    place = 0
    for group in range(counts.size):
        places[group] = place
        place += counts[group]
    for i in range(rows.shape[0]):
        group = min(rows[i, 0] // width, last)
        for column in range(rows.shape[1]):
            out[places[group], column] = rows[i, column]
        places[group] += 1


@inlined
def slot_of(table: Any, upper: Any, lower: Any) -> Any:
    """Where the key stands in an open-addressing `table`[slots, 3], or the free slot (owner EMPTY) where it would."""
    slots = np.uint64(table.shape[0])
    slot = (lower >> _HALF) * slots >> _HALF
    while table[slot, 2] != EMPTY and (table[slot, 1] != lower or table[slot, 0] != upper):
        slot += _ONE
        if slot == slots:
            slot = _NONE
    return slot


@kernel
def join_rows(rows: Any, table: Any, filled: Any, limit: Any, pairs: Any) -> Any:
    """Put rows[n, 3] into the open-addressing `table`[slots, 3]; owners that share a key come out as pairs.

    A slot holds the least owner of its key so far; a row whose key is there gives one pair (greater, lesser owner), so
    a key with n owners gives n - 1 pairs. Slots with owner EMPTY are free; `filled` are taken, at most `limit` may be.
    Returns (rows done, slots taken, pairs written): fewer rows than n are done only where the table has no more room.
    """
    found = 0
    for i in range(rows.shape[0]):
        upper, lower, owner = rows[i, 0], rows[i, 1], rows[i, 2]
        slot = slot_of(table, upper, lower)
        least = table[slot, 2]
        if least == EMPTY:
            if filled == limit:
                return i, filled, found
            table[slot, 0], table[slot, 1], table[slot, 2] = upper, lower, owner
            filled += 1
        elif owner != least:
            pairs[found, 0], pairs[found, 1] = max(owner, least), min(owner, least)
            found += 1
            table[slot, 2] = min(owner, least)
    return rows.shape[0], filled, found


@inlined
def _below(rows: Any, at: Any, upper: Any, lower: Any) -> Any:
    return rows[at, 0] < upper or (rows[at, 0] == upper and rows[at, 1] < lower)


@inlined
def _gallop(rows: Any, at: Any, upper: Any, lower: Any) -> Any:
    """The first place from `at` on whose key is not below (upper, lower)."""
    step = 1
    while at + step < rows.shape[0] and _below(rows, at + step, upper, lower):
        at += step
        step *= 2
    end = min(at + step, rows.shape[0])
    while at < end:
        middle = (at + end) // 2
        if _below(rows, middle, upper, lower):
            at = middle + 1
        else:
            end = middle
    return at


@kernel
def meet_rows(new: Any, old: Any, pairs: Any) -> int:
    """Pairs (owner in `new`, owner in `old`) of each key that is in both rows[n, 3], which ascend by distinct keys.

    The longer list is galloped through: cost O(short · log(long / short)). Returns the number of pairs.
    """
    found = 0
    i = j = 0
    while i < new.shape[0] and j < old.shape[0]:
        if new[i, 0] == old[j, 0] and new[i, 1] == old[j, 1]:
            pairs[found, 0], pairs[found, 1] = new[i, 2], old[j, 2]
            found += 1
            i += 1
            j += 1
        elif new[i, 0] < old[j, 0] or (new[i, 0] == old[j, 0] and new[i, 1] < old[j, 1]):
            i = _gallop(new, i, old[j, 0], old[j, 1])
        else:
            j = _gallop(old, j, new[i, 0], new[i, 1])
    return found
