"""Names by their hashes: tables of open addressing, filled once and asked by kernels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from corpusmill.machine_code.jit import inlined

_SHIFT = 40  # the bits of a hash from there on say where it stands


def keys_of(hashes: Iterable[int], slots: int) -> tuple[np.ndarray, list[int]]:
    """A table uint64[slots] of `hashes`, none of them 0 and fewer than `slots`, a power of two; and the slot of each.

    >>> keys, slots = keys_of([5 << 40, 7 << 40, 5 << 40 | 1], 8)
    >>> slots, slot_in(keys, np.uint64(5 << 40 | 1)), slot_in(keys, np.uint64(1))
    ([5, 7, 6], 6, -1)
    """
    keys = np.zeros(slots, np.uint64)
    places = []
    for value in hashes:
        slot = value >> _SHIFT & slots - 1
        while keys[slot]:
            slot = (slot + 1) % slots
        keys[slot] = value
        places.append(slot)
    return keys, places


@inlined
def slot_in(keys: np.ndarray, name: np.uint64) -> Any:
    """Where `name` stands in the table; -1: it does not."""
    last = np.uint64(len(keys) - 1)
    slot = (name >> np.uint64(_SHIFT)) & last
    while keys[slot] != 0:
        if keys[slot] == name:
            return np.int64(slot)
        slot = (slot + np.uint64(1)) & last
    return np.int64(-1)
