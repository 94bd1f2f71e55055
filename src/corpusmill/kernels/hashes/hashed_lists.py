"""Membership of strings in lists of millions, by their hashes in a table that may lie in a mapped file.

A table of n slots holds uint64 hashes by open addressing, 0 is a free slot. A string that is not in a list of m is
taken for one of it with probability m · 2⁻⁶⁴.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.hashes.hashing import HALF, hash_bytes, mix
from corpusmill.machine_code.jit import inlined, kernel

_NEWLINE, _COMMENT, _DOT = ord("\n"), ord("#"), ord(".")


@inlined
def _is_blank(byte: Any) -> Any:
    return byte == 32 or 9 <= byte <= 13


@inlined
def _hash(data: Any, start: Any, end: Any, limit: Any) -> Any:
    found = hash_bytes(data, start, end, limit)
    return found if found else np.uint64(1)


@inlined
def _slot(value: Any, slots: Any) -> Any:
    """Where to look first; for tables of fewer than 2³² slots."""
    return np.int64((mix(value) >> HALF) * np.uint64(slots) >> HALF)


@kernel
def insert_lines(data: Any, slots: Any) -> Any:
    """Enter each line, without white space around it; blank ones and comments (`#`) are left out. Returns how many."""
    entered = 0
    start = 0
    while start < len(data):
        end = start
        while end < len(data) and data[end] != _NEWLINE:
            end += 1
        first, last = start, end
        while first < last and _is_blank(data[first]):
            first += 1
        while last > first and _is_blank(data[last - 1]):
            last -= 1
        start = end + 1
        if first == last or data[first] == _COMMENT:
            continue
        value = _hash(address(data), first, last, len(data))
        slot = _slot(value, len(slots))
        while slots[slot] and slots[slot] != value:
            slot = slot + 1 if slot + 1 < len(slots) else 0
        entered += slots[slot] == 0
        slots[slot] = value
    return entered


@inlined
def _contains(value: Any, slots: Any) -> Any:
    slot = _slot(value, len(slots))
    while slots[slot] and slots[slot] != value:
        slot = slot + 1 if slot + 1 < len(slots) else 0
    return slots[slot] == value


@kernel
def find_listed(data: Any, offsets: Any, slots: Any, parents: Any, found: Any) -> None:
    """found int64[n] = 1 where the text is in the list; with `parents` also where what follows one of its dots is."""
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        listed = start < end and _contains(_hash(address(data), start, end, len(data)), slots)
        while parents and not listed and start < end:
            if peek8(address(data) + start) == _DOT and start + 1 < end:
                listed = _contains(_hash(address(data), start + 1, end, len(data)), slots)
            start += 1
        found[row] = listed
